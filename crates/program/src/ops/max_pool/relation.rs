//! The relation of a maximum over windows.

use super::MaxPool;
use crate::lower::{LowerError, Lowering, Role, Span};
use crate::ops::window::image;
use crate::tensor::cells;
use intaglio_argument::system::Affine;

impl MaxPool {
    pub(crate) fn relate(&self, cx: &mut Lowering<'_>, node: usize) -> Result<(), LowerError> {
        let out = cx.output_value(node);
        let x = cx.node_input(node, 0);
        let shape = cx.program.value(x).map(|v| v.shape.clone()).unwrap_or_default();
        let Ok((n, c, spatial)) = image(&shape) else { return Ok(()) };
        let out_spatial = out.shape.get(2..).unwrap_or(&[]);
        let (area, windows) = (cells(spatial), cells(out_spatial));
        let num_vars = out.layout.num_vars();
        let name = cx.node_name(node);
        let tensor = cx.column(&format!("{name}, M"), num_vars, Role::Value(cx.program.output_of(node)));
        let maximum = cx.b.whole(tensor);
        let elements = self.elements(spatial, out_spatial);
        let last = elements.len().saturating_sub(1);
        // Σ s = 1: the last selector is what the others leave
        let mut left = Affine::constant(1);
        // padded cells read 0, so that M lies in the hull of the range and 0
        let reach = out.hi.max(0) - out.lo.min(0);
        for (element, sources) in elements.iter().enumerate() {
            cx.reserve(node, n.saturating_mul(c).saturating_mul(windows))?;
            let mut entries = Vec::with_capacity(n * c * windows);
            for channel in 0..n * c {
                for (window, source) in sources.iter().enumerate() {
                    let cell = out.layout.cell_of(channel * windows + window);
                    entries.push((cell, channel * area + source.unwrap_or(0), 1));
                }
            }
            let own = cx.wire_cells(node, x, num_vars, entries)?;
            let difference = Affine::source(maximum).plus(-1, own);
            let span = |complement| Span::PoolDifference { node, element, complement };
            cx.within(&format!("{name}, M − x{element}"), num_vars, &difference, reach, [span(false), span(true)]);
            let selector = if element == last {
                left.clone()
            } else {
                let s = cx.column(&format!("{name}, s{element}"), num_vars, Role::Selector { node, element });
                let s = cx.b.whole(s);
                left = left.plus(-1, s);
                Affine::source(s)
            };
            cx.b.zerocheck(&format!("{name}, s{element}"), num_vars, vec![(selector, difference)]);
        }
        cx.make_tensor(tensor);
        Ok(())
    }
}
