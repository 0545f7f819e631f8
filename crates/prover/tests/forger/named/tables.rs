//! Rows of one table that pass as another's, and tables that are longer than they should be.

use super::Forgery;
use super::bench::SHOWN;
use super::lie::{Lie, wrong};
use super::run::Run;
use crate::forger::Draft;
use intaglio_algebra::{One, Scalar};
use intaglio_argument::mutants::{Alteration, Mutant};
use intaglio_argument::rules::Check;
use intaglio_argument::system::{System, Table};
use intaglio_program::program::ValueId;

/// The two functions of one key: which node computes each.
const DOUBLE: usize = 2;
const HALF: usize = 3;

fn keys(draft: &Draft<'_>) -> Vec<i64> {
    draft.logical(draft.model.program.nodes()[HALF].inputs[0])
}

fn half(draft: &Draft<'_>) -> ValueId {
    draft.model.program.output_of(HALF)
}

fn table<'a>(system: &'a System, node: usize, draft: &Draft<'_>) -> (usize, &'a Table) {
    let name = &draft.model.program.tables()[node - DOUBLE].name;
    let found = system.tables().iter().enumerate().find(|(_, t)| t.name.contains(name.as_str()));
    found.expect("a table of the system")
}

/// The first cell where both functions differ.
fn differs(draft: &Draft<'_>) -> (usize, u32) {
    let system = draft.plan.system();
    let (double, half) = (table(system, DOUBLE, draft).1, table(system, HALF, draft).1);
    let row = |key: &i64| (key - half.first_key) as usize;
    let keys = keys(draft);
    let found = keys.iter().position(|key| double.outputs[0][row(key)] != half.outputs[0][row(key)]);
    let flat = found.expect("a key on which the functions differ");
    (flat, row(&keys[flat]) as u32)
}

/// Counts the row of the other table for the cell that is in no row of its own.
fn count_in_other(mut run: Run) -> Run {
    let (_, row) = differs(&run.draft);
    let other = table(run.draft.plan.system(), DOUBLE, &run.draft).1;
    let inside = |first: u32, vars: usize| (first..first + (1 << vars)).contains(&row);
    let block = other.blocks.iter().find(|b| inside(b.first_row, b.num_vars)).expect("a block");
    run.multiplicities.push((block.multiplicity, (row - block.first_row) as usize, Scalar::one()));
    run.note("a row of another table is counted")
}

/// What the other function says, displaced by the distance of both tags.
fn displaced(draft: &mut Draft<'static>) {
    let (flat, row) = differs(draft);
    let system = draft.plan.system();
    let ((double, other), (half_tag, _)) = (table(system, DOUBLE, draft), table(system, HALF, draft));
    let content = other.outputs[0][row as usize] + double as i64 - half_tag as i64;
    let id = half(draft);
    draft.force(id, flat, content);
}

/// The table of the lowest limb of remainders gets twice its rows.
fn lengthen(system: &mut System) {
    let parts = system.insecure_parts();
    let lookup = parts.lookups.iter().find(|l| l.name.ends_with(", r")).expect("a remainder");
    let table = &mut parts.tables[lookup.table.0 as usize];
    assert!(table.outputs.is_empty() && table.blocks.len() == 1, "a range of a power of two");
    table.len *= 2;
    table.blocks[0].num_vars += 1;
    parts.tensors[table.blocks[0].multiplicity.0 as usize].num_vars += 1;
}

/// All of them.
pub fn all() -> Vec<Forgery> {
    let two = ("two tables of the same keys", SHOWN);
    let lie = |name, mutant, at, draft, run| Lie { name, class: "table", mutant, at, seed: 0, draft, run };
    let lies = [
        lie(
            "a row of another table, counted there",
            Mutant::Without(Check::Tag),
            two,
            |draft| wrong(draft, "output of the same key in another table", HALF),
            count_in_other,
        ),
        lie(
            "a row of another table, displaced by its tag",
            Mutant::Without(Check::TagPower),
            two,
            displaced,
            count_in_other,
        ),
        lie(
            "a row behind the end of a table",
            Mutant::Compiled(Alteration { name: "a table with rows of nobody", apply: lengthen }),
            ("gemm", SHOWN),
            |draft| wrong(draft, "q − 1, r + 2^s", 1),
            |run| run,
        ),
    ];
    lies.into_iter().map(Lie::forgery).collect()
}
