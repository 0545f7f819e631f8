//! Running the program on padded arrays.

use super::linear::{convolve, doubles, product};
use crate::error::ProverError;
use intaglio_program::interpret::check_operands;
use intaglio_program::layout::Layout;
use intaglio_program::lower::{Level, ParameterLayout};
use intaglio_program::ops::{Op, Operands, conv::Conv, requantise::Requantise};
use intaglio_program::program::{Class, Overflow, ParameterId, Program, Value, ValueId};
use intaglio_program::tensor::{IntTensor, broadcast_index, cells, unravel};
use intaglio_program::view::root;
use rayon::prelude::*;

/// Cells of one run: everything that the columns are made of.
#[derive(Clone, Debug)]
pub struct Trace {
    /// Padded cells of each value; empty for views.
    pub physical: Vec<Vec<i64>>,
    /// Padded accumulator without bias of each node that is an inner product.
    pub inner: Vec<Option<Vec<i64>>>,
    /// Saturated cells of each requantisation, true cells only.
    pub saturated: Vec<Saturation>,
    /// Row-major cells of each output.
    pub outputs: Vec<IntTensor>,
}

/// How often one requantisation saturated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saturation {
    /// Which node.
    pub node: usize,
    /// True cells beyond the range; a ReLU's lower side is its function and does not count.
    pub cells: usize,
}

struct Runner<'a> {
    program: &'a Program,
    parameters: &'a [IntTensor],
    trace: Trace,
}

pub(super) fn run(
    program: &Program,
    inputs: &[IntTensor],
    parameters: &[IntTensor],
    levels: &[Level],
) -> Result<Trace, ProverError> {
    check_operands(program, inputs, parameters)?;
    let trace = Trace { physical: Vec::new(), inner: Vec::new(), saturated: Vec::new(), outputs: Vec::new() };
    let mut runner = Runner { program, parameters, trace };
    for ((input, declared), level) in inputs.iter().zip(program.inputs()).zip(levels) {
        // a hidden input's padding is range-checked: where the range excludes 0 it holds the least value
        let hidden_away = *level != Level::Public && (declared.lo > 0 || declared.hi < 0);
        let fill = if hidden_away { declared.lo } else { 0 };
        runner.trace.physical.push(Layout::flat(&declared.shape).scatter(&input.data, fill));
    }
    for node in 0..program.nodes().len() {
        runner.node(node)?;
    }
    for output in program.outputs() {
        let shape = program.value(output.value).map(|v| v.shape.clone()).unwrap_or_default();
        let data = runner.logical(output.value);
        runner.trace.outputs.push(IntTensor { shape, data });
    }
    Ok(runner.trace)
}

impl Runner<'_> {
    /// Row-major cells of a value.
    fn logical(&self, id: ValueId) -> Vec<i64> {
        let (behind, map) = root(self.program, id);
        let own = self.program.value(behind).map(|v| v.layout.gather(&self.trace.physical[behind.0 as usize]));
        let own = own.unwrap_or_default();
        match map {
            None => own,
            Some(map) => map.into_iter().map(|flat| own[flat]).collect(),
        }
    }

    fn parameter(&self, id: ParameterId) -> &IntTensor {
        &self.parameters[id.0 as usize]
    }

    fn node(&mut self, index: usize) -> Result<(), ProverError> {
        let node = &self.program.nodes()[index];
        let out = &self.program.values()[self.program.inputs().len() + index];
        let mut inner = None;
        let physical = match &node.op {
            Op::Conv(op) => {
                let sums = out.layout.scatter(&self.convolve(op, node.inputs[0], out), 0);
                // the spatial axis lies behind the channels
                let behind = out.layout.axis_vars().last().copied().unwrap_or(0);
                let biased = self.with_bias(&sums, op.bias, behind);
                inner = Some(sums);
                biased
            }
            Op::MatMul(op) => {
                let sums = out.layout.scatter(&self.matmul(op.weight, node.inputs[0], out), 0);
                let biased = self.with_bias(&sums, op.bias, 0);
                inner = Some(sums);
                biased
            }
            Op::Product(_) => {
                let sums = out.layout.scatter(&self.generic(&node.op, &node.inputs, out), 0);
                inner = Some(sums.clone());
                sums
            }
            Op::Add(op) => self.add(op, &node.inputs, out),
            Op::SumPool(_) | Op::MaxPool(_) | Op::ArgMax(_) => {
                out.layout.scatter(&self.generic(&node.op, &node.inputs, out), 0)
            }
            Op::Requantise(op) => self.requantise(index, op, node.inputs[0])?,
            Op::Lookup(op) => {
                let table = &self.program.tables()[op.table.0 as usize];
                let x = &self.trace.physical[node.inputs[0].0 as usize];
                x.iter().map(|k| table.outputs[(k - table.first_key) as usize]).collect()
            }
            Op::Reshape(_) | Op::Transpose(_) => Vec::new(),
        };
        self.trace.physical.push(physical);
        self.trace.inner.push(inner);
        Ok(())
    }

    /// Adds a bias along consecutive axes, on padded cells too: it stands wherever it is broadcast. `behind` variables
    /// lie below the bias' own.
    fn with_bias(&self, sums: &[i64], bias: Option<ParameterId>, behind: usize) -> Vec<i64> {
        let Some(id) = bias else { return sums.to_vec() };
        let own = ParameterLayout::of(self.program, id).scatter(&self.parameter(id).data);
        let mask = own.len() - 1;
        sums.iter().enumerate().map(|(cell, s)| s + own[(cell >> behind) & mask]).collect()
    }

    fn convolve(&self, op: &Conv, x: ValueId, out: &Value) -> Vec<i64> {
        let shape = &self.program.values()[x.0 as usize].shape;
        let (c, spatial) = (shape[1], &shape[2..]);
        let (m, windows) = (out.shape[1], cells(&out.shape[2..]));
        let (per_group, out_per_group) = (c / op.groups, m / op.groups);
        let taps = op.window.taps(spatial, &out.shape[2..]);
        let weights = doubles(&self.parameter(op.weight).data);
        let image = doubles(&self.logical(x));
        let (area, volume) = (cells(spatial), op.window.volume());
        let jobs: Vec<(usize, usize)> = (0..shape[0]).flat_map(|n| (0..op.groups).map(move |g| (n, g))).collect();
        let parts: Vec<Vec<i64>> = jobs
            .par_iter()
            .map(|(n, g)| {
                let w = &weights[g * out_per_group * per_group * volume..][..out_per_group * per_group * volume];
                let x = &image[(n * c + g * per_group) * area..][..per_group * area];
                convolve(w, x, &taps, volume, windows, (out_per_group, per_group))
            })
            .collect();
        parts.concat()
    }

    fn matmul(&self, weight: ParameterId, x: ValueId, out: &Value) -> Vec<i64> {
        let w = self.parameter(weight);
        let (o, k) = (w.shape[0], w.shape[1]);
        let rows = cells(&out.shape) / o;
        let x = doubles(&self.logical(x));
        let w = doubles(&w.data);
        // W·xᵀ row by row of x: no transpose is needed for one row, the common case
        let rows_of = |row: usize| product(&w, &x[row * k..(row + 1) * k], (o, k, 1));
        (0..rows).into_par_iter().flat_map_iter(rows_of).collect()
    }

    /// The scalar meaning, for operators that are cheap.
    fn generic(&self, op: &Op, inputs: &[ValueId], out: &Value) -> Vec<i64> {
        let tensors: Vec<IntTensor> = inputs
            .iter()
            .map(|id| IntTensor { shape: self.program.values()[id.0 as usize].shape.clone(), data: self.logical(*id) })
            .collect();
        let inputs: Vec<&IntTensor> = tensors.iter().collect();
        op.evaluate(Operands { inputs: &inputs, parameters: self.parameters, tables: self.program.tables() }, out).data
    }

    fn add(&self, op: &intaglio_program::ops::add::Add, inputs: &[ValueId], out: &Value) -> Vec<i64> {
        let mut acc = vec![op.constant; 1 << out.layout.num_vars()];
        let mut spread = |tensor: &[i64], shape: &[usize], c: i64| {
            for flat in 0..out.layout.cells() {
                acc[out.layout.cell_of(flat)] += c * tensor[broadcast_index(&unravel(flat, &out.shape), shape)];
            }
        };
        let mut whole = Vec::new();
        for (id, c) in inputs.iter().zip(&op.coefficients) {
            let value = &self.program.values()[id.0 as usize];
            match value.class {
                Class::Accumulator => whole.push((id, *c)),
                Class::Tensor | Class::View => spread(&self.logical(*id), &value.shape, *c),
            }
        }
        for (id, c) in &op.parameters {
            let p = self.parameter(*id);
            spread(&p.data, &p.shape, *c);
        }
        for (id, c) in whole {
            acc.iter_mut().zip(&self.trace.physical[id.0 as usize]).for_each(|(a, x)| *a += c * x);
        }
        acc
    }

    fn requantise(&mut self, index: usize, op: &Requantise, input: ValueId) -> Result<Vec<i64>, ProverError> {
        let value = &self.program.values()[input.0 as usize];
        let acc = &self.trace.physical[input.0 as usize];
        let relu = op.lo == 0;
        let beyond = |a: i64| op.quotient(a) > op.hi || (!relu && op.quotient(a) < op.lo);
        let cells = (0..value.layout.cells()).filter(|flat| beyond(acc[value.layout.cell_of(*flat)])).count();
        if self.program.overflow() == Overflow::Refuse && cells > 0 {
            return Err(ProverError::OutOfRange { node: self.program.nodes()[index].name.clone(), cells });
        }
        let kept = acc.iter().map(|a| op.quotient(*a).clamp(op.lo, op.hi)).collect();
        self.trace.saturated.push(Saturation { node: index, cells });
        Ok(kept)
    }
}
