//! Wrong rows of function tables.

use super::{Broken, Draft, List, of_node};
use intaglio_program::lower::Role;
use intaglio_program::ops::Op;
use intaglio_program::program::{FunctionTable, ValueId};

pub(super) const ATTACKS: List = &[
    ("output that is in no row", no_row),
    ("output of another row", other_row),
    ("output of the same key in another table", other_table),
    ("output of another row on padding", other_row_on_padding),
];

fn site<'d>(draft: &'d Draft<'_>, node: usize) -> Option<(ValueId, ValueId, &'d FunctionTable)> {
    let program = &draft.model.program;
    let made = program.nodes().get(node)?;
    let Op::Lookup(op) = made.op else { return None };
    Some((made.inputs[0], program.output_of(node), &program.tables()[op.table.0 as usize]))
}

fn no_row(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let (_, id, table) = site(draft, node)?;
    let beyond = table.outputs.iter().max()? + 1;
    draft.force(id, 0, beyond);
    of_node(draft, node, &["(x, y)"], &[])
}

fn other_row(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let (_, id, table) = site(draft, node)?;
    let own = draft.logical(id)[0];
    let other = *table.outputs.iter().find(|y| **y != own)?;
    draft.force(id, 0, other);
    of_node(draft, node, &["(x, y)"], &[])
}

/// Both tables have this key. The argument counts multiplicities itself, by table; `named/tables.rs` also moves the count.
fn other_table(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let (key, id, table) = site(draft, node)?;
    let tables = draft.model.program.tables().iter();
    let others: Vec<&FunctionTable> =
        tables.filter(|t| t.name != table.name && t.first_key == table.first_key).collect();
    let differs = |(flat, key): (usize, &i64)| {
        let row = (key - table.first_key) as usize;
        let other = others.iter().map(|t| t.outputs[row]).find(|y| *y != table.outputs[row])?;
        Some((flat, other))
    };
    let (flat, other) = draft.logical(key).iter().enumerate().find_map(differs)?;
    draft.force(id, flat, other);
    of_node(draft, node, &["(x, y)"], &[])
}

fn other_row_on_padding(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let (_, id, table) = site(draft, node)?;
    let layout = draft.model.program.values()[id.0 as usize].layout.clone();
    let outputs = table.outputs.clone();
    let own = draft.column(Role::Value(id))?.to_vec();
    let cell = (0..own.len()).find(|cell| (0..layout.cells()).all(|flat| layout.cell_of(flat) != *cell))?;
    draft.set(Role::Value(id), cell, *outputs.iter().find(|y| **y != own[cell])?);
    of_node(draft, node, &["(x, y)"], &[])
}
