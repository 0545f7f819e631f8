//! Small programs with seeded weights and inputs.

use intaglio_aleo::circuit::{Inputs, Request, Weights, field_of, synthesise};
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

/// Every way to name the inputs.
pub fn all_inputs() -> [Inputs; 3] {
    [Inputs::Hidden, Inputs::Shown, Inputs::Committed { salt: field_of(b"salt of an input") }]
}

/// Every way to name the model.
pub fn all_weights() -> [Weights; 2] {
    [Weights::Baked { digest: field_of(b"a model") }, Weights::Committed { salt: field_of(b"salt of a model") }]
}

/// Constant weights.
pub fn baked(inputs: Inputs) -> Request {
    Request { weights: all_weights()[0], inputs, context: field_of(b"a request") }
}

/// Private weights.
pub fn private(inputs: Inputs) -> Request {
    Request { weights: all_weights()[1], ..baked(inputs) }
}

/// Seeded weights and inputs.
pub fn operands(program: &Program, seed: u64) -> (Vec<IntTensor>, Vec<IntTensor>) {
    let mut numbers = Numbers::new(seed);
    let weights = program.parameters().iter().map(|p| numbers.tensor(&p.shape, p.range().0, p.range().1)).collect();
    let inputs = program.inputs().iter().map(|i| numbers.tensor(&i.shape, i.lo, i.hi)).collect();
    (weights, inputs)
}

/// The circuit of a run on seeded weights and inputs.
pub fn circuit(program: &Program, seed: u64, request: Request) -> (R1cs, Vec<IntTensor>, Vec<IntTensor>) {
    let (weights, inputs) = operands(program, seed);
    let made = synthesise(program, &weights, &inputs, request).expect("a circuit");
    (made, weights, inputs)
}
