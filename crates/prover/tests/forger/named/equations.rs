//! Lies in messages: each equation of the schedule has forgeries that it alone stops, and so has each discharge of claims.
//!
//! ```text
//! equation   a wrong witness or a lie, and further lies that mend every equation but the dropped one
//! claim      a wrong tensor or source whose claims no equation takes up
//! ```

use super::Forgery;
use super::bench::{COMMITTED, SHOWN, bench};
use super::lie::{
    Lie, add, first_accumulator, made, mend_levels, mend_tree, nothing, output, quotient, split, without,
};
use super::run::{Run, Unknown};
use crate::forger::Draft;
use intaglio_algebra::{One, Scalar};
use intaglio_argument::mutants::{Mutant, Returns};
use intaglio_argument::rules::{Check, Rules};
use intaglio_argument::system::SourceKind;
use intaglio_program::lower::Role;
use intaglio_verifier::Stage;

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
    equations().into_iter().map(Lie::forgery).chain(undischarged()).collect()
}
