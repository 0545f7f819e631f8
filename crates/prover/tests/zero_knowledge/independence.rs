//! Lengths, message counts and error texts are functions of public data.

use crate::tiny::{Tiny, program, shown};
use intaglio_argument::prove::Silent;
use intaglio_program::description::parse;
use intaglio_program::lower::{Level, Visibility};
use intaglio_program::program::Program;
use intaglio_program::tensor::IntTensor;
use intaglio_prover::{Audience, ProverError, Task, commit, prove};
use std::collections::HashSet;

/// Weights and inputs at every extreme: zeros, saturation on both sides, ties.
fn extremes() -> Vec<(Vec<i64>, [i64; 2])> {
    let weights = [vec![0; 4], vec![3; 4], vec![-4; 4], vec![1, -1, 2, 1], vec![-4, 3, 3, -4]];
    let inputs = [[0, 0], [3, 3], [0, 3], [1, 2]];
    weights.iter().flat_map(|w| inputs.iter().map(|x| (w.clone(), *x))).collect()
}

#[test]
fn length_and_message_count_do_not_depend_on_secrets() {
    let tiny = Tiny::new();
    let mut lengths = HashSet::new();
    let mut counts = HashSet::new();
    for (weights, input) in extremes() {
        let model = tiny.commit(&weights);
        let witness = tiny.witness(&model.parameters, &input);
        let proof = tiny.prove(&tiny.state(model.id, &model.rows, &witness.output), &model, &witness);
        lengths.insert(proof.to_bytes().len());
        counts.insert((proof.rows.len(), shown(&proof).len(), proof.folds.len()));
    }
    assert_eq!(lengths, HashSet::from([tiny.plan.shape().proof_bytes()]));
    assert_eq!(counts.len(), 1);
}

#[test]
fn commitment_evidence_and_opening_files_have_one_length() {
    let program = program();
    for level in [Level::Private, Level::Committed, Level::Public] {
        let mut lengths = HashSet::new();
        for (weights, input) in extremes() {
            let parameters = vec![IntTensor { shape: vec![2, 2], data: weights }];
            let (secret, commitment) = commit(program.clone(), parameters, &Silent).expect("a model");
            let made = prove(&secret, task(&program, &input, level), &Silent).expect("a proof");
            lengths.insert((commitment.len(), made.evidence.len(), made.openings.len()));
        }
        assert_eq!(lengths.len(), 1, "{level:?}");
    }
}

fn task(program: &Program, input: &[i64], level: Level) -> Task {
    Task {
        inputs: vec![IntTensor { shape: program.inputs()[0].shape.clone(), data: input.to_vec() }],
        visibility: Visibility::uniform(program, level, level),
        audience: Audience::default(),
        reuse: vec![None],
    }
}

/// Two nodes that can leave their range under `refuse`.
fn refusing() -> Program {
    parse(
        r#"{"limb_bits": 8, "overflow": "refuse", "tables": [],
            "inputs": [{"name": "x", "shape": [1,2], "exponent": 0, "lo": -100, "hi": 100}],
            "parameters": [{"name": "w", "shape": [2,2], "bits": 8}],
            "nodes": [{"name": "fc", "op": "matmul", "weight": 0, "bias": null, "inputs": [0]},
                      {"name": "first", "op": "requantise", "shift": 2, "lo": -1000, "hi": 1000, "inputs": [1]},
                      {"name": "second", "op": "requantise", "shift": 1, "lo": -8, "hi": 7, "inputs": [2]}],
            "outputs": [{"name": "y", "value": 3, "exponent": 0}]}"#,
    )
    .expect("a program")
}

/// Whichever node refuses, and however many cells: one text.
#[test]
fn a_refusal_has_one_text() {
    let program = refusing();
    let mut texts = HashSet::new();
    for (weights, input) in [(vec![127; 4], [100, 100]), (vec![1, 0, 0, 0], [100, 0]), (vec![127, 0, 0, 0], [100, 0])] {
        let parameters = vec![IntTensor { shape: vec![2, 2], data: weights }];
        let (secret, _) = commit(program.clone(), parameters, &Silent).expect("a model");
        let refused = prove(&secret, task(&program, &input, Level::Private), &Silent).expect_err("out of range");
        assert!(matches!(refused, ProverError::OutOfRange { .. }), "{refused}");
        texts.insert(refused.to_string());
        let control = prove(&secret, task(&program, &[0, 0], Level::Private), &Silent);
        assert!(control.is_ok());
    }
    assert_eq!(texts.len(), 1, "{texts:?}");
}

/// An input that does not fit is refused by its declaration: the text names the input, no cell and no value.
#[test]
fn an_input_outside_its_declaration_has_one_text() {
    let program = program();
    let parameters = vec![IntTensor { shape: vec![2, 2], data: vec![1; 4] }];
    let (secret, _) = commit(program.clone(), parameters, &Silent).expect("a model");
    let text = |input: [i64; 2]| {
        prove(&secret, task(&program, &input, Level::Private), &Silent).expect_err("does not fit").to_string()
    };
    let texts: HashSet<String> = [[4, 0], [0, -1], [i64::MAX, i64::MIN]].into_iter().map(text).collect();
    assert_eq!(texts.len(), 1, "{texts:?}");
}
