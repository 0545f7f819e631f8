//! One run of a prover who deviates, and the solver that finds its lies.
//!
//! A lie is found as an attacker would find it who knows the challenges: run once, write them down, run again with each
//! unknown moved by one under the same challenges, and solve for what makes the wanted equations hold. Whether the
//! challenges are the same when it counts is what the transcript decides.

use super::Made;
use super::bench::Bench;
use crate::forger::Draft;
use intaglio_algebra::random::random_scalars;
use intaglio_algebra::{AdditiveGroup, Field, One, Scalar, Zero};
use intaglio_argument::mutants::{Deviation, Oracle, Returns};
use intaglio_argument::prove::{Assignment, Attempt, Cells, Randomness, Trace, insecure_attempt_deviating};
use intaglio_argument::rules::{Check, Rules};
use intaglio_argument::system::{SourceId, TensorId};
use intaglio_verifier::Evidence;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// What a solver may move.
#[derive(Clone, Debug)]
pub enum Unknown {
    /// Hidden scalars of slots, together, by these multiples.
    Slots(Vec<(String, Scalar)>),
    /// A committed cell, by group and offset.
    Cell(usize, usize),
    /// The multiplicity of a row of a table's block.
    Multiplicity(TensorId, usize),
    /// The pad of a slot, while its message stays.
    Pad(String),
}

impl Unknown {
    pub fn slot(name: &str) -> Self {
        Self::Slots(vec![(name.to_owned(), Scalar::one())])
    }
}

/// A run: what is committed to, what is argued about, and every deviation.
pub struct Run {
    pub bench: &'static Bench,
    pub draft: Draft<'static>,
    /// The committed cells by group.
    pub cells: Vec<Cells>,
    /// What is argued about, if that is something else.
    pub argued: Option<Vec<Cells>>,
    pub returns: Returns,
    /// Cells of sources that are not computed.
    pub sources: BTreeMap<SourceId, Vec<i64>>,
    pub lies: BTreeMap<String, Scalar>,
    pub multiplicities: Vec<(TensorId, usize, Scalar)>,
    /// A part of P on the row basis.
    pub stray: Vec<Scalar>,
    blinds: Vec<Vec<Scalar>>,
    randomness: Vec<Scalar>,
    essence: Vec<String>,
}

impl Run {
    /// Argues about a draft as it stands.
    pub fn new(bench: &'static Bench, draft: Draft<'static>) -> Self {
        let randomness = random_scalars(Randomness::count(&draft.plan)).expect("randomness");
        Self {
            bench,
            cells: draft.cells(),
            argued: None,
            returns: Returns::default(),
            sources: BTreeMap::new(),
            lies: BTreeMap::new(),
            multiplicities: Vec::new(),
            stray: Vec::new(),
            blinds: draft.draw_blinds(),
            randomness,
            essence: vec![format!("{:?} {:?}", draft.groups, draft.statement)],
            draft,
        }
    }

    /// Proves under the rules of the plan, or under another oracle.
    pub fn attempt(&self, oracle: Option<Oracle>) -> (intaglio_verifier::Statement, Attempt) {
        let plan = &self.draft.plan;
        let own = |cells: &[Cells]| Assignment {
            groups: cells.iter().map(|g| Cow::Owned(g.clone())).collect(),
            inner: self.sources.clone(),
        };
        let deviation = Deviation {
            argued: self.argued.as_deref().map(own),
            returns: self.returns,
            lies: self.lies.clone(),
            multiplicities: self.multiplicities.clone(),
            stray: self.stray.clone(),
        };
        self.draft.bind(&self.cells, &self.blinds, |bound, mut assignment, blinds| {
            assignment.inner = self.sources.clone();
            let secrets = (assignment, blinds, Randomness::insecure_chosen(self.randomness.clone()));
            insecure_attempt_deviating(plan, bound, secrets, oracle, deviation).expect("an attempt")
        })
    }

    /// What the run leaves of its equations under recorded challenges, in the given order.
    fn residuals(&self, recorded: &BTreeMap<String, Scalar>, wanted: &[&str]) -> Vec<Scalar> {
        let (_, attempt) = self.attempt(Some(Oracle::Recorded(recorded.clone())));
        wanted.iter().map(|name| residual(&attempt.trace, name, self.draft.plan.rules())).collect()
    }

    /// The challenges of this run.
    pub fn challenges(&self) -> BTreeMap<String, Scalar> {
        self.attempt(None).1.trace.challenges.into_iter().collect()
    }

    /// Moves an unknown.
    fn shift(&mut self, unknown: &Unknown, by: Scalar) {
        match unknown {
            Unknown::Slots(slots) => {
                for (name, k) in slots {
                    *self.lies.entry(name.clone()).or_default() += by * k;
                }
            }
            Unknown::Cell(group, offset) => {
                let mut cells = self.cells[*group].to_field();
                cells[*offset] += by;
                self.cells[*group] = Cells::Field(cells);
            }
            Unknown::Multiplicity(tensor, cell) => self.multiplicities.push((*tensor, *cell, by)),
            Unknown::Pad(name) => {
                let slots = self.attempt(None).1.trace.slots;
                let slot = slots.iter().position(|own| own == name).expect("a slot");
                self.randomness[self.draft.plan.shape().witness_rows + slot] += by;
                *self.lies.entry(name.clone()).or_default() -= by;
            }
        }
    }

    /// What is left when the unknowns are moved.
    fn moved(
        &mut self,
        by: &[(&Unknown, Scalar)],
        recorded: &BTreeMap<String, Scalar>,
        wanted: &[&str],
    ) -> Vec<Scalar> {
        by.iter().for_each(|(unknown, by)| self.shift(unknown, *by));
        let left = self.residuals(recorded, wanted);
        by.iter().for_each(|(unknown, by)| self.shift(unknown, -*by));
        left
    }

    /// Finds the lies under which the wanted equations hold, all of them linear in the unknowns.
    pub fn solve(mut self, unknowns: &[Unknown], wanted: &[&str]) -> Self {
        let recorded = self.challenges();
        let at_zero = self.residuals(&recorded, wanted);
        let columns: Vec<Vec<Scalar>> = unknowns
            .iter()
            .map(|unknown| {
                let at_one = self.moved(&[(unknown, Scalar::one())], &recorded, wanted);
                at_one.iter().zip(&at_zero).map(|(one, zero)| *one - zero).collect()
            })
            .collect();
        let rows =
            (0..wanted.len()).map(|i| columns.iter().map(|column| column[i]).chain([-at_zero[i]]).collect()).collect();
        let solution = eliminate(rows);
        for (unknown, by) in unknowns.iter().zip(&solution) {
            self.shift(unknown, *by);
        }
        self.essence.push(format!("{unknowns:?} solves {wanted:?}"));
        let left = self.residuals(&recorded, wanted);
        assert!(left.iter().all(Zero::is_zero), "{wanted:?} is not linear in {unknowns:?}");
        self
    }

    /// The same for one unknown and one equation of degree two; nothing if it has no root.
    pub fn solve_quadratic(mut self, unknown: &Unknown, wanted: &str) -> Option<Self> {
        let recorded = self.challenges();
        let [zero, one, minus] = [0i64, 1, -1]
            .map(|at| self.moved(&[(unknown, intaglio_algebra::encoding::small(at))], &recorded, &[wanted])[0]);
        let half = Scalar::from(2u64).inverse().expect("odd");
        let (square, linear) = ((one + minus) * half - zero, (one - minus) * half);
        let root = (linear.square() - (square * zero).double().double()).sqrt()?;
        self.shift(unknown, (root - linear) * square.double().inverse()?);
        self.essence.push(format!("{unknown:?} solves {wanted}"));
        assert!(self.residuals(&recorded, &[wanted])[0].is_zero(), "{wanted} is not quadratic in {unknown:?}");
        Some(self)
    }

    /// Notes a deviation that no solver found.
    pub fn note(mut self, what: &str) -> Self {
        self.essence.push(what.to_owned());
        self
    }

    /// Evidence, with what the self-check names.
    pub fn made(self) -> Made {
        let (statement, attempt) = self.attempt(None);
        let Attempt { proof, equations, lookups, zerochecks, .. } = attempt;
        let bench = self.bench;
        Made {
            bytes: Evidence { statement, proof: proof.to_bytes() }.to_bytes(),
            essence: self.essence.join("; "),
            named: [equations, lookups, zerochecks].into_iter().flatten().collect::<BTreeSet<_>>(),
            judge: Box::new(move |bytes, rules| bench.judge(bytes, rules)),
        }
    }
}

/// One residual; `total` is the sum that the closing argument shows, of what the rules state.
fn residual(trace: &Trace, name: &str, rules: &Rules) -> Scalar {
    if name != "total" {
        return trace.residuals.iter().find(|(own, _)| own == name).unwrap_or_else(|| panic!("no equation {name}")).1;
    }
    let eta = trace.challenges.iter().find(|(label, _)| label == "closing.eta").expect("a challenge").1;
    let mut weight = Scalar::one();
    let mut total = Scalar::zero();
    for (own, left) in trace.residuals.iter().filter(|(own, _)| own != "closing") {
        if rules.has(Check::Equation(own)) {
            total += weight * left;
        }
        weight *= eta;
    }
    total
}

/// Solves a square system given as rows `coefficients ‖ right side`.
fn eliminate(mut rows: Vec<Vec<Scalar>>) -> Vec<Scalar> {
    let n = rows.len();
    for at in 0..n {
        let pivot = (at..n).find(|i| !rows[*i][at].is_zero()).expect("the unknowns do not reach the equations");
        rows.swap(at, pivot);
        let inverse = rows[at][at].inverse().expect("not zero");
        rows[at].iter_mut().for_each(|cell| *cell *= inverse);
        let own = rows[at].clone();
        for row in rows.iter_mut().enumerate().filter(|(i, _)| *i != at).map(|(_, row)| row) {
            let factor = row[at];
            row.iter_mut().zip(&own).for_each(|(cell, own)| *cell -= factor * own);
        }
    }
    rows.into_iter().map(|row| row[n]).collect()
}
