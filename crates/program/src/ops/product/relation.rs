//! The relation of a product of activations: one inner product, the leading axes shared.

use super::Product;
use crate::layout::{Layout, vars_for};
use crate::lower::{LowerError, Lowering};
use intaglio_argument::system::{Affine, Inner, Operand, OperandCoord};

impl Product {
    pub(crate) fn relate(&self, cx: &mut Lowering<'_>, node: usize) -> Result<(), LowerError> {
        use OperandCoord::{Out, Shared, Summed};
        let out = cx.output_value(node);
        let (a, b) = (cx.node_input(node, 0), cx.node_input(node, 1));
        let shape = |id| cx.program.value(id).map(|v| v.shape.clone()).unwrap_or_default();
        let (shape_a, shape_b) = (shape(a), shape(b));
        let (Some(k), Some(n)) = (shape_a.last(), shape_b.last()) else { return Ok(()) };
        let (summed, columns) = (vars_for(*k), vars_for(*n));
        let num_vars = out.layout.num_vars();
        let rows = shape_a.iter().rev().nth(1).map_or(0, |m| vars_for(*m));
        let shared = num_vars - rows - columns;
        // both are read through true cells: the summed axis is zero on its padding in either factor
        let left = cx.read_value(node, a, &Layout::separate(&shape_a))?;
        let right = cx.read_value(node, b, &Layout::separate(&shape_b))?;
        let inner = Inner {
            summed,
            shared: (0..shared).collect(),
            left: Operand {
                source: left,
                coords: (0..shared)
                    .map(Shared)
                    .chain((shared..shared + rows).map(Out))
                    .chain((0..summed).map(Summed))
                    .collect(),
            },
            right: Operand {
                source: right,
                coords: (0..shared)
                    .map(Shared)
                    .chain((0..summed).map(Summed))
                    .chain((shared + rows..num_vars).map(Out))
                    .collect(),
            },
        };
        let product = cx.b.inner(&format!("{}, a·b", cx.node_name(node)), num_vars, inner);
        cx.out.inner.push((product, node));
        cx.make_accumulator(Affine::source(product));
        Ok(())
    }
}
