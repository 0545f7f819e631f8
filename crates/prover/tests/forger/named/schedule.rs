//! Lies in messages: each equation of the schedule has forgeries that it alone stops, and each challenge has forgeries
//! that pass where it is known too early, shared or constant.
//!
//! ```text
//! equation   a wrong witness or a lie, and further lies that mend every equation but the dropped one
//! challenge  lies in the message before it, found with its value in hand: a Fiat–Shamir attack
//! ```

use super::bench::{Bench, COMMITTED, HIDDEN, Levels, SHOWN, bench};
use super::run::{Run, Unknown};
use super::{Forgery, Intent, Made};
use crate::forger::Draft;
use crate::forger::attacks;
use intaglio_algebra::{One, Scalar};
use intaglio_argument::mutants::{Mutant, Oracle, Returns};
use intaglio_argument::prove::Cells;
use intaglio_argument::rules::{Check, Rules};
use intaglio_argument::system::{SourceId, SourceKind, TensorId};
use intaglio_program::lower::Role;
use intaglio_program::ops::Op;
use intaglio_program::program::ValueId;
use intaglio_verifier::Stage;

/// Wrong in one way that the oracle of relations names: `attack` at a node, input or output.
fn wrong(draft: &mut Draft<'static>, attack: &str, index: usize) {
    let found = attacks::all().into_iter().find(|a| a.name == attack).expect("an attack");
    let broken = (found.forge)(draft, index).expect("a place");
    assert!(!broken.is_empty());
}

/// A forgery in a run.
struct Lie {
    name: &'static str,
    class: &'static str,
    mutant: Mutant,
    /// Where the run takes place.
    at: (&'static str, Levels),
    /// Of which weights and inputs.
    seed: u64,
    /// What is wrong with the witness.
    draft: fn(&mut Draft<'static>),
    /// What else is done.
    run: fn(Run) -> Run,
}

impl Lie {
    fn forgery(self) -> Forgery {
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

fn made(
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

fn without(equation: &'static str) -> Mutant {
    Mutant::Without(Check::Equation(equation))
}

fn known(label: &'static str) -> Mutant {
    Mutant::Under(Oracle::Known(label))
}

fn constant(label: &'static str, answer: u64) -> Mutant {
    Mutant::Under(Oracle::Programmed { label, answer: Scalar::from(answer) })
}

fn shared(label: &'static str, with: &'static str) -> Mutant {
    Mutant::Under(Oracle::Shared { label, with })
}

fn nothing(_: &mut Draft<'static>) {}

/// The quotient of the requantisation behind the first linear map is one too large.
fn quotient(draft: &mut Draft<'static>) {
    wrong(draft, "q + 1, r − 2^s", 1);
}

/// A public output that is not what was computed.
fn output(draft: &mut Draft<'static>) {
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
fn mend_levels(mut run: Run, part: &str, to: usize) -> Run {
    for level in 0..to {
        run = run.solve(&[Unknown::slot(&format!("tree.{level}.{part}"))], &[&level_name(level)]);
    }
    run
}

/// The last level's numerators mend the root, so that only the leaves disagree.
fn mend_tree(run: Run, part: &str) -> Run {
    let all = levels(&run);
    mend_levels(run, part, all)
}

/// The accumulator of a node is wrong in one cell, and everything behind it is computed from there.
fn accumulator(mut run: Run, node: usize) -> Run {
    let program = &run.bench.program;
    let id: ValueId = program.output_of(node);
    let cell = program.values()[id.0 as usize].layout.cell_of(0);
    let source = run.draft.lowered.inner.iter().find(|(_, own)| *own == node).expect("an inner product").0;
    let mut cells = run.draft.trace.inner[node].clone().unwrap_or_else(|| product_cells(&run, node));
    cells[cell] += 1000;
    let content = run.draft.trace.physical[id.0 as usize][cell] + 1000;
    run.draft.force(id, 0, content);
    run.cells = run.draft.cells();
    run.sources.insert(source, cells);
    run.note("an accumulator is another")
}

/// The accumulator without its bias.
fn product_cells(run: &Run, node: usize) -> Vec<i64> {
    let source = run.draft.lowered.inner.iter().find(|(_, own)| *own == node).expect("an inner product").0;
    source_cells(run, source)
}

/// The true cells of a source.
pub fn source_cells(run: &Run, source: SourceId) -> Vec<i64> {
    let publics = run.draft.publics();
    let relations = crate::forger::relations::Relations::new(&run.draft.plan, &publics);
    let vars = run.draft.plan.system().sources()[source.0 as usize].num_vars;
    (0..1usize << vars).map(|cell| relations.source(&run.draft.groups, source, cell) as i64).collect()
}

/// The first linear map's accumulator is wrong.
fn first_accumulator(run: Run) -> Run {
    let is_linear = |op: &Op| matches!(op, Op::Conv(_) | Op::MatMul(_) | Op::Product(_));
    let node = run.bench.program.nodes().iter().position(|n| is_linear(&n.op)).expect("a linear map");
    accumulator(run, node)
}

/// Commits to another content of the first requantised value than is argued about.
fn split(mut run: Run, returns: Returns) -> Run {
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
fn add(run: &mut Run, tensor: TensorId, cell: usize, by: Scalar) {
    let place = *run.draft.plan.place(tensor).expect("placed");
    let mut cells = run.cells[place.group].to_field();
    cells[place.offset + cell] += by;
    run.cells[place.group] = Cells::Field(cells);
}

/// Multiplicity tensors with their slots at the leaves, in order of the leaves.
fn multiplicities(run: &Run) -> Vec<(TensorId, String)> {
    let tensors = run.draft.plan.system().tensors();
    let slots = run.attempt(None).1.trace.slots;
    let own = |slot: &String| {
        let id: u32 = slot.strip_prefix("leaf.tensor.")?.parse().ok()?;
        tensors[id as usize].name.contains(".multiplicity.").then(|| (TensorId(id), slot.clone()))
    };
    slots.iter().filter_map(own).collect()
}

fn equations() -> Vec<Lie> {
    let gemm = ("gemm", SHOWN);
    let cnn = ("small cnn", SHOWN);
    let lie = |name, equation, at, draft, run| Lie {
        name,
        class: "equation",
        mutant: without(equation),
        at,
        seed: 0,
        draft,
        run,
    };
    vec![
        lie("lookups that do not add up", "lookup root", gemm, quotient, |run| run),
        lie("a root mended by its numerators", "lookup level 1", gemm, quotient, |run| mend_levels(run, "n0", 1)),
        lie("a level mended by its numerators", "lookup level 4", gemm, quotient, |run| mend_levels(run, "n0", 4)),
        lie("a tree whose numerators are not the leaves'", "leaf numerator", gemm, quotient, |run| {
            mend_tree(run, "n0")
        }),
        lie("a tree whose denominators are not the leaves'", "leaf denominator", gemm, quotient, |run| {
            mend_tree(run, "d0")
        }),
        lie("a relation that fails at one cell", "zerocheck", gemm, output, |run| run),
        lie("an accumulator that is not Σ W·x", "inner products 0", gemm, nothing, first_accumulator),
        lie("an operand that is not what its view holds", "wiring", cnn, nothing, |run| {
            first_accumulator(run).solve(&[Unknown::slot("inner.0.0.right")], &["inner products 0"])
        }),
        lie("a view that is not what its tensor holds", "columns", cnn, nothing, |run| {
            let run = first_accumulator(run).solve(&[Unknown::slot("inner.0.0.right")], &["inner products 0"]);
            run.solve(&[Unknown::slot("wiring.target.0")], &["wiring"])
        }),
        lie("other cells than the committed ones until the columns", "columns", gemm, nothing, |run| {
            split(run, Returns::Columns)
        }),
        lie("other cells than the committed ones until the opening", "opening", gemm, nothing, |run| {
            split(run, Returns::Opening)
        }),
        lie("column evaluations that are not the rows'", "opening", gemm, nothing, |run| {
            split(run, Returns::Columns).solve(&[Unknown::slot("columns.row.0")], &["columns"])
        }),
    ]
}

fn tree_challenges() -> Vec<Lie> {
    let gemm = ("gemm", SHOWN);
    let lie = |name, mutant, run| Lie { name, class: "challenge", mutant, at: gemm, seed: 0, draft: quotient, run };
    vec![
        lie("a round of the tree after its challenge", known("tree.1.0"), |run| {
            mend_levels(run, "n0", 1).solve(&[Unknown::slot("tree.1.0.q1")], &["lookup level 1"])
        }),
        lie("nodes after the point of their line", known("tree.0.rho"), |run| {
            let nodes = ["tree.0.n0", "tree.0.n1"].map(Unknown::slot);
            run.solve(&nodes, &["lookup root", "lookup level 1"])
        }),
        lie("numerator and denominator merged by 1", constant("tree.1.lambda", 1), |run| {
            let one = Scalar::one();
            let moved = vec![("tree.0.n0".to_owned(), one), ("tree.0.d0".to_owned(), -one)];
            run.solve(&[Unknown::Slots(moved)], &["lookup root"])
        }),
        lie("one challenge for λ and ρ", shared("tree.1.lambda", "tree.0.rho"), |run| {
            let one = Scalar::one();
            let moved = [("tree.0.n1", -one), ("tree.0.d0", one), ("tree.0.d1", one)];
            let moved = moved.map(|(slot, k)| (slot.to_owned(), k)).to_vec();
            // half of all quadratics have a root: other pads and blinds make another one
            let again = || Run::new(run.bench, run.draft.clone());
            let found = (0..64).find_map(|_| again().solve_quadratic(&Unknown::Slots(moved.clone()), "lookup root"));
            found.expect("one of 64 quadratics has a root")
        }),
    ]
}

fn zerocheck_challenges() -> Vec<Lie> {
    vec![
        Lie {
            name: "two sides of saturation that cancel: v wraps",
            class: "challenge",
            mutant: constant("zerocheck.omega", 1),
            at: ("gemm", HIDDEN),
            seed: WRAPS,
            draft: wrap,
            run: |run| run,
        },
        Lie {
            name: "cells of an output that cancel at a known point",
            class: "challenge",
            mutant: known("zerocheck.tau."),
            at: ("gemm", COMMITTED),
            seed: 0,
            draft: |draft| wrong(draft, "committed copy of an output + 1", 0),
            run: |run| {
                let columns = &run.draft.lowered.columns;
                let copy = columns.iter().find(|c| c.role == Role::OutputCopy(0)).expect("a copy").tensor;
                let place = *run.draft.plan.place(copy).expect("placed");
                run.solve(&[Unknown::Cell(place.group, place.offset + 1)], &["zerocheck"])
            },
        },
        Lie {
            name: "a round of the zerochecks after its challenge",
            class: "challenge",
            mutant: known("zerocheck.0"),
            at: ("gemm", SHOWN),
            seed: 0,
            draft: output,
            run: |run| run.solve(&[Unknown::slot("zerocheck.0.q1")], &["zerocheck"]),
        },
    ]
}

/// A seed under which a quotient wraps.
const WRAPS: u64 = 1;

/// A quotient above the range as one inside it, the range's length less: `upper` and `lower` fail, their sum holds.
fn wrap(draft: &mut Draft<'static>) {
    let program = &draft.model.program;
    let Op::Requantise(op) = program.nodes()[1].op else { panic!("the program has changed") };
    let (input, id) = (program.nodes()[1].inputs[0], program.output_of(1));
    let layout = &program.values()[id.0 as usize].layout;
    let quotients = draft.trace.physical[input.0 as usize].iter().map(|acc| op.quotient(*acc)).collect::<Vec<_>>();
    let span = op.hi - op.lo;
    let place = |flat: &usize| {
        let v = quotients[layout.cell_of(*flat)] - span;
        v <= op.hi && v - op.lo >= op.hi - v
    };
    let flat = (0..layout.cells()).filter(|f| quotients[layout.cell_of(*f)] > op.hi).find(place);
    let (cell, flat) = flat.map(|f| (layout.cell_of(f), f)).expect("a quotient that wraps");
    let v = quotients[cell] - span;
    draft.force(id, flat, v);
    draft.set(Role::Upper(1), cell, v - op.lo);
    let miss = (v - op.lo) - (op.hi - v);
    let limbs: Vec<Role> =
        draft.lowered.columns.iter().map(|c| c.role).filter(|r| matches!(r, Role::Miss { node: 1, .. })).collect();
    for role in limbs {
        let Role::Miss { shift, bits, .. } = role else { continue };
        draft.set(role, cell, miss >> shift & ((1 << bits) - 1));
    }
}

fn product_challenges() -> Vec<Lie> {
    let cnn = ("small cnn", SHOWN);
    let lie = |name, mutant, run| Lie { name, class: "challenge", mutant, at: cnn, seed: 0, draft: nothing, run };
    vec![
        lie("accumulators that cancel under a known weight", known("inner.0.delta"), |run| {
            let run = first_accumulator(run);
            let inner: Vec<String> =
                run.draft.lowered.inner.iter().map(|(s, _)| format!("leaf.source.{}", s.0)).collect();
            let unknowns: Vec<Unknown> = inner.iter().map(|slot| Unknown::slot(slot)).collect();
            run.solve(&unknowns, &["leaf denominator", "inner products 0"])
        }),
        lie("a round of the products after its challenge", known("inner.0.0"), |run| {
            first_accumulator(run).solve(&[Unknown::slot("inner.0.0.q1")], &["inner products 0"])
        }),
        lie("one weight for products and wiring", shared("wiring.delta", "inner.0.delta"), |run| {
            let operands = ["inner.0.0.right", "inner.0.1.right"].map(Unknown::slot);
            first_accumulator(run).solve(&operands, &["inner products 0", "wiring"])
        }),
        lie("views that cancel under a known weight", known("wiring.delta"), |run| {
            let operands = ["inner.0.0.right", "inner.0.1.right"].map(Unknown::slot);
            first_accumulator(run).solve(&operands, &["inner products 0", "wiring"])
        }),
        lie("a round of the wiring after its challenge", known("wiring.0"), |run| {
            let run = first_accumulator(run).solve(&[Unknown::slot("inner.0.0.right")], &["inner products 0"]);
            run.solve(&[Unknown::slot("wiring.0.q1")], &["wiring"])
        }),
    ]
}

/// Mends the leaves of a tree that does not add up by evaluations of two multiplicity tensors.
fn mend_leaves(run: Run, pick: fn(&[(TensorId, String)]) -> [usize; 2]) -> Run {
    let run = mend_tree(run, "n0");
    let slots = multiplicities(&run);
    let unknowns = pick(&slots).map(|i| Unknown::slot(&slots[i].1));
    run.solve(&unknowns, &["leaf numerator", "columns"])
}

fn column_challenges() -> Vec<Lie> {
    let tables = ("two tables of the same keys", SHOWN);
    let gemm = ("gemm", SHOWN);
    let lie = |name, mutant, at, draft, run| Lie { name, class: "challenge", mutant, at, seed: 0, draft, run };
    vec![
        lie("two tensors of which only the sum is bound", constant("columns.nu", 1), tables, nothing, |mut run| {
            run.argued = Some(run.cells.clone());
            let [(first, _), (second, _), ..] = &multiplicities(&run)[..] else { panic!("two tables") };
            run.multiplicities = vec![(*first, 0, Scalar::one()), (*second, 0, -Scalar::one())];
            run.note("multiplicities of two tables are moved")
        }),
        lie("merged claims that cancel under an older weight", known("columns.nu"), tables, quotient, |run| {
            mend_leaves(run, |_| [0, 1])
        }),
        lie(
            "claims that cancel under a known weight",
            known("columns.delta"),
            ("relu, 12 and 4 bits, several rows", SHOWN),
            quotient,
            |run| mend_leaves(run, |slots| [0, slots.len() - 1]),
        ),
        lie("a round of the columns after its challenge", known("columns.0"), gemm, nothing, |run| {
            split(run, Returns::Columns).solve(&[Unknown::slot("columns.0.q1")], &["columns"])
        }),
        lie("one challenge for δ and μ", shared("columns.mu", "columns.delta"), gemm, nothing, |run| {
            let rows = ["columns.row.0", "columns.row.1"].map(Unknown::slot);
            split(run, Returns::Columns).solve(&rows, &["columns", "opening"])
        }),
        lie("column evaluations after their weight", known("columns.mu"), gemm, nothing, |run| {
            let rows = ["columns.row.0", "columns.row.1"].map(Unknown::slot);
            split(run, Returns::Columns).solve(&rows, &["columns", "opening"])
        }),
    ]
}

fn closing_challenges() -> Vec<Lie> {
    let gemm = ("gemm", SHOWN);
    let lie = |name, mutant, at, run| Lie { name, class: "challenge", mutant, at, seed: 0, draft: quotient, run };
    vec![
        lie("equations that cancel under known weights", known("closing.eta"), gemm, |run| {
            run.solve(&[Unknown::slot("columns.row.0")], &["total"])
        }),
        lie("u0 after the challenge of the response", known("closing.e"), gemm, |run| {
            run.solve(&[Unknown::slot("closing.cross")], &["closing"])
        }),
        lie("the scalar equation without its weight", constant("closing.xi", 0), gemm, |run| run),
        lie("L after the challenge of its fold", known("closing.fold.0"), ("small cnn", SHOWN), |mut run| {
            let (_, attempt) = run.attempt(None);
            let challenge = |label: &str| attempt.trace.challenges.iter().find(|(l, _)| l == label).expect("drawn").1;
            let left = attempt.trace.residuals.iter().find(|(name, _)| name == "closing").expect("the closing").1;
            let lie = -(challenge("closing.fold.0") * challenge("closing.xi") * left);
            run.lies.insert("closing.fold".to_owned(), lie);
            run.note("L has a part on Q")
        }),
    ]
}

fn bindings() -> Vec<Lie> {
    let gemm = ("gemm", SHOWN);
    let deaf = |label| Mutant::Under(Oracle::Deaf(label));
    let lie =
        |name, label, draft, run| Lie { name, class: "binding", mutant: deaf(label), at: gemm, seed: 0, draft, run };
    vec![
        lie("multiplicities after γ", "row", quotient, |run| {
            let (tensor, _) = multiplicities(&run)[0].clone();
            run.solve(&[Unknown::Multiplicity(tensor, 0)], &["lookup root"])
        }),
        lie("pads after the challenges that they mask", "pads", quotient, |run| {
            run.solve(&[Unknown::Pad("columns.row.0".to_owned())], &["total"])
        }),
        lie("T after the challenge of the response", "closing.mask", quotient, |run| {
            run.solve(&[Unknown::slot("closing.mask")], &["closing"])
        }),
        lie("u0 not bound", "closing.cross", quotient, |run| {
            run.solve(&[Unknown::slot("closing.cross")], &["closing"])
        }),
    ]
}

/// Commits to another output than is argued about.
fn another_copy(mut run: Run) -> Run {
    run.argued = Some(run.cells.clone());
    let columns = &run.draft.lowered.columns;
    let copy = columns.iter().find(|c| c.role == Role::OutputCopy(0)).expect("a copy").tensor;
    add(&mut run, copy, 0, Scalar::one());
    run.note("another output is committed")
}

/// Claims that go nowhere.
fn undischarged() -> Vec<Forgery> {
    let lost = |what: &str, at: &'static str, find: fn(&Draft<'static>) -> String, forge: fn(Run) -> Run| {
        let honest = bench(at, 0).draft(COMMITTED, &Rules::default());
        let mutant = Mutant::Without(Check::Claims(find(&honest).leak()));
        Forgery {
            name: format!("{what} whose claim goes nowhere"),
            class: "claim",
            stage: Stage::Closing,
            mutant_name: format!("claims on {what} are not discharged"),
            mutant,
            names: None,
            make: Box::new(move |rules, intent| made(bench(at, 0), (COMMITTED, rules), intent, nothing, forge)),
        }
    };
    let copy = |draft: &Draft<'static>| {
        let columns = &draft.lowered.columns;
        let copy = columns.iter().find(|c| c.role == Role::OutputCopy(0)).expect("a copy").tensor;
        draft.plan.system().tensors()[copy.0 as usize].name.clone()
    };
    let product = |draft: &Draft<'static>| {
        let source = draft.lowered.inner[0].0;
        draft.plan.system().sources()[source.0 as usize].name.clone()
    };
    // the longest product comes first in its run
    let view = |draft: &Draft<'static>| {
        let sources = draft.plan.system().sources();
        let inner = draft.lowered.inner.iter().filter_map(|(source, _)| match &sources[source.0 as usize].kind {
            SourceKind::Inner(inner) => Some(inner),
            SourceKind::Read { .. } | SourceKind::Wired { .. } => None,
        });
        let longest = inner.max_by_key(|inner| inner.summed).expect("a product");
        sources[longest.right.source.0 as usize].name.clone()
    };
    vec![
        lost("a committed output", "gemm", copy, another_copy),
        lost("an inner product", "gemm", product, first_accumulator),
        lost("a wired view", "small cnn", view, |run| {
            first_accumulator(run).solve(&[Unknown::slot("inner.0.0.right")], &["inner products 0"])
        }),
    ]
}

/// All of them.
pub fn all() -> Vec<Forgery> {
    let families = [
        equations,
        tree_challenges,
        zerocheck_challenges,
        product_challenges,
        column_challenges,
        closing_challenges,
        bindings,
    ];
    families.into_iter().flat_map(|family| family()).map(Lie::forgery).chain(undischarged()).collect()
}
