//! Ten thousand altered files, a million in `make check-full`: none is accepted, none panics, none allocates beyond its
//! budget, none takes a second.
//!
//! Deterministic: mutation `i` follows from its number. They start from valid files and know where points, scalars and
//! counts stand. One test in a binary of its own: the counting allocator counts the whole process. `fuzz/` has the same
//! targets for a coverage-guided fuzzer.

mod mutate;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "the programs of every operator are not altered here")]
mod support;
mod targets;

use mutate::mutate;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use support::Numbers;
use targets::targets;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn count() -> usize {
    std::env::var("INTAGLIO_MUTATIONS").map_or(10_000, |n| n.parse().expect("a number of mutations"))
}

#[test]
fn no_altered_file_is_accepted_or_costs_much() {
    let targets = targets();
    for target in &targets {
        assert!((target.accepts)(&target.good), "{}: the control", target.name);
    }
    let mut tried: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut most: BTreeMap<&str, (Duration, usize)> = BTreeMap::new();
    for i in 0..count() {
        let mut numbers = Numbers::new(0x5eed ^ (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let _ = numbers.between(0, 1);
        let target = &targets[i % targets.len()];
        let other = &targets[numbers.between(0, targets.len() as i64 - 1) as usize];
        let (name, bytes) = mutate(target, other, &mut numbers);
        if bytes == target.good {
            continue;
        }
        *tried.entry((target.name, name)).or_default() += 1;
        let what = || format!("mutation {i}, {}: {name}", target.name);
        let (region, start) = (Region::new(ALLOCATOR), Instant::now());
        let accepted = (target.accepts)(&bytes);
        let (took, allocated) = (start.elapsed(), region.change().bytes_allocated);
        assert!(!accepted, "{} is accepted", what());
        assert!(allocated <= target.budget_bytes, "{} allocates {allocated} bytes", what());
        // a busy machine may stop us for a while: it is slow if it is slow each time
        if took > Duration::from_secs(1) {
            let again = (0..3).map(|_| {
                let start = Instant::now();
                (target.accepts)(&bytes);
                start.elapsed()
            });
            let least = again.min().unwrap_or(took);
            assert!(least < Duration::from_secs(1), "{} takes {least:?}", what());
        }
        let most = most.entry(target.name).or_default();
        *most = (most.0.max(took), most.1.max(allocated));
    }
    println!("most time and bytes: {most:#?}");
    let kinds = tried.keys().filter(|(target, _)| *target == "evidence, shown").count();
    assert!(kinds >= 13, "every kind of mutation was tried: {tried:?}");
}
