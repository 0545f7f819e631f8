//! Small programs with seeded weights and inputs.

use intaglio_aleo::circuit::{Input, Tags, field_of, synthesise};
use intaglio_aleo::r1cs::R1cs;
use intaglio_program::description::parse;
use intaglio_program::program::Program;
use intaglio_program::tensor::{IntTensor, cells};

/// A small deterministic generator.
pub struct Numbers(u64);

impl Numbers {
    pub fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    pub fn between(&mut self, lo: i64, hi: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        lo + ((self.0 >> 20) % (hi - lo + 1) as u64) as i64
    }

    pub fn tensor(&mut self, shape: &[usize], lo: i64, hi: i64) -> IntTensor {
        IntTensor { shape: shape.to_vec(), data: (0..cells(shape)).map(|_| self.between(lo, hi)).collect() }
    }
}

/// A program of one input `x` and one output.
pub fn program(
    overflow: &str,
    input: (&str, i64, i64),
    parameters: &str,
    tables: &str,
    nodes: &str,
    output: u32,
) -> Program {
    let (shape, lo, hi) = input;
    parse(&format!(
        r#"{{"limb_bits": 8, "overflow": "{overflow}", "parameters": [{parameters}], "tables": [{tables}],
            "inputs": [{{"name": "x", "shape": {shape}, "exponent": 0, "lo": {lo}, "hi": {hi}}}],
            "nodes": [{nodes}], "outputs": [{{"name": "y", "value": {output}, "exponent": 0}}]}}"#
    ))
    .expect("a program")
}

pub fn tags() -> Tags {
    Tags { model: field_of(b"a model"), context: field_of(b"a request") }
}

/// The circuit of a run on seeded weights and inputs.
pub fn circuit(program: &Program, seed: u64, shown: Input) -> (R1cs, Vec<IntTensor>, Vec<IntTensor>) {
    let mut numbers = Numbers::new(seed);
    let weights: Vec<_> =
        program.parameters().iter().map(|p| numbers.tensor(&p.shape, p.range().0, p.range().1)).collect();
    let inputs: Vec<_> = program.inputs().iter().map(|i| numbers.tensor(&i.shape, i.lo, i.hi)).collect();
    let made = synthesise(program, &weights, &inputs, shown, tags()).expect("a circuit");
    (made, weights, inputs)
}
