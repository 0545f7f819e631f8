//! Every operator as a circuit: its public outputs are those of the interpreter, and only they satisfy it.

mod common;

use common::{all_inputs, all_weights, baked, circuit, operands, private, program};
use intaglio_aleo::circuit::{CircuitError, Inputs, Request, field_of, shape, synthesise};
use intaglio_aleo::commitments::{input_commitment, model_commitment};
use intaglio_aleo::r1cs::{Value, field};
use intaglio_program::interpret::run;
use intaglio_program::program::Program;
use intaglio_program::tensor::IntTensor;

const SMALL: (&str, i64, i64) = ("[1,6]", -8, 7);

fn cases() -> Vec<(&'static str, Program)> {
    let requantise = |input: u32, lo: i64, hi: i64| {
        format!(r#"{{"name": "q", "op": "requantise", "shift": 4, "lo": {lo}, "hi": {hi}, "inputs": [{input}]}}"#)
    };
    let dense = r#"{"name": "fc", "op": "matmul", "weight": 0, "bias": 1, "inputs": [0]}"#;
    let weights = r#"{"name": "w", "shape": [3,6], "bits": 4}, {"name": "b", "shape": [3], "bits": 6}"#;
    let conv = r#"{"name": "conv", "op": "conv", "weight": 0, "bias": 1, "groups": 2, "strides": [2,1], "pads": [1,0,1,1],
                   "dilations": [1,2], "inputs": [0]}"#;
    let windows = r#""kernel": [2,2], "strides": [2,2], "pads": [0,0,0,0]"#;
    let table: Vec<String> = (-8..8).map(|k: i64| (k * k - 20).to_string()).collect();
    let table = format!(r#"{{"name": "t", "first_key": -8, "outputs": [{}]}}"#, table.join(","));
    vec![
        (
            "dense, saturating",
            program("saturate", SMALL, weights, "", &format!("{dense}, {}", requantise(1, -8, 7)), 2),
        ),
        ("dense, ReLU", program("saturate", SMALL, weights, "", &format!("{dense}, {}", requantise(1, 0, 5)), 2)),
        (
            "convolution in groups",
            program(
                "saturate",
                ("[1,4,4,5]", -8, 7),
                r#"{"name": "w", "shape": [6,2,3,2], "bits": 4}, {"name": "b", "shape": [6], "bits": 6}"#,
                "",
                &format!("{conv}, {}", requantise(1, -8, 7)),
                2,
            ),
        ),
        (
            "pools",
            program(
                "saturate",
                ("[1,2,5,5]", -8, 7),
                "",
                "",
                &format!(
                    r#"{{"name": "max", "op": "max_pool", {windows}, "dilations": [1,1], "ceil": true, "inputs": [0]}},
                       {{"name": "mean", "op": "sum_pool", {windows}, "ceil": false, "divisor": "window", "fraction_bits": 4, "inputs": [1]}},
                       {}"#,
                    requantise(2, -8, 7)
                ),
                3,
            ),
        ),
        (
            "argmax, ties",
            program(
                "saturate",
                ("[3,5]", -2, 1),
                "",
                "",
                r#"{"name": "argmax", "op": "argmax", "axis": 1, "keepdims": false, "inputs": [0]}"#,
                1,
            ),
        ),
        (
            "table",
            program("saturate", SMALL, "", &table, r#"{"name": "t", "op": "lookup", "table": 0, "inputs": [0]}"#, 1),
        ),
        (
            "sums and views",
            program(
                "saturate",
                ("[2,3]", -8, 7),
                r#"{"name": "p", "shape": [2], "bits": 4}"#,
                "",
                &format!(
                    r#"{{"name": "t", "op": "transpose", "perm": [1,0], "inputs": [0]}},
                       {{"name": "r", "op": "reshape", "shape": [3,2], "inputs": [0]}},
                       {{"name": "add", "op": "add", "coefficients": [3,-2], "parameters": [[0,4]], "constant": 9, "inputs": [1,2]}},
                       {}"#,
                    requantise(3, -8, 7)
                ),
                4,
            ),
        ),
        (
            "product of activations",
            program(
                "saturate",
                ("[2,3,4]", -8, 7),
                "",
                "",
                &format!(
                    r#"{{"name": "t", "op": "transpose", "perm": [0,2,1], "inputs": [0]}},
                       {{"name": "qk", "op": "batch_matmul", "inputs": [0,1]}}, {}"#,
                    requantise(2, -8, 7)
                ),
                3,
            ),
        ),
    ]
}

fn requests() -> Vec<Request> {
    let request = |(weights, inputs)| Request { weights, inputs, context: field_of(b"a request") };
    all_weights().into_iter().flat_map(|w| all_inputs().map(|i| (w, i))).map(request).collect()
}

#[test]
fn outputs_are_those_of_the_interpreter_bit_for_bit() {
    for (name, program) in cases() {
        for (seed, request) in (0..4).flat_map(|seed| requests().into_iter().map(move |r| (seed, r))) {
            let (made, weights, inputs) = circuit(&program, seed, request);
            assert_eq!(made.broken(), None, "{name}");
            let exact = run(&program, &inputs, &weights).expect("a run");
            let told = &exact.values[program.outputs()[0].value.0 as usize].data;
            let stated: Vec<_> = made.publics()[made.publics().len() - told.len()..].to_vec();
            assert_eq!(stated, told.iter().map(|v| Value::Number((*v).into())).collect::<Vec<_>>(), "{name}");
            let first = match request.inputs {
                Inputs::Shown => inputs[0].data.len(),
                Inputs::Hidden => 0,
                Inputs::Committed { .. } => 1,
            };
            assert_eq!(made.publics().len(), 2 + first + told.len(), "{name}");
        }
    }
}

/// Every variable is determined by model, input and salts: no other value of any single one satisfies the circuit.
#[test]
fn every_wrong_variable_breaks_a_constraint() {
    for (name, program) in cases() {
        for request in [baked(Inputs::Shown), private(all_inputs()[2])] {
            let (made, _, _) = circuit(&program, 1, request);
            for private in 0..made.privates().len() {
                for step in [1, -1] {
                    let wrong = match made.privates()[private] {
                        Value::Number(value) => Value::Number(value + step),
                        Value::Field(value) => Value::Field(value + field(step)),
                    };
                    let mut other = made.clone();
                    other.set(private, wrong);
                    assert!(other.broken().is_some(), "{name}: variable {private}");
                }
            }
        }
    }
}

#[test]
fn the_shape_depends_on_nothing_that_is_hidden() {
    for (name, program) in cases() {
        for request in requests() {
            let (one, weights, _) = circuit(&program, 1, request);
            let least = |i: &intaglio_program::program::Input| IntTensor {
                shape: i.shape.clone(),
                data: vec![i.lo; i.shape.iter().product()],
            };
            let zero: Vec<_> = program.inputs().iter().map(least).collect();
            let hidden = !matches!(request.weights, intaglio_aleo::circuit::Weights::Baked { .. });
            let weights = if hidden { operands(&program, 2).0 } else { weights };
            let other = synthesise(&program, &weights, &zero, request).expect("a circuit");
            assert_eq!((one.rows(), one.field_rows()), (other.rows(), other.field_rows()), "{name}");
            assert_ne!(one.privates(), other.privates(), "{name}");
            let shape = shape(&program, &weights, request).expect("a shape");
            assert_eq!((one.rows(), one.field_rows()), (shape.rows(), shape.field_rows()), "{name}");
        }
    }
}

/// Commitments stand where the statement has them, and change with weights, inputs, salts and programs.
#[test]
fn commitments_bind_what_they_are_about() {
    let all = cases();
    let (_, program) = &all[0];
    let (salts, request) = ([b"one", b"two"].map(|s| field_of(s)), private(all_inputs()[2]));
    let (made, weights, inputs) = circuit(program, 1, request);
    let salt = |kind: &[u8]| field_of(kind);
    let own = model_commitment(program, &weights, salt(b"salt of a model"));
    assert_eq!(made.publics()[0], Value::Field(own));
    let x = input_commitment(program, &inputs, salt(b"salt of an input"));
    assert_eq!(made.publics()[2], Value::Field(x));
    assert_ne!(model_commitment(program, &weights, salts[0]), model_commitment(program, &weights, salts[1]));
    let mut others = vec![own, x];
    for tensor in 0..weights.len() {
        for cell in 0..weights[tensor].data.len() {
            let mut other = weights.clone();
            other[tensor].data[cell] ^= 1;
            others.push(model_commitment(program, &other, salt(b"salt of a model")));
        }
    }
    for cell in 0..inputs[0].data.len() {
        let mut other = inputs.clone();
        other[0].data[cell] ^= 1;
        others.push(input_commitment(program, &other, salt(b"salt of an input")));
    }
    // the same weights under another function
    others.push(model_commitment(&all[1].1, &weights, salt(b"salt of a model")));
    let count = others.len();
    others.sort_unstable();
    others.dedup();
    assert_eq!(others.len(), count);
}

#[test]
fn linear_rows_fill_the_three_matrices_evenly() {
    let weights = r#"{"name": "w", "shape": [64,96], "bits": 4}"#;
    let nodes = r#"{"name": "fc", "op": "matmul", "weight": 0, "bias": null, "inputs": [0]},
                   {"name": "relu", "op": "requantise", "shift": 4, "lo": 0, "hi": 127, "inputs": [1]}"#;
    let (made, _, _) =
        circuit(&program("saturate", ("[1,96]", -8, 7), weights, "", nodes, 2), 1, baked(Inputs::Hidden));
    let counts = made.counts().non_zeros;
    let (least, most) = (counts.iter().min().expect("three"), counts.iter().max().expect("three"));
    assert!(most - least < most / 10, "{counts:?}");
}

#[test]
fn what_cannot_be_a_circuit_is_refused_with_the_numbers() {
    let outputs: Vec<String> = (0..512).map(|k: i64| k.to_string()).collect();
    let table = format!(r#"{{"name": "t", "first_key": -256, "outputs": [{}]}}"#, outputs.join(","));
    let long = program(
        "saturate",
        ("[1,2]", -8, 7),
        "",
        &table,
        r#"{"name": "t", "op": "lookup", "table": 0, "inputs": [0]}"#,
        1,
    );
    let x = vec![IntTensor { shape: vec![1, 2], data: vec![1, 2] }];
    let refused = synthesise(&long, &[], &x, baked(Inputs::Hidden)).expect_err("too long");
    assert_eq!(refused, CircuitError::Table { node: "t".into(), rows: 512 });
    let strict = program(
        "refuse",
        ("[1,2]", -8, 7),
        "",
        "",
        r#"{"name": "add", "op": "add", "coefficients": [10], "parameters": [], "constant": 0, "inputs": [0]},
           {"name": "q", "op": "requantise", "shift": 0, "lo": -20, "hi": 20, "inputs": [1]}"#,
        2,
    );
    assert!(synthesise(&strict, &[], &x, baked(Inputs::Hidden)).is_ok());
    let x = vec![IntTensor { shape: vec![1, 2], data: vec![1, 3] }];
    let refused = synthesise(&strict, &[], &x, baked(Inputs::Hidden)).expect_err("out of range");
    assert_eq!(refused, CircuitError::OutOfRange { node: "q".into() });
    let x = vec![IntTensor { shape: vec![1, 2], data: vec![1, 9] }];
    assert!(matches!(synthesise(&strict, &[], &x, baked(Inputs::Hidden)), Err(CircuitError::Operand(_))));
}
