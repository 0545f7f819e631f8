//! What each operator becomes.

use crate::circuit::Synthesis;
use crate::gadgets::{Misfit, Number, Rescale, lookup, maximum, multiply, quotient, rescale, signed_bits, single};
use crate::linear::linear;
use crate::r1cs::R1cs;
use intaglio_program::ops::Op;
use intaglio_program::program::{Overflow, ValueId};
use intaglio_program::tensor::cells;

/// Row-major cells of what a node makes.
pub(crate) fn node(own: &mut Synthesis<'_>, index: usize) -> Result<Vec<Number>, Misfit> {
    let program = own.program;
    let node = &program.nodes()[index];
    let out = program.output_of(index);
    let value = |id: ValueId| &program.values()[id.0 as usize];
    let range = |id: ValueId| (i128::from(value(id).lo), i128::from(value(id).hi));
    let Synthesis { cs, values, .. } = own;
    let x = || values[node.inputs[0].0 as usize].clone();
    match &node.op {
        Op::Conv(_) | Op::MatMul(_) | Op::SumPool(_) | Op::Add(_) | Op::Reshape(_) | Op::Transpose(_) => {
            Ok(linear(own, index))
        }
        Op::Product(_) => {
            let (a, b) = (x(), values[node.inputs[1].0 as usize].clone());
            let shape = &value(node.inputs[0]).shape;
            let (m, k) = (shape[shape.len() - 2], shape[shape.len() - 1]);
            let n = value(out).shape[shape.len() - 1];
            let sum = |cs: &mut R1cs, row: usize, column: usize| {
                let lead = row / m;
                (0..k).fold(Number::constant(0), |sum, t| {
                    let product = multiply(cs, &a[row * k + t], &b[(lead * k + t) * n + column]);
                    sum.plus(1, &product)
                })
            };
            Ok((0..a.len() / k).flat_map(|row| (0..n).map(|c| sum(cs, row, c)).collect::<Vec<_>>()).collect())
        }
        Op::Requantise(op) => {
            let rule = Rescale {
                shift: op.shift,
                kept: (op.lo.into(), op.hi.into()),
                declared: range(node.inputs[0]),
                saturate: program.overflow() == Overflow::Saturate,
            };
            x().iter().map(|acc| rescale(cs, acc, rule)).collect()
        }
        Op::Lookup(op) => {
            let table = &program.tables()[op.table.0 as usize];
            x().iter().map(|key| lookup(cs, key, table.first_key.into(), &table.outputs)).collect()
        }
        Op::MaxPool(op) => {
            let (x, range) = (x(), range(node.inputs[0]));
            let (spatial, windows) = (&value(node.inputs[0]).shape[2..], &value(out).shape[2..]);
            let elements = op.elements(spatial, windows);
            let area = cells(spatial);
            let mut made = Vec::new();
            for channel in 0..x.len() / area {
                for window in 0..cells(windows) {
                    let mut own: Vec<usize> = elements.iter().filter_map(|e| e[window]).collect();
                    own.sort_unstable();
                    own.dedup();
                    let mut best = x[channel * area + own[0]].clone();
                    for cell in &own[1..] {
                        best = maximum(cs, &x[channel * area + cell], &best, range)?;
                    }
                    made.push(best);
                }
            }
            Ok(made)
        }
        Op::ArgMax(op) => {
            let (x, (lo, hi)) = (x(), range(node.inputs[0]));
            let shape = value(node.inputs[0]).shape.clone();
            let rows = cells(&op.rows(&shape));
            (0..rows)
                .map(|row| {
                    let own = |i: usize| &x[op.cell(&shape, row, i)];
                    let (mut best, mut index) = (own(0).clone(), Number::constant(0));
                    for i in 1..shape[op.axis] {
                        // 1 where the cell is greater than all before it: later ones must be strictly greater
                        let more = own(i).plus(-1, &best);
                        let (_, later) = quotient(cs, &more.offset(-1), signed_bits(lo - hi - 1, hi - lo), 0)?;
                        let raised = multiply(cs, &later, &more);
                        best = single(cs, best.plus(1, &raised));
                        index = index.plus(1, &multiply(cs, &later, &Number::constant(i as i128).plus(-1, &index)));
                    }
                    Ok(single(cs, index))
                })
                .collect()
        }
    }
}
