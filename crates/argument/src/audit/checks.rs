//! T1 to T6 on recorded runs.

use super::alteration::Alteration;
use super::rank::Echelon;
use super::record::{Challenges, Run, run, scalar};
use crate::plan::Plan;
use crate::point::values;
use intaglio_algebra::eq::eq_table;
use intaglio_algebra::{One, Scalar, Zero};
use rayon::prelude::*;
use std::collections::BTreeSet;

/// How much is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// T1 to T6 in full.
    Full,
    /// T1, T3, T5 in full, T2 and the degrees of T6 on about this many messages and rounds, no T4.
    Sampled(usize),
}

/// Something that a test found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// `T1` … `T6`.
    pub test: &'static str,
    /// Which slot, message, tensor or equation.
    pub what: String,
}

/// What an audit found, and how much it saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Nothing if the schedule holds.
    pub findings: Vec<Finding>,
    /// Hidden scalars.
    pub slots: usize,
    /// Equations, the opening included.
    pub equations: usize,
    /// Messages of which T2 was asked.
    pub messages: usize,
    /// Cells of rows that belong to no tensor and that no claim reads.
    pub free_cells: usize,
}

impl Report {
    /// The tests that found something.
    #[must_use]
    pub fn tests(&self) -> BTreeSet<&'static str> {
        self.findings.iter().map(|f| f.test).collect()
    }

    fn find(&mut self, test: &'static str, what: impl Into<String>) {
        self.findings.push(Finding { test, what: what.into() });
    }
}

/// Audits the schedule of a plan, altered or not.
#[must_use]
pub fn audit(plan: &Plan, alteration: Alteration, depth: Depth) -> Report {
    let base = run(plan, Challenges::default(), alteration);
    let mut report = Report { slots: base.slots.len(), equations: base.equations.len(), ..Report::default() };
    touched_and_used(&base, &mut report);
    discharged(plan, &base, alteration, depth, &mut report);
    cells(plan, &base, &mut report);
    if depth == Depth::Full {
        rows(plan, &base, alteration, &mut report);
    }
    operands(&base, &mut report);
    degrees(plan, &base, alteration, depth, &mut report);
    report
}

fn sample(all: usize, depth: Depth) -> usize {
    match depth {
        Depth::Full => 1,
        Depth::Sampled(count) => all.div_ceil(count.max(1)).max(1),
    }
}

/// T1 and T5.
fn touched_and_used(base: &Run, report: &mut Report) {
    let len = base.slots.len();
    let derivatives: Vec<(usize, Vec<Scalar>)> = base.equations.iter().map(|e| (e.when, e.derivative(len))).collect();
    for (index, slot) in base.slots.iter().enumerate() {
        let touches = |d: &[Scalar]| d.get(index).is_some_and(|k| !k.is_zero());
        if !derivatives.iter().any(|(_, d)| touches(d)) {
            report.find("T1", slot.name.clone());
        }
        if !slot.round && !derivatives.iter().any(|(when, d)| *when == slot.when && touches(d)) {
            report.find("T5", slot.name.clone());
        }
    }
}

/// T2.
fn discharged(plan: &Plan, base: &Run, alteration: Alteration, depth: Depth, report: &mut Report) {
    let all: BTreeSet<usize> = base.slots.iter().map(|s| s.when).collect();
    let step = sample(all.len(), depth);
    let messages: Vec<usize> = all.into_iter().step_by(step).collect();
    report.messages = messages.len();
    let found: Vec<Finding> =
        messages.par_iter().filter_map(|when| discharged_one(plan, base, alteration, *when)).collect();
    report.findings.extend(found);
}

fn discharged_one(plan: &Plan, base: &Run, alteration: Alteration, when: usize) -> Option<Finding> {
    const STALLED: usize = 2;
    let first = base.slots.iter().position(|s| s.when == when)?;
    let own = base.slots.iter().filter(|s| s.when == when).count();
    let len = first + own;
    // column 0 is the error of an honest run on a wrong witness: constant once the zerochecks' point is drawn
    let mut echelon = Echelon::new(len + 1);
    let (mut future, mut stalled) = (0, 0);
    while echelon.rank_from(first + 1) < own && stalled < STALLED {
        future += 1;
        let next = run(plan, Challenges { fixed: when, future, shifted: None }, alteration);
        let mut grown = false;
        for equation in next.equations.iter().filter(|e| e.when > when) {
            let error = match (equation.name.as_str(), when >= base.zerocheck_point) {
                ("zerocheck", true) => Scalar::one(),
                ("zerocheck", false) => scalar(3, future, when as u64),
                _ => Scalar::zero(),
            };
            let row: Vec<Scalar> = std::iter::once(error).chain(equation.derivative(len)).collect();
            grown |= echelon.insert(row);
        }
        stalled = if grown { 0 } else { stalled + 1 };
    }
    let rank = echelon.rank_from(first + 1);
    let name = base.slots.get(first).map_or("", |s| s.name.as_str());
    (rank < own).then(|| Finding { test: "T2", what: format!("message of {name}: rank {rank} of {own}") })
}

/// T3. A cell is free exactly if it belongs to no tensor.
fn cells(plan: &Plan, base: &Run, report: &mut Report) {
    let width = 1usize << plan.system().column_vars();
    let mut cover = vec![Scalar::zero(); plan.num_rows() * width];
    let mut weight = Scalar::one();
    for merged in &base.merged {
        let columns = eq_table(&values(&merged.columns));
        for (first, weights) in &merged.rows {
            for (row, w) in cover.chunks_mut(width).skip(*first).zip(weights) {
                let w = weight * w;
                for (cell, e) in row.iter_mut().zip(&columns).filter(|(_, e)| !e.is_zero()) {
                    *cell += w * e;
                }
            }
        }
        weight *= base.delta;
    }
    let mut owned = vec![false; cover.len()];
    for (index, tensor) in plan.system().tensors().iter().enumerate() {
        let id = crate::system::TensorId(u32::try_from(index).unwrap_or(u32::MAX));
        let Some(place) = plan.place(id) else { continue };
        let narrow = 1usize << plan.system().groups().get(place.group).map_or(0, |g| g.width_vars);
        let mut unread = 0usize;
        for cell in 0..1usize << place.num_vars {
            let inside = place.offset % narrow + cell;
            let at = (place.first_row() + inside / narrow) * width + inside % narrow;
            if let (Some(c), Some(o)) = (cover.get(at), owned.get_mut(at)) {
                *o = true;
                unread += usize::from(c.is_zero());
            }
        }
        if unread > 0 {
            report.find("T3", format!("tensor '{}': {unread} cells in no claim", tensor.name));
        }
    }
    let stray = cover.iter().zip(&owned).filter(|(c, o)| !**o && !c.is_zero()).count();
    if stray > 0 {
        report.find("T3", format!("{stray} cells of no tensor are read"));
    }
    report.free_cells = owned.iter().filter(|o| !**o).count();
}

/// T4.
fn rows(plan: &Plan, base: &Run, alteration: Alteration, report: &mut Report) {
    let count = base.rows.len();
    let mut echelon = Echelon::new(count + 1);
    for future in 0..count as u64 + 4 {
        let mut row = run(plan, Challenges { fixed: 0, future: future + 1, shifted: None }, alteration).rows;
        row.push(scalar(4, future, 0));
        echelon.insert(row);
    }
    let rank = echelon.rank_from(0);
    if rank != count + 1 {
        report.find("T4", format!("rank {rank} of {}", count + 1));
    }
}

/// T6: who stands in products.
fn operands(base: &Run, report: &mut Report) {
    for equation in &base.equations {
        let slots: BTreeSet<u32> =
            equation.products.iter().filter(|(_, k)| !k.is_zero()).flat_map(|((a, b), _)| [*a, *b]).collect();
        for slot in slots.iter().filter_map(|s| base.slots.get(*s as usize)) {
            if slot.when != equation.when || !slot.operand {
                report.find("T6", format!("{} stands in a product of '{}'", slot.name, equation.name));
            }
        }
    }
}

/// T6: hidden times hidden has a constant coefficient, hidden alone one of degree at most one in each round challenge.
fn degrees(plan: &Plan, base: &Run, alteration: Alteration, depth: Depth, report: &mut Report) {
    let step = sample(base.all_rounds.len(), depth);
    let rounds: Vec<usize> = base.all_rounds.iter().rev().step_by(step).copied().collect();
    let found: BTreeSet<String> = rounds
        .par_iter()
        .flat_map_iter(|round| {
            let shifted =
                |by| run(plan, Challenges { shifted: Some((*round, by)), ..Challenges::default() }, alteration);
            let (one, two) = (shifted(1), shifted(2));
            let triples = base.equations.iter().zip(one.equations).zip(two.equations);
            let closing = triples.filter(|((e, _), _)| e.rounds.contains(round));
            let too_high = closing.filter(|((e, f), g)| {
                let own = |slot: &u32| base.slots.get(*slot as usize).is_some_and(|s| s.when == e.when);
                let products = e.products != f.products || e.products != g.products;
                let linear = e.linear.iter().filter(|(slot, _)| own(slot)).any(|(slot, k)| {
                    let at = |r: &super::record::Record| r.linear.get(slot).copied().unwrap_or_default();
                    !(*k - at(f) - at(f) + at(g)).is_zero()
                });
                products || linear
            });
            too_high.map(|((e, _), _)| e.name.clone()).collect::<Vec<_>>()
        })
        .collect();
    for name in found {
        report.find("T6", format!("'{name}' has degree three"));
    }
}
