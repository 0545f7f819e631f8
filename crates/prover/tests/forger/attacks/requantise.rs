//! Wrong requantisations: quotient, remainder, both sides of saturation, limbs, padding.

use super::{Broken, Draft, List, is_read_by, node_name, of_node};
use intaglio_program::lower::Role;
use intaglio_program::ops::Op;
use intaglio_program::ops::requantise::{Requantise, Sides};
use intaglio_program::program::{Overflow, ValueId};
use std::collections::BTreeSet;

pub(super) const ATTACKS: List = &[
    ("q + 1, r − 2^s", quotient_above),
    ("q − 1, r + 2^s", quotient_below),
    ("q − 1, 2^s pushed into the low limb of r", low_limb_of_remainder),
    ("low limb of r shifted by one", low_limb_off_by_one),
    ("v at the upper bound, q below the range", upper_bound),
    ("v at the lower bound, q above the range", lower_bound),
    ("d⁺ = 1, m = 2 on an interior v", upper_part_inside),
    ("m = 1 on an interior v", miss_inside),
    ("d⁺ = 1, m = 0, v two less", upper_part_alone),
    ("a carry moved between the limbs of m", limb_of_miss_moved),
    ("m = −1, v one less", negative_miss),
    ("v beyond its range instead of saturated", unsaturated),
    ("v above its range instead of saturated, in its limbs", limbs_above),
    ("v below its range instead of saturated, in its limbs", limbs_below),
    ("padded v + 1", padding),
];

/// A requantisation with what its attacks need.
struct Site {
    node: usize,
    id: ValueId,
    op: Requantise,
    sides: Sides,
    /// `(row-major index, physical cell, q)` of every true cell.
    cells: Vec<(usize, usize, i64)>,
}

impl Site {
    fn of(draft: &Draft<'_>, node: usize) -> Option<Self> {
        let program = &draft.model.program;
        let made = program.nodes().get(node)?;
        let Op::Requantise(op) = made.op else { return None };
        let input = &program.values()[made.inputs[0].0 as usize];
        let acc = &draft.trace.physical[made.inputs[0].0 as usize];
        let cell = |flat| (flat, input.layout.cell_of(flat), op.quotient(acc[input.layout.cell_of(flat)]));
        let cells = (0..input.layout.cells()).map(cell).collect();
        Some(Self { node, id: program.output_of(node), op, sides: op.sides(input, program.overflow()), cells })
    }

    /// The first true cell whose quotient is as wanted.
    fn find(&self, wanted: impl Fn(i64) -> bool) -> Option<(usize, usize, i64)> {
        self.cells.iter().copied().find(|(_, _, q)| wanted(*q))
    }

    fn has_both_sides(&self) -> bool {
        self.sides.below > 0 && self.sides.above > 0
    }

    /// The limbs of `m`: `(lowest bit, bits)`.
    fn limbs_of_miss(&self, draft: &Draft<'_>) -> Vec<(u32, u32)> {
        let limb = |role: Role| match role {
            Role::Miss { node, shift, bits } if node == self.node => Some((shift, bits)),
            _ => None,
        };
        draft.lowered.columns.iter().filter_map(|c| limb(c.role)).collect()
    }

    /// Writes `m` into its limbs; nothing if they do not hold it.
    fn set_miss(&self, draft: &mut Draft<'_>, cell: usize, miss: i64) -> Option<()> {
        let limbs = self.limbs_of_miss(draft);
        let bits: u32 = limbs.iter().map(|(_, bits)| bits).sum();
        if miss >> bits != 0 {
            return None;
        }
        for (shift, bits) in limbs {
            draft.set(Role::Miss { node: self.node, shift, bits }, cell, miss >> shift & ((1 << bits) - 1));
        }
        Some(())
    }

    /// These lookups and zerochecks of the node; where overflow is refused, also that a true cell lies in its range.
    fn breaks(&self, draft: &mut Draft<'_>, lookups: &[&str], zerochecks: &[&str]) -> Option<Broken> {
        let mut broken = of_node(draft, self.node, lookups, zerochecks)?;
        if draft.model.program.overflow() == Overflow::Refuse && self.shows_overflow(draft) {
            broken.zerochecks.insert(format!("{}, in range", node_name(draft, self.node)));
        }
        Some(broken)
    }

    /// Whether a true cell's distance from the range, a ReLU's lower side apart, is not zero.
    fn shows_overflow(&self, draft: &mut Draft<'_>) -> bool {
        let limbs = self.limbs_of_miss(draft);
        let roles: Vec<(u32, Role)> = match (self.op.is_relu(), self.has_both_sides()) {
            (true, true) => vec![(0, Role::Upper(self.node))],
            (true, false) if self.sides.above == 0 => vec![],
            _ => limbs.into_iter().map(|(shift, bits)| (shift, Role::Miss { node: self.node, shift, bits })).collect(),
        };
        let mut distance = vec![0; self.cells.len()];
        for (shift, role) in roles {
            let Some(column) = draft.column(role) else { continue };
            distance.iter_mut().zip(&self.cells).for_each(|(d, (_, cell, _))| *d += column[*cell] << shift);
        }
        distance.iter().any(|d| *d != 0)
    }

    /// The first committed limb of the remainder, if it has one.
    fn low_limb(&self, draft: &Draft<'_>) -> Option<Role> {
        let own = |role: &Role| matches!(role, Role::Remainder { node, shift: 0, .. } if *node == self.node);
        draft.lowered.columns.iter().map(|c| c.role).find(own)
    }
}

fn quotient_above(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let site = Site::of(draft, node)?;
    let (flat, _, q) = site.find(|q| q >= site.op.lo && q < site.op.hi)?;
    draft.force(site.id, flat, q + 1);
    site.breaks(draft, &["r"], &[])
}

fn quotient_below(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let site = Site::of(draft, node)?;
    let (flat, _, q) = site.find(|q| q > site.op.lo && q <= site.op.hi)?;
    draft.force(site.id, flat, q - 1);
    site.breaks(draft, &["r"], &[])
}

fn low_limb_of_remainder(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let site = Site::of(draft, node)?;
    let limb = site.low_limb(draft)?;
    let (flat, cell, q) = site.find(|q| q > site.op.lo && q <= site.op.hi)?;
    draft.force(site.id, flat, q - 1);
    draft.add(limb, cell, 1 << site.op.shift);
    site.breaks(draft, &["r, bits 0.."], &[])
}

/// The top limb is then no integer.
fn low_limb_off_by_one(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let site = Site::of(draft, node)?;
    let limb = site.low_limb(draft)?;
    let width = 1 << draft.model.program.limb_bits();
    let own = draft.column(limb)?.to_vec();
    let (_, cell, _) = site.cells.iter().copied().find(|(_, cell, _)| own[*cell] + 1 < width)?;
    draft.add(limb, cell, 1);
    site.breaks(draft, &["r"], &[])
}

fn upper_bound(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let site = Site::of(draft, node)?;
    if site.sides.below == 0 {
        return None;
    }
    let bits: u32 = site.limbs_of_miss(draft).iter().map(|(_, bits)| bits).sum();
    let (flat, cell, q) = site.find(|q| q < site.op.lo && (site.op.hi - q) >> bits == 0)?;
    draft.force(site.id, flat, site.op.hi);
    site.set_miss(draft, cell, site.op.hi - q)?;
    site.breaks(draft, &[], &["lower"])
}

fn lower_bound(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let site = Site::of(draft, node)?;
    if site.sides.above == 0 {
        return None;
    }
    let bits: u32 = site.limbs_of_miss(draft).iter().map(|(_, bits)| bits).sum();
    let (flat, cell, q) = site.find(|q| q > site.op.hi && (q - site.op.lo) >> bits == 0)?;
    draft.force(site.id, flat, site.op.lo);
    site.set_miss(draft, cell, q - site.op.lo)?;
    if site.has_both_sides() {
        draft.set(Role::Upper(node), cell, q - site.op.lo);
    }
    site.breaks(draft, &[], &["upper"])
}

/// The quotient stays what it is, and so does every output: only uniqueness is attacked.
fn upper_part_inside(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let site = Site::of(draft, node)?.both_sides()?;
    let (_, cell, _) = site.find(|q| q > site.op.lo && q < site.op.hi)?;
    draft.set(Role::Upper(node), cell, 1);
    site.set_miss(draft, cell, 2)?;
    site.breaks(draft, &[], &["upper", "lower"])
}

fn miss_inside(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let site = Site::of(draft, node)?;
    let (step, broken) = match (site.sides.above > 0, site.sides.below > 0) {
        (_, true) => (1, "lower"),
        (true, false) => (-1, "upper"),
        (false, false) => return None,
    };
    let (flat, cell, q) =
        site.find(|q| q > site.op.lo && q < site.op.hi && (site.op.lo..=site.op.hi).contains(&(q + step)))?;
    draft.force(site.id, flat, q + step);
    site.set_miss(draft, cell, 1)?;
    site.breaks(draft, &[], &[broken])
}

fn upper_part_alone(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let site = Site::of(draft, node)?.both_sides()?;
    let (flat, cell, q) = site.find(|q| q - 2 > site.op.lo && q <= site.op.hi)?;
    draft.force(site.id, flat, q - 2);
    draft.set(Role::Upper(node), cell, 1);
    site.breaks(draft, &[], &["upper", "lower"])
}

fn limb_of_miss_moved(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let site = Site::of(draft, node)?;
    let limbs = site.limbs_of_miss(draft);
    let [(0, low), (shift, high), ..] = limbs[..] else { return None };
    let carry = 1 << shift;
    let (low, high) = (Role::Miss { node, shift: 0, bits: low }, Role::Miss { node, shift, bits: high });
    let own = draft.column(high)?.to_vec();
    let (_, cell, _) = site.cells.iter().copied().find(|(_, cell, _)| own[*cell] == 0)?;
    draft.add(low, cell, carry);
    draft.add(high, cell, -1);
    site.breaks(draft, &["m, bits 0..", &format!("m, bits {shift}..")], &[])
}

/// With `v − 1 = lo` both zerochecks hold: the range of the limb alone stops it.
fn negative_miss(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let site = Site::of(draft, node)?;
    if site.sides.below == 0 {
        return None;
    }
    let (shift, bits) = *site.limbs_of_miss(draft).first()?;
    let limb = Role::Miss { node, shift, bits };
    let at_bound = site.find(|q| q == site.op.lo + 1);
    let (flat, cell, q) = at_bound.or_else(|| site.find(|q| q > site.op.lo + 1 && q <= site.op.hi))?;
    draft.force(site.id, flat, q - 1);
    draft.add(limb, cell, -1);
    site.breaks(draft, &["m, bits 0.."], if at_bound.is_some() { &[] } else { &["lower"] })
}

/// Tables that read v are its range check; a maximum would break too, so that there the attack has no place.
fn unsaturated(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let site = Site::of(draft, node)?;
    if site.sides.above == 0 || is_read_by(draft, site.id, |op| matches!(op, Op::MaxPool(_) | Op::ArgMax(_))) {
        return None;
    }
    let (flat, cell, q) = site.find(|q| q > site.op.hi)?;
    draft.force(site.id, flat, q);
    if site.has_both_sides() {
        draft.set(Role::Upper(node), cell, 0);
    }
    site.set_miss(draft, cell, 0)?;
    let nodes = draft.model.program.nodes().iter().enumerate();
    let by_table = nodes.filter(|(_, n)| matches!(n.op, Op::Lookup(_)) && n.inputs.contains(&site.id));
    let lookups: BTreeSet<String> =
        by_table.map(|(reader, _)| format!("{}, (x, y)", node_name(draft, reader))).collect();
    if !lookups.is_empty() {
        return Some(Broken { lookups, zerochecks: BTreeSet::new() });
    }
    let span = site.op.hi - site.op.lo;
    let fits = q - site.op.lo < 1 << (i64::BITS - span.leading_zeros());
    let both_ends = !((span + 1) as u64).is_power_of_two();
    match (fits, both_ends) {
        (false, false) => site.breaks(draft, &["v"], &[]),
        (true, true) => site.breaks(draft, &["v, other end"], &[]),
        (false, true) => site.breaks(draft, &["v", "v, other end"], &[]),
        (true, false) => panic!("{}: {q} lies in its range", node_name(draft, node)),
    }
}

/// The quotient itself, with no part of it missing, where the limbs of its range check hold all of it.
fn limbs(draft: &mut Draft<'_>, node: usize, outside: impl Fn(&Requantise, i64) -> bool) -> Option<Broken> {
    let site = Site::of(draft, node)?.both_sides()?;
    let (flat, cell, q) = site.find(|q| outside(&site.op, q))?;
    draft.force(site.id, flat, q);
    draft.set(Role::Upper(node), cell, 0);
    site.set_miss(draft, cell, 0)?;
    let parts = super::spill(draft, site.id, cell, q, (site.op.lo, site.op.hi))?;
    let parts: Vec<String> = parts.into_iter().map(|part| format!("v{part}")).collect();
    site.breaks(draft, &parts.iter().map(String::as_str).collect::<Vec<_>>(), &[])
}

fn limbs_above(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    limbs(draft, node, |op, q| q > op.hi)
}

fn limbs_below(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    limbs(draft, node, |op, q| q < op.lo)
}

fn padding(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let site = Site::of(draft, node)?;
    if is_read_by(draft, site.id, |op| matches!(op, Op::Lookup(_))) {
        return None;
    }
    let own = draft.column(Role::Value(site.id))?.to_vec();
    let padded = |cell: &usize| site.cells.iter().all(|(_, own, _)| own != cell);
    let acc = draft.trace.physical[draft.model.program.nodes()[node].inputs[0].0 as usize].clone();
    // one that does not saturate
    let inside = |cell: &usize| own[*cell] == site.op.quotient(acc[*cell]) && own[*cell] < site.op.hi;
    let cell = (0..own.len()).filter(padded).find(inside)?;
    draft.add(Role::Value(site.id), cell, 1);
    // with its limbs, where it has any, still low: the virtual limb takes the step
    site.breaks(draft, &["r"], &[])
}

impl Site {
    fn both_sides(self) -> Option<Self> {
        self.has_both_sides().then_some(self)
    }
}
