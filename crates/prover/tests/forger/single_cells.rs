//! Every change of one committed cell is noticed, but for the cells that no output depends on.
//!
//! ```text
//! free     selector of a pooled maximum      where its element and the last one both are the maximum
//!          row maximum of an argmax          on padded rows
//!          hidden input                      on padding, inside its range
//! another witness    hidden input            where all other columns are those of an honest run on the changed input
//! ```

use super::Draft;
use super::model::Model;
use super::programs;
use super::relations::{Relation, Relations};
use crate::support::{self, Case, Numbers};
use intaglio_program::layout::Layout;
use intaglio_program::lower::{Level, Role, Visibility};
use intaglio_program::ops::Op;
use intaglio_program::program::ValueId;
use intaglio_program::tensor::cells;
use intaglio_verifier::{Boundary, CheckedModel, Policy, Request, verify};
use std::collections::BTreeMap;

const DELTAS: [i64; 6] = [1, -1, 2, -16, 256, -4096];
const LEVELS: [(Level, Level); 2] = [(Level::Public, Level::Committed), (Level::Private, Level::Public)];

/// Why a change may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Freedom {
    TiedSelector,
    PaddedRowMaximum,
    PaddedInput,
    AnotherInput,
}

fn with_parameters(case: &Case, numbers: &mut Numbers, small: bool) -> Model {
    let parameters =
        if small { programs::parameters(&case.program, numbers) } else { support::parameters(&case.program, numbers) };
    Model::commit(&case.program, parameters, &[])
}

fn all_cases() -> impl Iterator<Item = (Case, bool)> {
    let own = programs::cases().into_iter().map(|case| (case, true));
    support::cases().into_iter().map(|case| (case, false)).chain(own)
}

/// Two elements of a window, as a padded cell sees them, differ from the maximum by nothing.
fn selector_is_tied(draft: &Draft<'_>, node: usize, element: usize, cell: usize) -> bool {
    let program = &draft.model.program;
    let made = &program.nodes()[node];
    let Op::MaxPool(op) = &made.op else { panic!("a selector of another operator") };
    let out = &program.values()[program.output_of(node).0 as usize];
    let shape = &program.values()[made.inputs[0].0 as usize].shape;
    let Some(flat) = (0..out.layout.cells()).find(|flat| out.layout.cell_of(*flat) == cell) else { return true };
    let elements = op.elements(&shape[2..], &out.shape[2..]);
    let (x, area, windows) = (draft.logical(made.inputs[0]), cells(&shape[2..]), cells(&out.shape[2..]));
    let own = |e: usize| x[flat / windows * area + elements[e][flat % windows].expect("a true cell")];
    let maximum = draft.trace.physical[program.output_of(node).0 as usize][cell];
    own(element) == maximum && own(elements.len() - 1) == maximum
}

fn is_padded_row(draft: &Draft<'_>, node: usize, cell: usize) -> bool {
    let program = &draft.model.program;
    let Op::ArgMax(op) = &program.nodes()[node].op else { panic!("a row maximum of another operator") };
    let rows = Layout::separate(&op.rows(&program.values()[program.nodes()[node].inputs[0].0 as usize].shape));
    (0..rows.cells()).all(|row| rows.cell_of(row) != cell)
}

/// What a change of one cell of a hidden input amounts to.
fn input_freedom(honest: &Draft<'_>, changed: &Draft<'_>, id: ValueId, cell: usize) -> Option<Freedom> {
    let program = &honest.model.program;
    let input = program.inputs().get(id.0 as usize)?;
    if honest.statement.inputs[id.0 as usize] != Boundary::Private {
        return None;
    }
    let content = changed.clone().column(Role::Value(id)).expect("an input's column")[cell];
    let mut other = honest.clone();
    other.force_cell(id, cell, content);
    // another choice among ties is no other witness
    for column in honest.lowered.columns.iter().filter(|c| matches!(c.role, Role::Selector { .. })) {
        let own = changed.clone().column(column.role).expect("a selector").to_vec();
        other.column(column.role).expect("a selector").copy_from_slice(&own);
    }
    let same = other.groups == changed.groups && other.statement == changed.statement;
    let in_range = (input.lo..=input.hi).contains(&content);
    let kind = if cell < cells(&input.shape) { Freedom::AnotherInput } else { Freedom::PaddedInput };
    (in_range && same && other.broken().is_empty()).then_some(kind)
}

fn freedom(honest: &Draft<'_>, changed: &Draft<'_>, role: Role, cell: usize) -> Option<Freedom> {
    match role {
        Role::Selector { node, element } => {
            selector_is_tied(honest, node, element, cell).then_some(Freedom::TiedSelector)
        }
        Role::RowMaximum(node) => is_padded_row(honest, node, cell).then_some(Freedom::PaddedRowMaximum),
        Role::Value(id) => input_freedom(honest, changed, id, cell),
        Role::Parameter(_)
        | Role::Upper(_)
        | Role::Miss { .. }
        | Role::Remainder { .. }
        | Role::Limb { .. }
        | Role::RowSelectors(_)
        | Role::OutputCopy(_) => None,
    }
}

#[test]
fn every_change_of_one_cell_is_noticed_but_where_nothing_depends_on_it() {
    let mut free: BTreeMap<Freedom, usize> = BTreeMap::new();
    let mut noticed = 0usize;
    for (case, small) in all_cases() {
        for (input, output) in LEVELS {
            let mut numbers = Numbers::new(3);
            let model = with_parameters(&case, &mut numbers, small);
            let visibility = Visibility::uniform(&case.program, input, output);
            let honest = Draft::new(&model, &support::inputs(&case.program, &mut numbers), &visibility);
            assert!(honest.broken().is_empty(), "{}: the control", case.name);
            let relations = Relations::new(&honest.plan, &honest.publics());
            let readers = relations.readers();
            let mut changed = honest.clone();
            // the model's cells are bound by its commitment
            for column in honest.lowered.columns.iter().filter(|c| !matches!(c.role, Role::Parameter(_))) {
                let place = *honest.plan.place(column.tensor).expect("placed");
                for cell in 0..1usize << place.num_vars {
                    let at = (place.group, place.offset + cell);
                    let read: &[Relation] = readers.get(&at).map_or(&[], Vec::as_slice);
                    for delta in DELTAS {
                        changed.groups[at.0][at.1] += delta;
                        let passes = read.iter().all(|r| relations.holds(&changed.groups, *r));
                        let why = freedom(&honest, &changed, column.role, cell);
                        let title = || format!("{}, {:?}, cell {cell}, {delta:+}", case.name, column.role);
                        assert_eq!(passes, why.is_some(), "{}: {why:?}", title());
                        match why {
                            Some(why) => *free.entry(why).or_default() += 1,
                            None => noticed += 1,
                        }
                        changed.groups[at.0][at.1] -= delta;
                    }
                }
            }
        }
    }
    println!("{noticed} changes noticed, free: {free:?}");
    assert_eq!(free.len(), 4, "each freedom has its examples: {free:?}");
}

/// What is free is harmless: evidence with other contents there verifies and shows the same outputs.
#[test]
fn free_cells_change_no_output() {
    for (case, small) in all_cases() {
        let mut numbers = Numbers::new(5);
        let model = with_parameters(&case, &mut numbers, small);
        let checked = CheckedModel::check(&model.commitment).expect(case.name);
        let visibility = Visibility::uniform(&case.program, Level::Private, Level::Public);
        let honest = Draft::new(&model, &support::inputs(&case.program, &mut numbers), &visibility);
        let mut changed = honest.clone();
        for (index, input) in case.program.inputs().iter().enumerate() {
            for cell in cells(&input.shape)..honest.trace.physical[index].len() {
                changed.force_cell(ValueId(index as u32), cell, input.hi);
            }
        }
        for column in &honest.lowered.columns {
            for cell in 0..1usize << honest.plan.tensor_vars(column.tensor) {
                let content = match column.role {
                    Role::Selector { node, element } => selector_is_tied(&honest, node, element, cell).then_some(-1000),
                    Role::RowMaximum(node) => is_padded_row(&honest, node, cell).then_some(1 << 40),
                    _ => None,
                };
                if let Some(content) = content {
                    changed.set(column.role, cell, content);
                }
            }
        }
        assert_eq!(changed.statement, honest.statement, "{}", case.name);
        let attempt = changed.attempt();
        assert!(attempt.equations.is_empty(), "{}: {:?}", case.name, attempt.equations);
        let verified = verify(&attempt.evidence, &checked, Request::default(), Policy::default());
        let verified = verified.unwrap_or_else(|e| panic!("{}: {e}", case.name));
        assert_eq!(verified.statement().outputs, honest.statement.outputs, "{}", case.name);
    }
}
