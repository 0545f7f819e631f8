//! Blinds, pads, masks and stored weights are wiped: after they were dropped, no writable memory of the process holds them.
//!
//! One test in a binary of its own: it reads the memory of the whole process. What it looks for is kept masked, so that it
//! does not find itself.

#![cfg(target_os = "linux")]

#[path = "zero_knowledge/tiny.rs"]
#[expect(dead_code, reason = "only proofs with chosen randomness are made here")]
mod tiny;

use intaglio_algebra::Scalar;
use intaglio_algebra::encoding::{decode_scalar, encode_scalar, small};
use intaglio_algebra::random::random_scalars;
use intaglio_argument::mutants::Oracle;
use intaglio_argument::prove::{Randomness, Silent};
use intaglio_program::bytes::CHECKSUM;
use intaglio_program::lower::{Level, Visibility};
use intaglio_program::tensor::IntTensor;
use intaglio_prover::{Audience, CommittedTensor, Task, commit, prove};
use std::collections::HashMap;
use std::fs::{File, read_to_string};
use std::io::{Read, Seek, SeekFrom};
use tiny::{Tiny, shown};
use zeroize::{Zeroize, Zeroizing};

const MASK: u64 = 0x5bd1_e995_5bd1_e995;
const PRIVATE_CELLS: usize = 64;
const CELL: &str = "a cell of a private input";
const INNER: &str = "an inner value";

/// Words to look for, masked, with what they belong to.
#[derive(Default)]
struct Wanted(HashMap<u64, String>);

impl Wanted {
    fn word(&mut self, name: &str, word: u64) {
        self.0.insert(word ^ MASK, name.to_owned());
    }

    /// The limbs as they stand in memory, and the canonical bytes.
    fn scalar(&mut self, name: &str, scalar: &Scalar) {
        self.word(&format!("{name}, in memory"), scalar.0.0[1]);
        let mut bytes = encode_scalar(scalar);
        self.word(&format!("{name}, encoded"), u64::from_le_bytes(std::array::from_fn(|i| bytes[8 + i])));
        bytes.zeroize();
    }

    /// Integers as the witness has them, and as field elements in memory; most bytes of their encodings are zero.
    fn integers(&mut self, name: &str, integers: &[i64]) {
        for x in integers {
            self.word(name, *x as u64);
            self.word(&format!("{name}, as a field element"), small(*x).0.0[1]);
        }
    }

    /// What of it stands in memory.
    fn found(&self) -> Vec<String> {
        let maps = read_to_string("/proc/self/maps").expect("a list of mappings");
        let mut memory = File::open("/proc/self/mem").expect("own memory");
        let mut found = Vec::new();
        let mut part = vec![0u8; 1 << 16];
        for line in maps.lines().filter(|l| l.split(' ').nth(1).is_some_and(|mode| mode.starts_with("rw"))) {
            let (start, end) = line.split(' ').next().and_then(|r| r.split_once('-')).expect("a range");
            let [start, end] = [start, end].map(|a| u64::from_str_radix(a, 16).expect("an address"));
            for at in (start..end).step_by(part.len()) {
                let len = part.len().min((end - at) as usize);
                if memory.seek(SeekFrom::Start(at)).is_err() || memory.read_exact(&mut part[..len]).is_err() {
                    continue;
                }
                for word in part[..len].chunks_exact(8) {
                    let word = u64::from_le_bytes(word.try_into().expect("eight bytes"));
                    if let Some(name) = self.0.get(&(word ^ MASK)) {
                        found.push(format!("{name} ({})", line.split(' ').next_back().unwrap_or("")));
                    }
                }
                part.fill(0);
            }
        }
        found
    }
}

/// Proves with randomness that the test knows.
fn prove_with_known(wanted: &mut Wanted) {
    let tiny = Tiny::new();
    let model = tiny.commit(&[1, -1, 2, 1]);
    let witness = tiny.witness(&model.parameters, &[2, 2]);
    let stated = tiny.state(model.id, &model.rows, &witness.output);
    let random = random_scalars(Randomness::count(&tiny.plan)).expect("randomness");
    let mut kept = Wanted::default();
    for (i, scalar) in random.iter().enumerate() {
        kept.scalar(&format!("random scalar {i}"), scalar);
    }
    let proof = tiny.prove_with(&stated, (&model, &witness), random, Oracle::Honest);
    // a pad or mask of a hidden zero is shown as it is, and every copy of a message holds it
    let mut public = Wanted::default();
    shown(&proof).iter().for_each(|(name, scalar)| public.scalar(name, scalar));
    kept.0.retain(|word, _| !public.0.contains_key(word));
    assert!(kept.0.len() > 2 * tiny.plan.shape().slots, "most are secret");
    wanted.0.extend(kept.0);
}

/// A secret is committed, saved, loaded and dropped.
fn commit_and_restore(wanted: &mut Wanted) {
    // words that stand nowhere else
    let weights = vec![0x1234_5671_i64, -0x2345_6781, 0x3456_7891, -0x4567_8911];
    let json = r#"{"limb_bits": 16, "overflow": "saturate", "tables": [],
        "inputs": [{"name": "x", "shape": [1,2], "exponent": 0, "lo": 0, "hi": 3}],
        "parameters": [{"name": "w", "shape": [2,2], "bits": 32}],
        "nodes": [{"name": "fc", "op": "matmul", "weight": 0, "bias": null, "inputs": [0]},
                  {"name": "q", "op": "requantise", "shift": 16, "lo": -128, "hi": 127, "inputs": [1]}],
        "outputs": [{"name": "y", "value": 2, "exponent": 0}]}"#;
    let program = intaglio_program::description::parse(json).expect("a program");
    weights.iter().for_each(|w| wanted.word("a weight", *w as u64));
    let parameters = vec![IntTensor { shape: vec![2, 2], data: weights }];
    let (secret, _) = commit(program, parameters, &Silent).expect("a model");
    let file = Zeroizing::new(secret.to_bytes(None).expect("a file"));
    drop(secret);
    let restored = intaglio_prover::Secret::from_bytes(&file, None).expect("ours");
    // one row: the file ends with its blind, its point and a checksum
    let bytes = Zeroizing::new(<[u8; 32]>::try_from(&file[file.len() - 96 - CHECKSUM..][..32]).expect("a blind"));
    wanted.scalar("the model's blind", &decode_scalar(&bytes).expect("a blind"));
    let sealed = restored.to_bytes(Some(b"word")).expect("a file");
    drop(intaglio_prover::Secret::from_bytes(&sealed, Some(b"word")).expect("ours"));
    drop(restored);
}

/// A proof whose private input consists of words that stand nowhere else. It is long: an allocator writes its own words over
/// the first two of a freed buffer.
fn prove_a_private_input(wanted: &mut Wanted) {
    let json = r#"{"limb_bits": 16, "overflow": "saturate", "tables": [],
        "inputs": [{"name": "x", "shape": [1,64], "exponent": 0, "lo": -2147483648, "hi": 2147483647}],
        "parameters": [{"name": "w", "shape": [64,64], "bits": 3}],
        "nodes": [{"name": "fc", "op": "matmul", "weight": 0, "bias": null, "inputs": [0]},
                  {"name": "q", "op": "requantise", "shift": 24, "lo": -128, "hi": 127, "inputs": [1]}],
        "outputs": [{"name": "y", "value": 2, "exponent": 0}]}"#;
    let program = intaglio_program::description::parse(json).expect("a program");
    let input: Vec<i64> = (0..PRIVATE_CELLS as i64).map(|i| 0x2345_7781 + 0x0012_3457 * i).collect();
    let mut sums: Vec<i64> = input.iter().map(|x| 3 * x).collect();
    wanted.integers(CELL, &input);
    wanted.integers(INNER, &sums);
    sums.zeroize();
    let weights =
        IntTensor { shape: vec![64, 64], data: (0..64 * 64).map(|i| if i % 65 == 0 { 3 } else { 0 }).collect() };
    let visibility = Visibility::uniform(&program, Level::Private, Level::Public);
    let (secret, _) = commit(program, vec![weights], &Silent).expect("a model");
    let inputs = vec![IntTensor { shape: vec![1, 64], data: input }];
    let task = Task { reuse: vec![None], inputs, visibility, audience: Audience::default() };
    prove(&secret, task, &Silent).expect("a proof");
}

fn commit_to_a_tensor(wanted: &mut Wanted) {
    let mut cells = vec![0x5678_9121_i64, -0x6789_1231];
    let tensor = CommittedTensor::commit("x", &[1, 2], 0, &cells, 0).expect("randomness");
    cells.iter().for_each(|c| wanted.word("a cell of a committed tensor", *c as u64));
    cells.zeroize();
    tensor.blinds.iter().for_each(|b| wanted.scalar("a boundary blind", b));
}

#[test]
fn secrets_are_wiped_when_they_are_dropped() {
    let mut wanted = Wanted::default();
    prove_with_known(&mut wanted);
    commit_and_restore(&mut wanted);
    prove_a_private_input(&mut wanted);
    commit_to_a_tensor(&mut wanted);
    let left = wanted.found();
    // what a kernel had in its registers may still stand in a dead frame of a stack: of 64 cells, a block of 16 at a time
    let spilled = |name: &&String| name.starts_with(CELL) || name.starts_with(INNER);
    for name in [CELL, INNER] {
        let copies = left.iter().filter(|found| found.starts_with(name)).count();
        assert!(copies < PRIVATE_CELLS / 2, "{copies} copies of {name}");
    }
    assert_eq!(left.iter().filter(|name| !spilled(name)).collect::<Vec<_>>(), Vec::<&String>::new());

    // control: what is still there is found
    let kept = random_scalars(1).expect("randomness");
    wanted.scalar("kept", &kept[0]);
    assert!(wanted.found().iter().any(|name| name.starts_with("kept, in memory")));
    assert!(kept[0] != Scalar::default());
}
