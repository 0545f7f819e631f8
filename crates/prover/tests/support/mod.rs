//! Small programs for every operator, with seeded weights and inputs.

use intaglio_program::description::parse;
use intaglio_program::lower::{Level, Visibility};
use intaglio_program::program::{Overflow, Parts, Program};
use intaglio_program::tensor::{IntTensor, cells};
use intaglio_prover::{Audience, Task};

/// A small deterministic generator: tests print its seed through the case's name.
pub struct Numbers(u64);

impl Numbers {
    pub fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    pub fn between(&mut self, lo: i64, hi: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let span = (hi - lo + 1) as u64;
        lo + ((self.0 >> 20) % span) as i64
    }

    pub fn tensor(&mut self, shape: &[usize], lo: i64, hi: i64) -> IntTensor {
        IntTensor { shape: shape.to_vec(), data: (0..cells(shape)).map(|_| self.between(lo, hi)).collect() }
    }
}

/// A named program.
pub struct Case {
    pub name: &'static str,
    pub program: Program,
}

fn input(shape: &str) -> String {
    format!(r#"{{"name": "x", "shape": {shape}, "exponent": 4, "lo": -128, "hi": 127}}"#)
}

fn case(name: &'static str, inputs: &str, parameters: &str, tables: &str, nodes: &str, output: u32) -> Case {
    let json = format!(
        r#"{{"limb_bits": 8, "overflow": "saturate", "inputs": [{inputs}], "parameters": [{parameters}], "tables": [{tables}],
            "nodes": [{nodes}], "outputs": [{{"name": "y", "value": {output}, "exponent": 3}}]}}"#
    );
    Case { name, program: parse(&json).unwrap_or_else(|e| panic!("{name}: {e}")) }
}

/// The same program, of which there is no proof where a true cell leaves its range.
fn refusing(case: Case) -> Case {
    let parts = Parts { overflow: Overflow::Refuse, ..case.program.parts().clone() };
    Case { name: case.name, program: Program::new(parts).unwrap_or_else(|e| panic!("{}: {e}", case.name)) }
}

const REQUANTISE: &str = r#"{"name": "q", "op": "requantise", "shift": 8, "lo": -128, "hi": 127, "inputs": [1]}"#;

/// Every operator, with padded axes, strides, groups, clipped windows and both sides of saturation.
pub fn cases() -> Vec<Case> {
    let table: Vec<String> = (-128..128).map(|k: i64| (k * k / 200 - 7).to_string()).collect();
    let table = format!(r#"{{"name": "square", "first_key": -128, "outputs": [{}]}}"#, table.join(","));
    vec![
        case(
            "gemm",
            &input("[1,6]"),
            r#"{"name": "w", "shape": [5,6], "bits": 10}, {"name": "b", "shape": [5], "bits": 14}"#,
            "",
            &format!(r#"{{"name": "fc", "op": "matmul", "weight": 0, "bias": 1, "inputs": [0]}}, {REQUANTISE}"#),
            2,
        ),
        case(
            "relu, 12 and 4 bits, several rows",
            &input("[3,7]"),
            r#"{"name": "w", "shape": [3,7], "bits": 12}"#,
            "",
            r#"{"name": "fc", "op": "matmul", "weight": 0, "bias": null, "inputs": [0]},
               {"name": "relu", "op": "requantise", "shift": 12, "lo": 0, "hi": 15, "inputs": [1]}"#,
            2,
        ),
        case(
            "conv, pads, strides, dilation",
            &input("[1,2,5,6]"),
            r#"{"name": "w", "shape": [3,2,3,2], "bits": 9}, {"name": "b", "shape": [3], "bits": 12}"#,
            "",
            &format!(
                r#"{{"name": "conv", "op": "conv", "weight": 0, "bias": 1, "groups": 1, "strides": [2,1], "pads": [1,0,1,2],
                    "dilations": [1,2], "inputs": [0]}}, {REQUANTISE}"#
            ),
            2,
        ),
        case(
            "conv of a conv, groups, depthwise",
            &input("[2,3,4,4]"),
            r#"{"name": "w", "shape": [6,3,1,1], "bits": 9}, {"name": "b", "shape": [6], "bits": 12},
               {"name": "w2", "shape": [12,2,3,3], "bits": 9}, {"name": "b2", "shape": [12], "bits": 12},
               {"name": "w3", "shape": [12,1,2,2], "bits": 9}"#,
            "",
            r#"{"name": "c1", "op": "conv", "weight": 0, "bias": 1, "groups": 1, "strides": [1,1], "pads": [0,0,0,0], "dilations": [1,1], "inputs": [0]},
               {"name": "q1", "op": "requantise", "shift": 8, "lo": 0, "hi": 127, "inputs": [1]},
               {"name": "c2", "op": "conv", "weight": 2, "bias": 3, "groups": 3, "strides": [1,1], "pads": [1,1,1,1], "dilations": [1,1], "inputs": [2]},
               {"name": "q2", "op": "requantise", "shift": 8, "lo": -128, "hi": 127, "inputs": [3]},
               {"name": "c3", "op": "conv", "weight": 4, "bias": null, "groups": 12, "strides": [2,2], "pads": [0,0,0,0], "dilations": [1,1], "inputs": [4]},
               {"name": "q3", "op": "requantise", "shift": 4, "lo": -128, "hi": 127, "inputs": [5]}"#,
            6,
        ),
        case(
            "conv in one dimension",
            &input("[1,3,9]"),
            r#"{"name": "w", "shape": [2,3,4], "bits": 9}"#,
            "",
            &format!(
                r#"{{"name": "conv", "op": "conv", "weight": 0, "bias": null, "groups": 1, "strides": [2], "pads": [1,1],
                    "dilations": [1], "inputs": [0]}}, {REQUANTISE}"#
            ),
            2,
        ),
        case(
            "max pool, clipped windows",
            &input("[1,3,5,5]"),
            "",
            "",
            r#"{"name": "pool", "op": "max_pool", "kernel": [2,2], "strides": [2,2], "pads": [0,0,0,0], "dilations": [1,1], "ceil": true, "inputs": [0]}"#,
            1,
        ),
        case(
            "sum pool and mean pool",
            &input("[1,2,5,5]"),
            "",
            "",
            r#"{"name": "mean", "op": "sum_pool", "kernel": [3,3], "strides": [2,2], "pads": [1,1,1,1], "ceil": false, "divisor": "valid", "fraction_bits": 8, "inputs": [0]},
               {"name": "q", "op": "requantise", "shift": 8, "lo": -128, "hi": 127, "inputs": [1]},
               {"name": "sum", "op": "sum_pool", "kernel": [3,3], "strides": [1,1], "pads": [0,0,0,0], "ceil": false, "divisor": "none", "fraction_bits": 0, "inputs": [2]},
               {"name": "q", "op": "requantise", "shift": 0, "lo": -200, "hi": 300, "inputs": [3]}"#,
            4,
        ),
        case(
            "add of views, broadcast, parameters",
            &format!("{}, {}", input("[2,3,4]"), input("[1,3,1]").replace("\"x\"", "\"z\"")),
            r#"{"name": "p", "shape": [4], "bits": 8}"#,
            "",
            r#"{"name": "t", "op": "transpose", "perm": [2,0,1], "inputs": [0]},
               {"name": "r", "op": "reshape", "shape": [2,3,4], "inputs": [2]},
               {"name": "add", "op": "add", "coefficients": [3,-2,5], "parameters": [[0,4]], "constant": 9, "inputs": [0,3,1]},
               {"name": "q", "op": "requantise", "shift": 3, "lo": -128, "hi": 127, "inputs": [4]}"#,
            5,
        ),
        case(
            "function table behind a requantisation",
            &input("[1,6]"),
            r#"{"name": "w", "shape": [3,6], "bits": 10}"#,
            &table,
            &format!(
                r#"{{"name": "fc", "op": "matmul", "weight": 0, "bias": null, "inputs": [0]}}, {REQUANTISE},
                   {{"name": "square", "op": "lookup", "table": 0, "inputs": [2]}}"#
            ),
            3,
        ),
        case(
            "argmax, ties, padded axes",
            &input("[3,5]").replace("-128", "-3").replace("127", "3"),
            "",
            "",
            r#"{"name": "argmax", "op": "argmax", "axis": 1, "keepdims": false, "inputs": [0]}"#,
            1,
        ),
        case(
            "argmax along the first axis",
            &input("[5,3]"),
            "",
            "",
            r#"{"name": "argmax", "op": "argmax", "axis": 0, "keepdims": true, "inputs": [0]}"#,
            1,
        ),
        case(
            "product of activations, heads",
            &input("[2,3,5]"),
            "",
            "",
            r#"{"name": "t", "op": "transpose", "perm": [0,2,1], "inputs": [0]},
               {"name": "qk", "op": "batch_matmul", "inputs": [0,1]},
               {"name": "q", "op": "requantise", "shift": 8, "lo": -128, "hi": 127, "inputs": [2]}"#,
            3,
        ),
        case(
            "small cnn",
            &input("[1,1,8,8]"),
            r#"{"name": "w1", "shape": [3,1,3,3], "bits": 10}, {"name": "b1", "shape": [3], "bits": 12},
               {"name": "w2", "shape": [5,48], "bits": 10}, {"name": "b2", "shape": [5], "bits": 12}"#,
            "",
            r#"{"name": "conv", "op": "conv", "weight": 0, "bias": 1, "groups": 1, "strides": [1,1], "pads": [1,1,1,1], "dilations": [1,1], "inputs": [0]},
               {"name": "relu", "op": "requantise", "shift": 8, "lo": 0, "hi": 255, "inputs": [1]},
               {"name": "pool", "op": "max_pool", "kernel": [2,2], "strides": [2,2], "pads": [0,0,0,0], "dilations": [1,1], "ceil": false, "inputs": [2]},
               {"name": "flat", "op": "reshape", "shape": [1,48], "inputs": [3]},
               {"name": "fc", "op": "matmul", "weight": 2, "bias": 3, "inputs": [4]},
               {"name": "q", "op": "requantise", "shift": 8, "lo": -2048, "hi": 2047, "inputs": [5]}"#,
            6,
        ),
        refusing(case(
            "refused overflow, padding outside the kept range",
            &input("[1,6]").replace("-128", "100"),
            "",
            "",
            r#"{"name": "ten", "op": "add", "coefficients": [10], "parameters": [], "constant": 0, "inputs": [0]},
               {"name": "q", "op": "requantise", "shift": 1, "lo": 450, "hi": 640, "inputs": [1]},
               {"name": "relu", "op": "requantise", "shift": 2, "lo": 0, "hi": 200, "inputs": [2]}"#,
            3,
        )),
    ]
}

pub fn parameters(program: &Program, numbers: &mut Numbers) -> Vec<IntTensor> {
    let one = |p: &intaglio_program::program::Parameter, numbers: &mut Numbers| {
        numbers.tensor(&p.shape, p.range().0, p.range().1)
    };
    program.parameters().iter().map(|p| one(p, numbers)).collect()
}

pub fn inputs(program: &Program, numbers: &mut Numbers) -> Vec<IntTensor> {
    program.inputs().iter().map(|i| numbers.tensor(&i.shape, i.lo, i.hi)).collect()
}

pub fn task(program: &Program, inputs: Vec<IntTensor>, input: Level, output: Level) -> Task {
    Task {
        reuse: vec![None; inputs.len()],
        inputs,
        visibility: Visibility::uniform(program, input, output),
        audience: Audience::default(),
    }
}
