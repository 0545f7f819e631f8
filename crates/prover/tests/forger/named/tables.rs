//! Rows of one table that pass as another's, and tables that are longer than they should be.

use super::Forgery;
use super::bench::SHOWN;
use super::lie::{Lie, constant, wrong};
use super::run::Run;
use crate::forger::Draft;
use crate::forger::relations::Relations;
use intaglio_algebra::{Field, One, Scalar};
use intaglio_argument::mutants::{Alteration, Mutant};
use intaglio_argument::rules::Check;
use intaglio_argument::system::{Block, System, Table};
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
    let block = block_of(other, row);
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

/// Where β is 1, key and output of a row are known by their sum alone.
fn repack(draft: &mut Draft<'static>) {
    let (row, other) = neighbours(draft);
    let outputs = &table(draft.plan.system(), HALF, draft).1.outputs[0];
    let content = outputs[other as usize] + i64::from(other) - i64::from(row);
    assert_ne!(content, outputs[row as usize], "the row itself");
    let id = half(draft);
    draft.force(id, 0, content);
}

/// The row of the first key, and one beside it.
fn neighbours(draft: &Draft<'_>) -> (u32, u32) {
    let row = (keys(draft)[0] - table(draft.plan.system(), HALF, draft).1.first_key) as u32;
    (row, if row == 0 { 1 } else { row - 1 })
}

fn count_neighbour(mut run: Run) -> Run {
    let other = neighbours(&run.draft).1;
    let block = block_of(table(run.draft.plan.system(), HALF, &run.draft).1, other);
    run.multiplicities.push((block.multiplicity, (other - block.first_row) as usize, Scalar::one()));
    run.note("a row beside is counted")
}

/// Without γ a fingerprint is a form in key and tag, and `1/(k + t·T) = c/(c·k + c·t·T)`: counts `c` times the row `c·k`
/// of table `c·t` for a key that is in no row of table `t`.
fn count_multiple(mut run: Run) -> Run {
    let publics = run.draft.publics();
    let relations = Relations::new(&run.draft.plan, &publics);
    let system = run.draft.plan.system();
    let mut counted = Vec::new();
    for (tag, key) in relations.missed_keys(&run.draft.groups) {
        let tags = system.tables().iter().enumerate();
        let found = tags.filter(|(_, t)| t.outputs.is_empty()).find_map(|(other, table)| {
            let (own, other) = (tag as i128 + 1, other as i128 + 1);
            let row = (key * other % own == 0).then(|| key * other / own - i128::from(table.first_key))?;
            (0..i128::from(table.len)).contains(&row).then_some((table, row as u32, own, other))
        });
        let (table, row, own, other) = found.expect("a table that has the multiple");
        let block = block_of(table, row);
        let factor = Scalar::from(other) * Scalar::from(own).inverse().expect("not zero");
        counted.push((block.multiplicity, (row - block.first_row) as usize, factor));
    }
    run.multiplicities.extend(counted);
    run.note("a multiple of a row is counted")
}

fn block_of(table: &Table, row: u32) -> &Block {
    let inside = |b: &&Block| (b.first_row..b.first_row + (1 << b.num_vars)).contains(&row);
    table.blocks.iter().find(inside).expect("a block")
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
        lie("a row of another key, packed with its output", constant("lookup.beta", 1), two, repack, count_neighbour),
        lie(
            "a multiple of a row of another table",
            constant("lookup.gamma", 0),
            ("a wide range, no power of two", SHOWN),
            |draft| wrong(draft, "q − 1, r + 2^s", 1),
            count_multiple,
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
