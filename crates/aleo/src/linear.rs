//! Weighted sums: no constraint where weights are constants, one for each product with a private weight.

use crate::circuit::Synthesis;
use crate::gadgets::{Number, multiply};
use crate::r1cs::{R1cs, Wire, merged};
use intaglio_program::ops::Op;
use intaglio_program::program::{ParameterId, ValueId};
use intaglio_program::tensor::{broadcast_index, cells, unravel};

/// Row-major cells of a linear operator or of a view.
pub(crate) fn linear(own: &mut Synthesis<'_>, index: usize) -> Vec<Number> {
    let program = own.program;
    let node = &program.nodes()[index];
    let value = |id: ValueId| &program.values()[id.0 as usize];
    let out = value(program.output_of(index));
    let input = &value(node.inputs[0]).shape;
    let Synthesis { cs, values, parameters, .. } = own;
    let x = &values[node.inputs[0].0 as usize];
    let weight = |id: ParameterId, at: usize| &parameters[id.0 as usize][at];
    let starting = |bias: Option<ParameterId>, at: usize| {
        let mut sum = Sum::default();
        bias.iter().for_each(|id| sum.add(1, weight(*id, at)));
        sum
    };
    match &node.op {
        Op::MatMul(op) => {
            let (o, k) = (out.shape[out.shape.len() - 1], input[input.len() - 1]);
            let cell = |flat: usize| {
                let mut sum = starting(op.bias, flat % o);
                (0..k).for_each(|t| sum.product(cs, weight(op.weight, flat % o * k + t), &x[flat / o * k + t]));
                sum.finish()
            };
            (0..cells(&out.shape)).map(cell).collect()
        }
        Op::Conv(op) => {
            let (c, m, area, windows) = (input[1], out.shape[1], cells(&input[2..]), cells(&out.shape[2..]));
            let (per_group, out_per_group, volume) = (c / op.groups, m / op.groups, op.window.volume());
            let mut taps = vec![Vec::new(); windows];
            let all = op.window.taps(&input[2..], &out.shape[2..]);
            all.iter().for_each(|t| taps[t.out].push((t.offset, t.source)));
            let cell = |flat: usize| {
                let (image, o, window) = (flat / (m * windows), flat / windows % m, flat % windows);
                let first = o / out_per_group * per_group;
                let mut sum = starting(op.bias, o);
                for (i, tap) in (0..per_group).flat_map(|i| taps[window].iter().map(move |tap| (i, tap))) {
                    let weight = weight(op.weight, (o * per_group + i) * volume + tap.0);
                    sum.product(cs, weight, &x[(image * c + first + i) * area + tap.1]);
                }
                sum.finish()
            };
            (0..cells(&out.shape)).map(cell).collect()
        }
        Op::SumPool(op) => {
            let (area, windows) = (cells(&input[2..]), cells(&out.shape[2..]));
            let taps = op.window.taps(&input[2..], &out.shape[2..]);
            let weights = op.weights(&taps, windows);
            let mut sums: Vec<Sum> = (0..cells(&out.shape)).map(|_| Sum::default()).collect();
            for channel in 0..x.len() / area {
                for tap in &taps {
                    sums[channel * windows + tap.out].add(weights[tap.out].into(), &x[channel * area + tap.source]);
                }
            }
            sums.into_iter().map(Sum::finish).collect()
        }
        Op::Add(op) => {
            let cell = |flat: usize| {
                let at = unravel(flat, &out.shape);
                let mut sum = Sum::default();
                sum.add(op.constant.into(), &Number::constant(1));
                for (id, k) in &op.parameters {
                    let shape = &program.parameters()[id.0 as usize].shape;
                    sum.add((*k).into(), weight(*id, broadcast_index(&at, shape)));
                }
                for (id, k) in node.inputs.iter().zip(&op.coefficients) {
                    sum.add((*k).into(), &values[id.0 as usize][broadcast_index(&at, &value(*id).shape)]);
                }
                sum.finish()
            };
            (0..cells(&out.shape)).map(cell).collect()
        }
        Op::Transpose(op) => (0..x.len()).map(|flat| x[op.source(flat, input)].clone()).collect(),
        _ => x.clone(),
    }
}

/// `Σ k·x`, all forms merged at once when it is finished.
#[derive(Default)]
struct Sum {
    terms: Vec<(Wire, i128)>,
    value: i128,
}

impl Sum {
    fn add(&mut self, k: i128, x: &Number) {
        if k != 0 {
            self.value += k * x.value;
            self.terms.extend(x.form.iter().map(|(wire, own)| (*wire, k * own)));
        }
    }

    fn product(&mut self, cs: &mut R1cs, weight: &Number, x: &Number) {
        match (weight.is_constant(), x.is_constant()) {
            (true, _) => self.add(weight.value, x),
            (_, true) => self.add(x.value, weight),
            _ => self.add(1, &multiply(cs, weight, x)),
        }
    }

    fn finish(self) -> Number {
        Number { form: merged(self.terms, 0), value: self.value }
    }
}
