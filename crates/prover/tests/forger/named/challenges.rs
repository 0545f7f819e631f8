//! Fiat–Shamir attacks: lies that pass where a challenge is known too early, shared, constant, or deaf to a message.
//!
//! Each lie stands in the message before its challenge, and was found with the challenge's value in hand.

use super::Forgery;
use super::bench::{COMMITTED, HIDDEN, SHOWN};
use super::lie::{
    Lie, constant, first_accumulator, known, mend_levels, mend_tree, multiplicities, nothing, output, quotient, shared,
    split, wrong,
};
use super::run::{Run, Unknown};
use crate::forger::Draft;
use intaglio_algebra::{One, Scalar};
use intaglio_argument::mutants::{Mutant, Oracle, Returns};
use intaglio_argument::system::TensorId;
use intaglio_program::lower::Role;
use intaglio_program::ops::Op;

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

/// All of them.
pub fn all() -> Vec<Forgery> {
    let families =
        [tree_challenges, zerocheck_challenges, product_challenges, column_challenges, closing_challenges, bindings];
    families.into_iter().flat_map(|family| family()).map(Lie::forgery).collect()
}
