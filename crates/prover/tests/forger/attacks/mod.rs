//! Wrong witnesses, one function each: it changes a draft and says exactly which relations that breaks.

mod argmax;
mod boundary;
mod lookup;
mod max_pool;
mod requantise;

use super::Draft;
use super::relations::Broken;
use intaglio_program::ops::Op;

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
fn is_read_by(draft: &Draft<'_>, value: intaglio_program::program::ValueId, wanted: fn(&Op) -> bool) -> bool {
    draft.model.program.nodes().iter().any(|n| wanted(&n.op) && n.inputs.contains(&value))
}
