//! What a verifier's budget stops, before the work is done.

mod support;

use intaglio_program::description::parse;
use intaglio_program::lower::Level;
use intaglio_prover::{Silent, commit, prove};
use intaglio_verifier::{Budget, CheckedModel, Commitment, Policy, Request, Stage, verify};
use std::fmt::Write as _;
use support::{Numbers, cases, inputs, parameters, task};

#[test]
fn an_honest_model_is_checked_and_verified_within_its_budget_alone() {
    let case = cases().into_iter().find(|c| c.name == "small cnn").expect("a case");
    let mut numbers = Numbers::new(3);
    let (secret, commitment) =
        commit(case.program.clone(), parameters(&case.program, &mut numbers), &Silent).expect("a model");
    let poor = CheckedModel::check_within(&commitment, Budget(10_000)).expect_err("too dear");
    assert_eq!(poor.stage, Stage::Budget, "{poor}");
    let model = CheckedModel::check(&commitment).expect("a model");
    let task = task(&case.program, inputs(&case.program, &mut numbers), Level::Private, Level::Public);
    let made = prove(&secret, task, &Silent).expect("a proof");
    let judge = |budget| verify(&made.evidence, &model, Request::default(), Policy { budget, ..Policy::default() });
    assert_eq!(judge(Budget(10_000)).expect_err("too dear").stage, Stage::Budget);
    assert!(judge(Budget::default()).is_ok());
    // the plan is known by now, and asked for its cost all the same
    assert_eq!(judge(Budget(10_000)).expect_err("too dear").stage, Stage::Budget);
}

/// A program without parameters needs no proof of theirs: its commitment is its bytes.
fn published(nodes: &str, shape: &str, output: usize) -> Option<Vec<u8>> {
    let json = format!(
        r#"{{"limb_bits": 8, "overflow": "saturate", "parameters": [], "tables": [], "nodes": [{nodes}],
            "inputs": [{{"name": "x", "shape": {shape}, "exponent": 0, "lo": 0, "hi": 1}}],
            "outputs": [{{"name": "y", "value": {output}, "exponent": 0}}]}}"#
    );
    let program = parse(&json).ok()?;
    Some(Commitment { program, rows: vec![], proofs: vec![] }.to_bytes())
}

/// `count` maxima over windows of 8 of a line of 2^16 cells.
fn pools(count: usize) -> Option<Vec<u8>> {
    let mut nodes = String::new();
    for node in 0..count {
        let comma = if node > 0 { "," } else { "" };
        write!(
            nodes,
            r#"{comma}{{"name": "{node}", "op": "max_pool", "kernel": [8], "strides": [1], "pads": [3,4],
                "dilations": [1], "ceil": false, "inputs": [{node}]}}"#
        )
        .expect("text");
    }
    published(&nodes, "[1,1,65536]", count)
}

#[test]
fn windows_of_a_stranger_are_counted_before_they_are_listed() {
    let few = pools(2).expect("a program");
    assert!(CheckedModel::check(&few).is_ok(), "a control");
    let refused = CheckedModel::check_within(&few, Budget(1 << 20)).expect_err("too dear");
    assert_eq!(refused.stage, Stage::Budget, "{refused}");
    // no budget helps beyond 2^23 taps: such a program does not decode
    assert!(pools(16).is_some() && pools(17).is_none());
}

#[test]
fn cells_of_a_stranger_are_counted_before_they_are_laid_out() {
    let node = r#"{"name": "q", "op": "requantise", "shift": 0, "lo": 0, "hi": 1, "inputs": [0]}"#;
    let wide = published(node, "[262145,3]", 1).expect("a program");
    assert!(CheckedModel::check(&wide).is_ok(), "a control");
    let refused = CheckedModel::check_within(&wide, Budget(1 << 20)).expect_err("too dear");
    assert_eq!(refused.stage, Stage::Budget, "{refused}");
}

#[test]
fn rows_of_a_stranger_are_counted_before_they_are_multiplied() {
    let case = cases().remove(0);
    let mut numbers = Numbers::new(3);
    let (_, commitment) =
        commit(case.program.clone(), parameters(&case.program, &mut numbers), &Silent).expect("a model");
    let mut own = Commitment::from_bytes(&commitment).expect("ours");
    let row = own.rows[0];
    own.rows = vec![row; 1 << 16];
    let refused = CheckedModel::check(&own.to_bytes()).expect_err("too many");
    assert_eq!(refused.stage, Stage::Budget, "{refused}");
}
