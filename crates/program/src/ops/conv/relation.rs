//! The relation of a convolution: one inner product with a wired image.
//!
//! ```text
//! view(n, s, k, g, c) = x(n, g·C/G + c, tap(s, k))       zero where the tap is outside
//! acc(n, g, m, s)     = Σ_{k,c} W(k, g, m, c)·view(n, s, k, g, c) + b(g, m)
//! ```

use super::Conv;
use crate::layout::{Layout, vars_for};
use crate::lower::{LowerError, Lowering};
use crate::ops::window::{Tap, image};
use crate::program::ValueId;
use crate::tensor::{cells, split};
use crate::view::root;
use intaglio_argument::system::{Affine, AxisMap, Coord, Factor, Inner, Operand, OperandCoord, SourceId, Wiring};

/// Variables of each axis of the operator, in the order of the accumulator and of the view.
struct Axes {
    n: usize,
    g: usize,
    m: usize,
    s: usize,
    k: usize,
    c: usize,
}

/// The image and the windows over it.
struct Image<'a> {
    x: ValueId,
    n: usize,
    c: usize,
    area: usize,
    taps: &'a [Tap],
}

impl Axes {
    /// `n, s, k, g, c`.
    fn view(&self) -> usize {
        self.n + self.s + self.k + self.g + self.c
    }
}

impl Conv {
    pub(crate) fn relate(&self, cx: &mut Lowering<'_>, node: usize) -> Result<(), LowerError> {
        let out = cx.output_value(node);
        let x = cx.node_input(node, 0);
        let shape = cx.program.value(x).map(|v| v.shape.clone()).unwrap_or_default();
        let (Ok((n, c, spatial)), Some(m)) = (image(&shape), out.shape.get(1)) else { return Ok(()) };
        let out_spatial = out.shape.get(2..).unwrap_or(&[]);
        let axes = Axes {
            n: vars_for(n),
            g: vars_for(self.groups),
            m: vars_for(split(*m, self.groups).0),
            s: vars_for(cells(out_spatial)),
            k: vars_for(self.window.volume()),
            c: vars_for(split(c, self.groups).0),
        };
        let taps = self.window.taps(spatial, out_spatial);
        let view = self.view(cx, node, &axes, &Image { x, n, c, area: cells(spatial), taps: &taps })?;
        let weight = cx.parameter(self.weight);
        let weight = cx.b.whole(weight);
        let inner = inner(&axes, weight, view);
        let num_vars = out.layout.num_vars();
        let product = cx.b.inner(&format!("{}, Σ W·x", cx.node_name(node)), num_vars, inner);
        cx.out.inner.push((product, node));
        let mut acc = Affine::source(product);
        if let Some(bias) = self.bias {
            let coords = (axes.n..axes.n + axes.g + axes.m).map(Coord::Var).collect();
            let tensor = cx.parameter(bias);
            let bias = cx.b.read(&format!("{}, bias", cx.node_name(node)), num_vars, tensor, coords);
            acc = acc.plus(1, bias);
        }
        cx.make_accumulator(acc);
        Ok(())
    }

    /// The image behind each window, wired axis by axis where the layout allows it.
    fn view(&self, cx: &mut Lowering<'_>, node: usize, axes: &Axes, image: &Image<'_>) -> Result<SourceId, LowerError> {
        let Image { x, n, c, area, taps } = *image;
        let (behind, map) = root(cx.program, x);
        let layout = cx.program.value(behind).map(|v| v.layout.clone()).unwrap_or_default();
        let middle = layout.axes().get(1..layout.axes().len().saturating_sub(1)).unwrap_or(&[]);
        let by_axis = map.is_none()
            && layout.axes().first() == Some(&n)
            && layout.axes().last() == Some(&area)
            && cells(middle) == c;
        let per_group = split(c, self.groups).0;
        let dense = if by_axis { 1 } else { n.saturating_mul(c) };
        cx.reserve(node, dense.saturating_mul(taps.len()))?;
        if by_axis && layout.axes().len() >= 3 {
            let factors = self.factors(axes, &layout, n, c, taps);
            let tensor = cx.tensor_of(behind);
            let name = format!("{}, windows of value {}", cx.node_name(node), x.0);
            return Ok(cx.b.wired(&name, axes.view(), tensor, Wiring { factors }));
        }
        let mut entries = Vec::new();
        for image in 0..n {
            for tap in taps {
                for channel in 0..c {
                    let (group, own) = split(channel, per_group);
                    let cell =
                        [(image, axes.n), (tap.out, axes.s), (tap.offset, axes.k), (group, axes.g), (own, axes.c)];
                    let cell = cell.iter().fold(0, |at, (i, vars)| at << vars | i);
                    entries.push((cell, (image * c + channel) * area + tap.source, 1));
                }
            }
        }
        cx.wire_cells(node, x, axes.view(), entries)
    }

    /// Batch, channels and space as factors of their own; true cells only.
    fn factors(&self, axes: &Axes, layout: &Layout, n: usize, c: usize, taps: &[Tap]) -> Vec<Factor> {
        use crate::lower::read_entry as entry;
        let per_group = split(c, self.groups).0;
        let channel_layout = Layout::new(layout.axes().get(1..layout.axes().len() - 1).unwrap_or(&[]).to_vec());
        let last = layout.axes().len() - 1;
        let channel_vars: Vec<usize> = (1..last).flat_map(|axis| layout.vars_of(axis)).collect();
        let batch = Factor {
            view: (0..axes.n).collect(),
            tensor: layout.vars_of(0),
            map: AxisMap::Sparse((0..n).map(|i| entry(i, i, 1)).collect()),
        };
        let windows = Factor {
            view: (axes.n..axes.n + axes.s + axes.k).collect(),
            tensor: layout.vars_of(last),
            map: AxisMap::Sparse(taps.iter().map(|t| entry(t.out << axes.k | t.offset, t.source, 1)).collect()),
        };
        let of_group = |channel| {
            let (group, own) = split(channel, per_group);
            entry(group << axes.c | own, channel_layout.cell_of(channel), 1)
        };
        let channels = Factor {
            view: (axes.n + axes.s + axes.k..axes.view()).collect(),
            tensor: channel_vars,
            map: AxisMap::Sparse((0..c).map(of_group).collect()),
        };
        vec![batch, windows, channels]
    }
}

/// Summed variables: kernel offset, then input channel. Shared: the group.
fn inner(axes: &Axes, weight: SourceId, view: SourceId) -> Inner {
    use OperandCoord::{Out, Shared, Summed};
    let summed_k = (0..axes.k).map(Summed);
    let summed_c = (axes.k..axes.k + axes.c).map(Summed);
    let shared = (0..axes.g).map(Shared);
    let first_m = axes.n + axes.g;
    let out_m = (first_m..first_m + axes.m).map(Out);
    let out_s = (first_m + axes.m..first_m + axes.m + axes.s).map(Out);
    let left = summed_k.clone().chain(shared.clone()).chain(out_m).chain(summed_c.clone()).collect();
    let right = (0..axes.n).map(Out).chain(out_s).chain(summed_k).chain(shared).chain(summed_c).collect();
    Inner {
        summed: axes.k + axes.c,
        shared: (axes.n..axes.n + axes.g).collect(),
        left: Operand { source: weight, coords: left },
        right: Operand { source: view, coords: right },
    }
}
