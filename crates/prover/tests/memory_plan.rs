//! How much memory a proof allocates, and how often, follows from the program: weights, inputs, pads, blinds and challenges
//! change nothing.
//!
//! One test in a binary of its own: the counting allocator counts the whole process.

mod support;

use intaglio_program::lower::Level;
use intaglio_program::program::Program;
use intaglio_program::tensor::IntTensor;
use intaglio_prover::{Secret, Silent, commit, prove};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use support::{Numbers, cases, inputs, parameters, task};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Allocations and bytes of one proof.
fn plan_of(secret: &Secret, input: &[IntTensor], level: Level) -> (usize, usize) {
    let task = task(secret.program(), input.to_vec(), level, level);
    let region = Region::new(ALLOCATOR);
    let made = prove(secret, task, &Silent).expect("a proof");
    let change = region.change();
    drop(made);
    (change.allocations + change.reallocations, change.bytes_allocated)
}

/// Tensors at an extreme: the least values, the greatest, or seeded ones.
fn filled(program: &Program, kind: usize) -> (Vec<IntTensor>, Vec<IntTensor>) {
    let mut numbers = Numbers::new(kind as u64);
    let (mut weights, mut input) = (parameters(program, &mut numbers), inputs(program, &mut numbers));
    let least = program.parameters().iter().map(|p| p.range()).chain(program.inputs().iter().map(|i| (i.lo, i.hi)));
    for (tensor, (lo, hi)) in weights.iter_mut().chain(&mut input).zip(least) {
        match kind {
            0 => tensor.data.fill(lo),
            1 => tensor.data.fill(hi),
            2 => tensor.data.fill(lo.max(0)),
            _ => {}
        }
    }
    (weights, input)
}

#[test]
fn the_memory_plan_does_not_depend_on_secrets() {
    // one worker: which thread takes a task is chance
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    for case in cases() {
        for level in [Level::Private, Level::Committed] {
            let measure = |kind: usize| {
                let (weights, input) = filled(&case.program, kind);
                let (secret, _) = commit(case.program.clone(), weights, &Silent).expect("a model");
                // the first proof lays out plan and generators
                plan_of(&secret, &input, level);
                let plan = plan_of(&secret, &input, level);
                assert_eq!(plan, plan_of(&secret, &input, level), "{}: pads and blinds change nothing", case.name);
                plan
            };
            let plans: Vec<(usize, usize)> = pool.install(|| (0..5).map(measure).collect());
            assert!(plans.iter().all(|plan| *plan == plans[0]), "{}, {level:?}: {plans:?}", case.name);
        }
    }
}
