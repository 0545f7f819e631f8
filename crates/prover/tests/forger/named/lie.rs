//! A forgery in a run of the argument, and what such forgeries have in common.

use super::bench::{Bench, Levels, bench};
use super::run::{Run, Unknown};
use super::{Forgery, Intent, Made};
use crate::forger::Draft;
use crate::forger::attacks;
use intaglio_algebra::{One, Scalar};
use intaglio_argument::mutants::{Mutant, Oracle, Returns};
use intaglio_argument::prove::Cells;
use intaglio_argument::rules::{Check, Rules};
use intaglio_argument::system::{SourceId, TensorId};
use intaglio_program::lower::Role;
use intaglio_program::ops::Op;
use intaglio_program::program::ValueId;
use intaglio_verifier::Stage;

/// Wrong in one way that the oracle of relations names: `attack` at a node, input or output.
pub fn wrong(draft: &mut Draft<'static>, attack: &str, index: usize) {
    let found = attacks::all().into_iter().find(|a| a.name == attack).expect("an attack");
    let broken = (found.forge)(draft, index).expect("a place");
    assert!(!broken.is_empty());
}

/// A forgery in a run.
pub struct Lie {
    pub name: &'static str,
    pub class: &'static str,
    pub mutant: Mutant,
    /// Where the run takes place.
    pub at: (&'static str, Levels),
    /// Of which weights and inputs.
    pub seed: u64,
    /// What is wrong with the witness.
    pub draft: fn(&mut Draft<'static>),
    /// What else is done.
    pub run: fn(Run) -> Run,
}

impl Lie {
    pub fn forgery(self) -> Forgery {
        let Self { name, class, mutant, at: (program, levels), seed, draft: spoil, run: forge } = self;
        Forgery {
            name: name.to_owned(),
            class,
            stage: Stage::Closing,
            mutant_name: mutant_name(&mutant),
            mutant,
            names: None,
            make: Box::new(move |rules, intent| made(bench(program, seed), (levels, rules), intent, spoil, forge)),
        }
    }
}

pub fn made(
    bench: &'static Bench,
    (levels, rules): (Levels, &Rules),
    intent: Intent,
    spoil: fn(&mut Draft<'static>),
    forge: fn(Run) -> Run,
) -> Made {
    let mut draft = bench.draft(levels, rules);
    if intent == Intent::Honest {
        return Run::new(bench, draft).made();
    }
    spoil(&mut draft);
    forge(Run::new(bench, draft)).made()
}

/// The mutant of a schedule by name.
pub fn mutant_name(mutant: &Mutant) -> String {
    match mutant {
        Mutant::Without(Check::Equation(name)) => format!("equation {name}"),
        Mutant::Without(check) => format!("{check:?}"),
        Mutant::Under(Oracle::Known(label)) => format!("{label} known early"),
        Mutant::Under(Oracle::Programmed { label, .. }) => format!("{label} constant"),
        Mutant::Under(Oracle::Shared { label, with }) => format!("{label} = {with}"),
        Mutant::Under(Oracle::Deaf(label)) => format!("{label} not absorbed"),
        Mutant::Under(oracle) => format!("{oracle:?}"),
        Mutant::Compiled(alteration) => alteration.name.to_owned(),
    }
}

pub fn without(equation: &'static str) -> Mutant {
    Mutant::Without(Check::Equation(equation))
}

pub fn known(label: &'static str) -> Mutant {
    Mutant::Under(Oracle::Known(label))
}

pub fn constant(label: &'static str, answer: u64) -> Mutant {
    Mutant::Under(Oracle::Programmed { label, answer: Scalar::from(answer) })
}

pub fn shared(label: &'static str, with: &'static str) -> Mutant {
    Mutant::Under(Oracle::Shared { label, with })
}

pub fn nothing(_: &mut Draft<'static>) {}

/// The quotient of the requantisation behind the first linear map is one too large.
pub fn quotient(draft: &mut Draft<'static>) {
    wrong(draft, "q + 1, r − 2^s", 1);
}

/// A public output that is not what was computed.
pub fn output(draft: &mut Draft<'static>) {
    wrong(draft, "public output + 1", 0);
}

/// Levels of the tree.
fn levels(run: &Run) -> usize {
    run.draft.plan.tree_vars()
}

fn level_name(level: usize) -> String {
    if level == 0 { "lookup root".to_owned() } else { format!("lookup level {level}") }
}

/// Mends the root and the levels below `to` by a lie in one part of each node pair.
pub fn mend_levels(mut run: Run, part: &str, to: usize) -> Run {
    for level in 0..to {
        run = run.solve(&[Unknown::slot(&format!("tree.{level}.{part}"))], &[&level_name(level)]);
    }
    run
}

/// The last level's numerators mend the root, so that only the leaves disagree.
pub fn mend_tree(run: Run, part: &str) -> Run {
    let all = levels(&run);
    mend_levels(run, part, all)
}

/// The accumulator of a node is wrong in one cell, and everything behind it is computed from there.
fn accumulator(mut run: Run, node: usize) -> Run {
    let program = &run.bench.program;
    let id: ValueId = program.output_of(node);
    let cell = program.values()[id.0 as usize].layout.cell_of(0);
    let source = run.draft.lowered.inner.iter().find(|(_, own)| *own == node).expect("an inner product").0;
    let mut cells = source_cells(&run, source);
    cells[cell] += 1000;
    let content = run.draft.trace.physical[id.0 as usize][cell] + 1000;
    run.draft.force(id, 0, content);
    run.cells = run.draft.cells();
    run.sources.insert(source, cells);
    run.note("an accumulator is another")
}

/// The true cells of a source.
pub fn source_cells(run: &Run, source: SourceId) -> Vec<i64> {
    let publics = run.draft.publics();
    let relations = crate::forger::relations::Relations::new(&run.draft.plan, &publics);
    let vars = run.draft.plan.system().sources()[source.0 as usize].num_vars;
    (0..1usize << vars).map(|cell| relations.source(&run.draft.groups, source, cell) as i64).collect()
}

/// The first linear map's accumulator is wrong.
pub fn first_accumulator(run: Run) -> Run {
    let is_linear = |op: &Op| matches!(op, Op::Conv(_) | Op::MatMul(_) | Op::Product(_));
    let node = run.bench.program.nodes().iter().position(|n| is_linear(&n.op)).expect("a linear map");
    accumulator(run, node)
}

/// Commits to another content of the first requantised value than is argued about.
pub fn split(mut run: Run, returns: Returns) -> Run {
    run.argued = Some(run.cells.clone());
    run.returns = returns;
    let program = &run.bench.program;
    let node = program.nodes().iter().position(|n| matches!(n.op, Op::Requantise(_))).expect("a requantisation");
    let role = Role::Value(program.output_of(node));
    let tensor = run.draft.lowered.columns.iter().find(|c| c.role == role).expect("a column").tensor;
    add(&mut run, tensor, 0, Scalar::one());
    run.note("other cells are committed")
}

/// Adds to a committed cell.
pub fn add(run: &mut Run, tensor: TensorId, cell: usize, by: Scalar) {
    let place = *run.draft.plan.place(tensor).expect("placed");
    let mut cells = run.cells[place.group].to_field();
    cells[place.offset + cell] += by;
    run.cells[place.group] = Cells::Field(cells);
}

/// Multiplicity tensors with their slots at the leaves, in order of the leaves.
pub fn multiplicities(run: &Run) -> Vec<(TensorId, String)> {
    let tensors = run.draft.plan.system().tensors();
    let slots = run.attempt(None).1.trace.slots;
    let own = |slot: &String| {
        let id: u32 = slot.strip_prefix("leaf.tensor.")?.parse().ok()?;
        tensors[id as usize].name.contains(".multiplicity.").then(|| (TensorId(id), slot.clone()))
    };
    slots.iter().filter_map(own).collect()
}
