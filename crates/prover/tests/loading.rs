//! Loading a secret takes the memory of its file once: the weights are written where the proofs read them.
//!
//! One test in a binary of its own: the counting allocator counts the whole process.

use intaglio_program::description::parse;
use intaglio_program::tensor::IntTensor;
use intaglio_prover::{Secret, Silent, commit};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[test]
fn a_secret_is_loaded_without_copies() {
    let program = parse(
        r#"{"limb_bits": 8, "overflow": "saturate",
            "inputs": [{"name": "x", "shape": [1,1024], "exponent": 0, "lo": 0, "hi": 3}],
            "parameters": [{"name": "w", "shape": [128,1024], "bits": 12}], "tables": [],
            "nodes": [{"name": "fc", "op": "matmul", "weight": 0, "bias": null, "inputs": [0]},
                      {"name": "q", "op": "requantise", "shift": 8, "lo": -128, "hi": 127, "inputs": [1]}],
            "outputs": [{"name": "y", "value": 2, "exponent": 0}]}"#,
    )
    .expect("a program");
    let weights = IntTensor { shape: vec![128, 1024], data: (0..128 * 1024).map(|i| i * 7 % 4096 - 2048).collect() };
    let (secret, _) = commit(program, vec![weights], &Silent).expect("a model");
    let file = secret.to_bytes(None).expect("a file");
    let region = Region::new(ALLOCATOR);
    let loaded = Secret::from_bytes(&file, None).expect("our file");
    let allocated = region.change().bytes_allocated;
    let cells = 8 * 128 * 1024;
    assert!((cells..cells * 6 / 5).contains(&allocated), "{allocated} bytes for a file of {}", file.len());
    assert_eq!(*loaded.parameters(), *secret.parameters());
}
