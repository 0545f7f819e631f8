//! Programs for what the shared cases leave out: `refuse`, ranges that are no powers of two, wide shifts, wide
//! limbs, several tables.

use crate::support::{Case, Numbers};
use intaglio_program::description::parse;
use intaglio_program::program::{Overflow, Program};
use intaglio_program::tensor::IntTensor;

fn case(name: &'static str, head: &str, input: &str, nodes: &str, output: u32) -> Case {
    with_tables(name, head, (input, ""), nodes, output)
}

fn with_tables(name: &'static str, head: &str, (input, tables): (&str, &str), nodes: &str, output: u32) -> Case {
    let json = format!(
        r#"{{{head}, "inputs": [{input}], "tables": [{tables}],
            "parameters": [{{"name": "w", "shape": [3,6], "bits": 10}}, {{"name": "b", "shape": [3], "bits": 12}}],
            "nodes": [{{"name": "fc", "op": "matmul", "weight": 0, "bias": 1, "inputs": [0]}}, {nodes}],
            "outputs": [{{"name": "y", "value": {output}, "exponent": 3}}]}}"#
    );
    Case { name, program: parse(&json).unwrap_or_else(|e| panic!("{name}: {e}")) }
}

fn input(lo: i64, hi: i64) -> String {
    format!(r#"{{"name": "x", "shape": [1,6], "exponent": 4, "lo": {lo}, "hi": {hi}}}"#)
}

/// All of them; their parameters come from [`parameters`].
pub fn cases() -> Vec<Case> {
    let table = |name: &str, y: fn(i64) -> i64| {
        let outputs: Vec<String> = (-128..128).map(|k| y(k).to_string()).collect();
        format!(r#"{{"name": "{name}", "first_key": -128, "outputs": [{}]}}"#, outputs.join(","))
    };
    let tables = [table("double", |k| 2 * k), table("half", |k| k / 2)].join(",");
    vec![
        case(
            "refuse",
            r#""limb_bits": 8, "overflow": "refuse""#,
            &input(-128, 127),
            r#"{"name": "q", "op": "requantise", "shift": 8, "lo": -100, "hi": 155, "inputs": [1]}"#,
            2,
        ),
        case(
            "refuse, an end that inputs reach",
            r#""limb_bits": 8, "overflow": "refuse""#,
            &input(1, 127),
            r#"{"name": "q", "op": "requantise", "shift": 4, "lo": 30, "hi": 1053, "inputs": [1]}"#,
            2,
        ),
        case(
            "refuse, relu",
            r#""limb_bits": 8, "overflow": "refuse""#,
            &input(-128, 127),
            r#"{"name": "relu", "op": "requantise", "shift": 8, "lo": 0, "hi": 127, "inputs": [1]}"#,
            2,
        ),
        case(
            "refuse, padding outside the kept range",
            r#""limb_bits": 8, "overflow": "refuse""#,
            &input(100, 127),
            r#"{"name": "q", "op": "requantise", "shift": 4, "lo": 30, "hi": 1000, "inputs": [1]}"#,
            2,
        ),
        case(
            "odd ranges, an input without zero",
            r#""limb_bits": 8, "overflow": "saturate""#,
            &input(3, 300),
            r#"{"name": "q", "op": "requantise", "shift": 3, "lo": -100, "hi": 200, "inputs": [1]}"#,
            2,
        ),
        case(
            "shift of three limbs",
            r#""limb_bits": 8, "overflow": "saturate""#,
            &input(-30_000, 20_000),
            r#"{"name": "q", "op": "requantise", "shift": 18, "lo": -3, "hi": 4, "inputs": [1]}"#,
            2,
        ),
        case(
            "limbs of twelve bits",
            r#""limb_bits": 12, "overflow": "saturate""#,
            &input(-30_000, 30_000),
            r#"{"name": "q", "op": "requantise", "shift": 14, "lo": -60, "hi": 67, "inputs": [1]}"#,
            2,
        ),
        case(
            "a wide range, a power of two",
            r#""limb_bits": 8, "overflow": "saturate""#,
            &input(-128, 127),
            r#"{"name": "q", "op": "requantise", "shift": 1, "lo": -300, "hi": 723, "inputs": [1]}"#,
            2,
        ),
        case(
            "a wide range, no power of two",
            r#""limb_bits": 8, "overflow": "saturate""#,
            &input(-128, 127),
            r#"{"name": "q", "op": "requantise", "shift": 1, "lo": -700, "hi": 900, "inputs": [1]}"#,
            2,
        ),
        with_tables(
            "two tables of the same keys",
            r#""limb_bits": 8, "overflow": "saturate""#,
            (&input(-128, 127), &tables),
            r#"{"name": "q", "op": "requantise", "shift": 4, "lo": -128, "hi": 127, "inputs": [1]},
               {"name": "double", "op": "lookup", "table": 0, "inputs": [2]},
               {"name": "half", "op": "lookup", "table": 1, "inputs": [2]}"#,
            4,
        ),
    ]
}

/// Weights far inside their declared range, so that a run under `refuse` stays inside its own; above zero if that lies
/// above zero.
pub fn parameters(program: &Program, numbers: &mut Numbers) -> Vec<IntTensor> {
    let positive = program.overflow() == Overflow::Refuse && program.inputs()[0].lo > 0;
    let lo = if positive { 1 } else { -20 };
    program.parameters().iter().map(|p| numbers.tensor(&p.shape, lo, 20)).collect()
}
