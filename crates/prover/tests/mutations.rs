//! Ten thousand altered files, a million in `make check-full`: none is accepted, none panics, none allocates beyond its
//! budget, none takes a second.
//!
//! Deterministic: mutation `i` follows from its number. They start from valid files and know where points, scalars and
//! counts stand. One test in a binary of its own: the counting allocator counts the whole process. `fuzz/` has the same
//! targets for a coverage-guided fuzzer.

#[expect(dead_code, reason = "the programs of every operator are not altered here")]
mod support;

use intaglio_algebra::Scalar;
use intaglio_algebra::encoding::{decode_point, decode_scalar, encode_point, encode_scalar};
use intaglio_program::description::parse;
use intaglio_program::lower::Level;
use intaglio_program::program::Program;
use intaglio_prover::{Audience, CommittedTensor, ProverError, Secret, Silent, commit, open, prove};
use intaglio_verifier::{CheckedModel, CommittedBoundary, Evidence, Opening, Policy, Request, verify, verify_opening};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use support::{Numbers, inputs, parameters, task};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const ASKED: Request<'_> = Request { nonce: Some(b"nonce"), audience: Some("auditor") };

/// What reading or checking one file of these may allocate in all: what honest files take, and room for a larger program
/// that a mutated count describes.
const BUDGET_BYTES: usize = 64 << 20;

/// A file and what reads it: true if it is accepted.
struct Target {
    name: &'static str,
    good: Vec<u8>,
    /// Bytes at the end that are points and scalars.
    words: usize,
    accepts: Box<dyn Fn(&[u8]) -> bool>,
}

fn program() -> Program {
    parse(
        r#"{"limb_bits": 8, "overflow": "saturate", "tables": [],
            "inputs": [{"name": "x", "shape": [1,3], "exponent": 4, "lo": -8, "hi": 7}],
            "parameters": [{"name": "w", "shape": [3,3], "bits": 4}],
            "nodes": [{"name": "fc", "op": "matmul", "weight": 0, "bias": null, "inputs": [0]},
                      {"name": "q", "op": "requantise", "shift": 3, "lo": -8, "hi": 7, "inputs": [1]}],
            "outputs": [{"name": "y", "value": 2, "exponent": 1}]}"#,
    )
    .expect("a program")
}

fn targets() -> Vec<Target> {
    let program = program();
    let mut numbers = Numbers::new(1);
    let (secret, commitment) = commit(program.clone(), parameters(&program, &mut numbers), &Silent).expect("a model");
    let x = inputs(&program, &mut numbers);
    let made = |level: Level| {
        let mut task = task(&program, x.clone(), level, level);
        task.audience = Audience { nonce: Some(b"nonce".to_vec()), audience: Some("auditor".into()) };
        prove(&secret, task, &Silent).expect("a proof")
    };
    let (shown, committed) = (made(Level::Public), made(Level::Committed));
    let tensor = committed.openings[0].clone();
    let opening = open(&tensor, &[0]).expect("an opening");
    let openings = CommittedTensor::to_bytes(&committed.openings, None).expect("a file");
    let file = secret.to_bytes(None).expect("a file");
    let rows = commitment.len() - 18 - 4 - program.to_bytes().len();
    let opening_words = Opening::from_bytes(&opening).expect("ours").proof.len();
    let (good_program, good_file, good_openings) = (program.to_bytes(), file.clone(), openings.clone());
    let mut all = Vec::new();
    let mut add = |name, good: Vec<u8>, words, accepts: Box<dyn Fn(&[u8]) -> bool>| {
        all.push(Target { name, good, words, accepts });
    };
    // what decodes to something else is another program, or another secret: accepted is only what is taken for this one
    let same_program = program.digest();
    add(
        "program",
        program.to_bytes(),
        0,
        Box::new(move |bytes| match Program::from_bytes(bytes) {
            Ok(read) => {
                assert!(read.to_bytes() == bytes, "one program, one encoding");
                read.digest() == same_program && bytes != good_program
            }
            Err(_) => false,
        }),
    );
    add("commitment", commitment.clone(), rows, Box::new(|bytes| CheckedModel::check(bytes).is_ok()));
    for (name, made) in [("evidence, shown", shown), ("evidence, committed", committed)] {
        let model = CheckedModel::check(&commitment).expect("a model");
        let words = made.proof_bytes;
        let accepts = move |bytes: &[u8]| verify(bytes, &model, ASKED, Policy::default()).is_ok();
        add(name, made.evidence, words, Box::new(accepts));
    }
    let model = CheckedModel::check(&commitment).expect("a model");
    // the statement alone, with the proof as it is
    let whole = all[2].good.clone();
    let proof = Evidence::from_bytes(&whole).expect("ours").proof;
    let head = whole.len() - proof.len();
    let accepts = move |bytes: &[u8]| {
        let evidence = [bytes, &proof].concat();
        verify(&evidence, &model, ASKED, Policy::default()).is_ok()
    };
    all.push(Target { name: "statement", good: whole[..head].to_vec(), words: 0, accepts: Box::new(accepts) });
    let own = tensor.clone();
    let accepts = move |bytes: &[u8]| {
        let boundary =
            CommittedBoundary { name: &own.name, shape: &own.shape, exponent: own.exponent, rows: &own.rows };
        verify_opening(bytes, boundary).is_ok()
    };
    all.push(Target { name: "opening", good: opening, words: opening_words, accepts: Box::new(accepts) });
    let accepts = move |bytes: &[u8]| match Secret::from_bytes(bytes, None) {
        Ok(read) => {
            let again = read.to_bytes(None).expect("a file");
            assert!(again == bytes, "one secret, one encoding");
            again == good_file
        }
        Err(ProverError::SelfCheck(defect)) => panic!("a stranger's bytes are no defect of ours: {defect}"),
        Err(_) => false,
    };
    all.push(Target { name: "secret", good: file, words: 96, accepts: Box::new(accepts) });
    let accepts = move |bytes: &[u8]| match CommittedTensor::from_bytes(bytes, None) {
        Ok(read) => {
            let again = CommittedTensor::to_bytes(&read, None).expect("a file");
            assert!(again == bytes, "one file, one encoding");
            again == good_openings
        }
        Err(_) => false,
    };
    all.push(Target { name: "openings", good: openings, words: 96, accepts: Box::new(accepts) });
    all
}

/// One altered file, and how it was altered.
fn mutate(target: &Target, other: &Target, n: &mut Numbers) -> (&'static str, Vec<u8>) {
    let mut bytes = target.good.clone();
    let mut pick = |below: usize| n.between(0, below.max(1) as i64 - 1) as usize;
    let len = bytes.len();
    let words = target.words / 32;
    let word_at = |index: usize| len - 32 * (index + 1);
    let kind = pick(if words > 2 { 14 } else { 9 });
    let name = match kind {
        0 => {
            bytes[pick(len)] ^= 1 << pick(8);
            "a bit"
        }
        1 => {
            bytes[pick(len)] = pick(256) as u8;
            "a byte"
        }
        2 => {
            let counts = [0, 1, 2, 7, 255, 256, 65_535, 1 << 16, 1 << 20, 1 << 26, 1 << 31, u32::MAX, len as u32];
            let (at, count) = (pick(len - 3), counts[pick(counts.len())]);
            bytes[at..at + 4].copy_from_slice(&count.to_le_bytes());
            "a count"
        }
        3 => {
            let at = pick(len - 3);
            let count = u32::from_le_bytes(std::array::from_fn(|i| bytes[at + i]));
            let moved = if pick(2) == 0 { count.wrapping_add(1) } else { count.wrapping_sub(1) };
            bytes[at..at + 4].copy_from_slice(&moved.to_le_bytes());
            "a count, by one"
        }
        4 => {
            bytes.truncate(pick(len));
            "cut off"
        }
        5 => {
            let (start, width) = (pick(len), 1 + pick(40));
            bytes.drain(start..(start + width).min(len));
            "a part left out"
        }
        6 => {
            let (start, width) = (pick(len), 1 + pick(40));
            let part = bytes[start..(start + width).min(len)].to_vec();
            bytes.splice(start..start, part);
            "a part twice"
        }
        7 => {
            let at = pick(len);
            let from = pick(other.good.len());
            bytes.truncate(at);
            bytes.extend_from_slice(&other.good[from..]);
            "spliced with another file"
        }
        8 => {
            for _ in 0..1 + pick(16) {
                bytes[pick(len)] = pick(256) as u8;
            }
            "some bytes"
        }
        9 => {
            let (a, b) = (word_at(pick(words)), word_at(pick(words)));
            let (first, second) = (bytes[a..a + 32].to_vec(), bytes[b..b + 32].to_vec());
            bytes[a..a + 32].copy_from_slice(&second);
            bytes[b..b + 32].copy_from_slice(&first);
            "two words swapped"
        }
        10 => {
            let (a, b) = (word_at(pick(words)), word_at(pick(words)));
            let word = bytes[b..b + 32].to_vec();
            bytes[a..a + 32].copy_from_slice(&word);
            "a word copied"
        }
        11 => {
            let at = word_at(pick(words));
            let word = std::array::from_fn(|i| bytes[at + i]);
            let moved = decode_scalar(&word).unwrap_or_default() + Scalar::from(1u64 + pick(3) as u64);
            bytes[at..at + 32].copy_from_slice(&encode_scalar(&moved));
            "a scalar moved"
        }
        12 => {
            let at = word_at(1 + pick(words - 1));
            let word = std::array::from_fn(|i| bytes[at + i]);
            let point = decode_point(&word).map_or_else(|_| Default::default(), |p| -p);
            bytes[at..at + 64].copy_from_slice(&encode_point(&point));
            "a point negated, or made neutral"
        }
        _ => {
            let at = word_at(pick(words));
            bytes[at..at + 32].fill([0, 0xff][pick(2)]);
            "a word of zeros or ones"
        }
    };
    (name, bytes)
}

fn count() -> usize {
    std::env::var("INTAGLIO_MUTATIONS").map_or(10_000, |n| n.parse().expect("a number of mutations"))
}

#[test]
fn no_altered_file_is_accepted_or_costs_much() {
    let targets = targets();
    for target in &targets {
        let control = (target.accepts)(&target.good);
        assert!(control != (target.name == "program"), "{}: the control", target.name);
    }
    let mut tried: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let (mut slowest, mut largest) = ((Duration::ZERO, 0), (0, 0));
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
        assert!(allocated <= BUDGET_BYTES, "{} allocates {allocated} bytes", what());
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
        slowest = slowest.max((took, i));
        largest = largest.max((allocated, i));
    }
    println!("slowest {slowest:?}, largest {largest:?}");
    println!("{tried:#?}");
    let kinds = tried.keys().filter(|(target, _)| *target == "evidence, shown").count();
    assert!(kinds >= 13, "every kind of mutation was tried: {tried:?}");
}
