//! Wrong witnesses, one function each: it changes a draft and says exactly which relations that breaks.

mod argmax;
mod boundary;
mod lookup;
mod max_pool;
mod requantise;

use super::Draft;
use super::relations::Broken;
use intaglio_program::lower::{Role, Span};
use intaglio_program::ops::Op;
use intaglio_program::program::ValueId;

/// A named wrong witness for one node, input or output of a program.
#[derive(Clone, Copy)]
pub struct Attack {
    pub name: &'static str,
    /// Forges at the given index; nothing if the program has no place for it.
    pub forge: fn(&mut Draft<'_>, usize) -> Option<Broken>,
}

/// All of them.
pub fn all() -> Vec<Attack> {
    [requantise::ATTACKS, max_pool::ATTACKS, argmax::ATTACKS, lookup::ATTACKS, boundary::ATTACKS]
        .into_iter()
        .flatten()
        .map(|(name, forge)| Attack { name, forge: *forge })
        .collect()
}

/// What a list of attacks is written as.
type List = &'static [(&'static str, fn(&mut Draft<'_>, usize) -> Option<Broken>)];

/// The part of a relation's name that says which node it is of.
fn node_name(draft: &Draft<'_>, node: usize) -> String {
    format!("{node}:{}", draft.model.program.nodes()[node].name)
}

/// Exactly these lookups and zerochecks of a node.
fn of_node(draft: &Draft<'_>, node: usize, lookups: &[&str], zerochecks: &[&str]) -> Option<Broken> {
    let name = node_name(draft, node);
    let full = |parts: &[&str]| parts.iter().map(|part| format!("{name}, {part}")).collect();
    Some(Broken { lookups: full(lookups), zerochecks: full(zerochecks) })
}

/// True if a node that `wanted` accepts reads the value.
fn is_read_by(draft: &Draft<'_>, value: ValueId, wanted: fn(&Op) -> bool) -> bool {
    draft.model.program.nodes().iter().any(|n| wanted(&n.op) && n.inputs.contains(&value))
}

/// Writes all of `v − lo` and of `hi − v` into the limbs of a range check, the highest of which then takes what is too
/// much, or below zero; the lowest limb is no column. What breaks, if `v` lies outside: the highest limb of one end or both.
/// Nothing if the range has no limbs.
fn spill(draft: &mut Draft<'_>, id: ValueId, cell: usize, v: i64, (lo, hi): (i64, i64)) -> Option<Vec<String>> {
    let columns: Vec<Role> = draft.lowered.columns.iter().map(|c| c.role).collect();
    let mut highest = [None, None];
    for role in columns {
        let Role::Limb { of, shift, bits } = role else { continue };
        let (end, form) = match of {
            Span::AboveLow(own) if own == id => (0, v - lo),
            Span::BelowHigh(own) if own == id => (1, hi - v),
            _ => continue,
        };
        draft.set(role, cell, form >> shift & ((1 << bits) - 1));
        let above = |(known, ..): (u32, u32, i64)| known > shift;
        if !highest[end].is_some_and(above) {
            highest[end] = Some((shift, bits, form));
        }
    }
    highest[0]?;
    let mut broken = Vec::new();
    for (end, part) in [", bits", ", other end, bits"].into_iter().enumerate() {
        let Some((shift, bits, form)) = highest[end] else { continue };
        let of = if end == 0 { Span::AboveLow(id) } else { Span::BelowHigh(id) };
        draft.set(Role::Limb { of, shift, bits }, cell, form >> shift);
        if !(0..1 << (shift + bits)).contains(&form) {
            broken.push(format!("{part} {shift}.."));
        }
    }
    Some(broken)
}
