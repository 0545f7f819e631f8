//! The relation of a sum over windows: a wired view with weights μ.

use super::SumPool;
use crate::lower::{LowerError, Lowering};
use crate::ops::window::image;
use crate::tensor::cells;
use intaglio_argument::system::Affine;

impl SumPool {
    pub(crate) fn relate(&self, cx: &mut Lowering<'_>, node: usize) -> Result<(), LowerError> {
        let out = cx.output_value(node);
        let x = cx.node_input(node, 0);
        let shape = cx.program.value(x).map(|v| v.shape.clone()).unwrap_or_default();
        let Ok((n, c, spatial)) = image(&shape) else { return Ok(()) };
        let out_spatial = out.shape.get(2..).unwrap_or(&[]);
        let (area, windows) = (cells(spatial), cells(out_spatial));
        let taps = self.window.taps(spatial, out_spatial);
        let weights = self.weights(&taps, windows);
        cx.reserve(node, n.saturating_mul(c).saturating_mul(taps.len()))?;
        let mut entries = Vec::with_capacity(n * c * taps.len());
        for channel in 0..n * c {
            for tap in &taps {
                let weight = weights.get(tap.out).copied().unwrap_or(0);
                entries.push((out.layout.cell_of(channel * windows + tap.out), channel * area + tap.source, weight));
            }
        }
        let source = cx.wire_cells(node, x, out.layout.num_vars(), entries)?;
        cx.make_accumulator(Affine::source(source));
        Ok(())
    }
}
