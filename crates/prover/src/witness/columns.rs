//! Every committed column from a run.

use super::{Runner, Trace, Witness};
use intaglio_argument::plan::Plan;
use intaglio_argument::system::SourceId;
use intaglio_program::layout::Layout;
use intaglio_program::lower::{Lowered, Role, Span};
use intaglio_program::ops::{Op, argmax::ArgMax, requantise::Requantise};
use intaglio_program::program::{Program, ValueId};
use rayon::prelude::*;
use std::collections::BTreeMap;
use zeroize::{Zeroize, Zeroizing};

struct Filler<'a> {
    runner: &'a Runner,
    program: &'a Program,
    trace: &'a Trace,
}

pub(super) fn fill(runner: &Runner, lowered: &Lowered, plan: &Plan, trace: &Trace) -> Witness {
    let filler = Filler { runner, program: runner.program(), trace };
    let columns: Vec<_> =
        lowered.columns.par_iter().map(|c| (c.tensor, filler.column(c.role, plan.tensor_vars(c.tensor)))).collect();
    let sizes = plan.system().groups().iter().zip(plan.group_rows());
    let mut groups: Vec<Vec<i64>> = sizes.map(|(g, rows)| vec![0; rows << g.width_vars]).collect();
    for (tensor, cells) in columns {
        let Some(mut cells) = cells else { continue };
        if let Some(place) = plan.place(tensor) {
            groups[place.group][place.offset..place.offset + cells.len()].copy_from_slice(&cells);
        }
        cells.zeroize();
    }
    let inner = lowered.inner.iter().filter_map(|(source, node)| Some((*source, runner.inner(trace, *node)?)));
    Witness { groups, inner: inner.collect::<BTreeMap<SourceId, Vec<i64>>>() }
}

/// Bits `shift .. shift + bits`.
fn bits_of(value: i64, shift: u32, bits: u32) -> i64 {
    (value >> shift) & ((1 << bits) - 1)
}

impl Filler<'_> {
    /// The cells of a column; none for parameters, whose cells the secret holds.
    fn column(&self, role: Role, num_vars: usize) -> Option<Vec<i64>> {
        Some(match role {
            Role::Parameter(_) => return None,
            Role::Value(id) => self.value(id).to_vec(),
            Role::Upper(node) => self.requantised(node, |op, q| (q - op.hi).max(0)),
            Role::Miss { node, shift, bits } => {
                self.requantised(node, |op, q| bits_of((q - q.clamp(op.lo, op.hi)).abs(), shift, bits))
            }
            Role::Remainder { node, shift, bits } => self.remainder(node, shift, bits),
            Role::Limb { of, shift, bits } => {
                Zeroizing::new(self.span(of)?).iter().map(|v| bits_of(*v, shift, bits)).collect()
            }
            Role::Selector { node, element } => self.selector(node, element)?,
            Role::RowMaximum(node) => self.argmax(node)?.0,
            Role::RowSelectors(node) => self.argmax(node)?.1,
            Role::OutputCopy(output) => {
                let tensor = &self.trace.outputs[output];
                Layout::flat(&tensor.shape).scatter(&tensor.data, 0)
            }
        })
        .inspect(|cells| debug_assert_eq!(cells.len(), 1 << num_vars, "{role:?}"))
    }

    fn value(&self, id: ValueId) -> &[i64] {
        &self.trace.physical[id.0 as usize]
    }

    fn logical(&self, id: ValueId) -> Zeroizing<Vec<i64>> {
        self.runner.logical(self.trace, id)
    }

    fn input(&self, node: usize) -> ValueId {
        self.program.nodes()[node].inputs[0]
    }

    fn requantised(&self, node: usize, cell: impl Fn(&Requantise, i64) -> i64) -> Vec<i64> {
        let Op::Requantise(op) = &self.program.nodes()[node].op else { return Vec::new() };
        self.value(self.input(node)).iter().map(|acc| cell(op, op.quotient(*acc))).collect()
    }

    fn remainder(&self, node: usize, shift: u32, bits: u32) -> Vec<i64> {
        let Op::Requantise(op) = &self.program.nodes()[node].op else { return Vec::new() };
        let half = 1i64 << (op.shift - 1);
        self.value(self.input(node))
            .iter()
            .map(|acc| bits_of((acc + half) & ((1 << op.shift) - 1), shift, bits))
            .collect()
    }

    /// A range-checked form, cell by cell.
    fn span(&self, of: Span) -> Option<Vec<i64>> {
        Some(match of {
            Span::AboveLow(id) => {
                let lo = self.program.values()[id.0 as usize].lo;
                self.value(id).iter().map(|v| v - lo).collect()
            }
            Span::BelowHigh(id) => {
                let hi = self.program.values()[id.0 as usize].hi;
                self.value(id).iter().map(|v| hi - v).collect()
            }
            Span::PoolDifference { node, element, complement } => {
                let out = &self.program.values()[self.program.inputs().len() + node];
                let reach = out.hi.max(0) - out.lo.min(0);
                let maximum = self.value(self.program.output_of(node));
                let own = Zeroizing::new(self.pool_element(node, element)?);
                let difference = maximum.iter().zip(own.iter()).map(|(m, x)| m - x);
                difference.map(|d| if complement { reach - d } else { d }).collect()
            }
            Span::ArgDifference { node, complement } => {
                let value = &self.program.values()[self.input(node).0 as usize];
                let reach = value.hi - value.lo;
                let difference = self.argmax(node)?.2.into_iter();
                difference.map(|d| if complement { reach - d } else { d }).collect()
            }
            // well-formedness fills its own columns
            Span::Parameter(_) => return None,
        })
    }

    /// Where the cells of a maximum over windows are.
    fn pool_layout(&self, node: usize) -> &Layout {
        &self.program.values()[self.program.inputs().len() + node].layout
    }

    /// Element `element` of each window, 0 on padding.
    fn pool_element(&self, node: usize, element: usize) -> Option<Vec<i64>> {
        let own = Zeroizing::new(self.runner.windows(node)?.elements(&self.logical(self.input(node)), element));
        Some(self.pool_layout(node).scatter(&own, 0))
    }

    /// 1 where `element` is the first of its window that is the maximum. On padding the last one, which is virtual, is.
    fn selector(&self, node: usize, element: usize) -> Option<Vec<i64>> {
        let (windows, x) = (self.runner.windows(node)?, self.logical(self.input(node)));
        let maximum = self.logical(self.program.output_of(node));
        let mut selector = vec![1; maximum.len()];
        for e in 0..=element {
            let own = Zeroizing::new(windows.elements(&x, e));
            let hits = maximum.iter().zip(own.iter()).map(|(m, x)| i64::from(m == x));
            match e == element {
                false => selector.iter_mut().zip(hits).for_each(|(s, hit)| *s *= 1 - hit),
                true => selector.iter_mut().zip(hits).for_each(|(s, hit)| *s *= hit),
            }
        }
        Some(self.pool_layout(node).scatter(&selector, 0))
    }

    /// Maximum of each row, selectors, and `u − Σ_{j>i} s_j`, padded.
    fn argmax(&self, node: usize) -> Option<(Vec<i64>, Vec<i64>, Vec<i64>)> {
        let Op::ArgMax(op) = &self.program.nodes()[node].op else { return None };
        let shape = &self.program.values()[self.input(node).0 as usize].shape;
        let x = self.logical(self.input(node));
        let n = shape[op.axis];
        let rows = Layout::separate(&op.rows(shape));
        let domain = Layout::new(rows.axes().iter().copied().chain([n]).collect());
        let mut maximum = vec![0; 1 << rows.num_vars()];
        let mut selectors = vec![0; 1 << domain.num_vars()];
        let mut difference = vec![0; 1 << domain.num_vars()];
        for row in 0..rows.cells() {
            let own: Vec<i64> = (0..n).map(|i| x[ArgMax::cell(op, shape, row, i)]).collect();
            let best = own.iter().copied().max()?;
            let index = own.iter().position(|v| *v == best)?;
            maximum[rows.cell_of(row)] = best;
            selectors[domain.cell_of(row * n + index)] = 1;
            for (i, v) in own.iter().enumerate() {
                difference[domain.cell_of(row * n + i)] = best - v - i64::from(index > i);
            }
        }
        Some((maximum, selectors, difference))
    }
}
