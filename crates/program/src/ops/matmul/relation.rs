//! The relation of a product with a committed matrix: one inner product over the last axis.

use super::MatMul;
use crate::layout::Layout;
use crate::lower::{LowerError, Lowering};
use intaglio_argument::system::{Affine, Coord, Inner, Operand, OperandCoord};

impl MatMul {
    pub(crate) fn relate(&self, cx: &mut Lowering<'_>, node: usize) -> Result<(), LowerError> {
        use OperandCoord::{Out, Summed};
        let out = cx.output_value(node);
        let x = cx.node_input(node, 0);
        let domain = Layout::separate(&cx.program.value(x).map(|v| v.shape.clone()).unwrap_or_default());
        let view = cx.read_value(node, x, &domain)?;
        let num_vars = out.layout.num_vars();
        let columns = out.layout.axis_vars().last().copied().unwrap_or(0);
        let rows = num_vars - columns;
        let summed = domain.num_vars() - rows;
        let weight = cx.parameter(self.weight);
        let weight = cx.b.whole(weight);
        let inner = Inner {
            summed,
            shared: vec![],
            left: Operand {
                source: weight,
                coords: (rows..num_vars).map(Out).chain((0..summed).map(Summed)).collect(),
            },
            right: Operand { source: view, coords: (0..rows).map(Out).chain((0..summed).map(Summed)).collect() },
        };
        let product = cx.b.inner(&format!("{}, Σ W·x", cx.node_name(node)), num_vars, inner);
        cx.out.inner.push((product, node));
        let mut acc = Affine::source(product);
        if let Some(bias) = self.bias {
            let tensor = cx.parameter(bias);
            let coords = (rows..num_vars).map(Coord::Var).collect();
            let bias = cx.b.read(&format!("{}, bias", cx.node_name(node)), num_vars, tensor, coords);
            acc = acc.plus(1, bias);
        }
        cx.make_accumulator(acc);
        Ok(())
    }
}
