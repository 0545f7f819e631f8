//! Shape and range of a product with a committed matrix.

use super::MatMul;
use crate::layout::Layout;
use crate::ops::{Context, ShapeError, accumulator, product_range, tensor_input, times, with_zero};
use crate::program::Value;

impl MatMul {
    pub(crate) fn shape(&self, cx: Context<'_>) -> Result<Value, ShapeError> {
        let x = tensor_input(cx, 0)?;
        let weight = cx.parameters.get(self.weight.0 as usize).ok_or("its weights do not exist")?;
        let ([rows @ .., k], [o, inner]) = (x.shape.as_slice(), weight.shape.as_slice()) else {
            return Err("the input needs an axis, the weights must be [O, K]");
        };
        if k != inner {
            return Err("the last axis of the input is not the inner axis of the weights");
        }
        let (w_lo, w_hi) = weight.range();
        let product = product_range((w_lo.into(), w_hi.into()), with_zero(x.lo, x.hi));
        let (mut lo, mut hi) = times(product, *k);
        // the bias is broadcast along padded axes, and 0 beyond its own
        let mut padding = (0, 0);
        if let Some(id) = self.bias {
            let bias = cx.parameters.get(id.0 as usize).ok_or("its bias does not exist")?;
            if bias.shape != [*o] {
                return Err("the bias must have one value for each output");
            }
            let (b_lo, b_hi) = bias.range();
            lo += i128::from(b_lo);
            hi += i128::from(b_hi);
            padding = (b_lo.into(), b_hi.into());
        }
        let shape: Vec<usize> = rows.iter().copied().chain([*o]).collect();
        let layout = Layout::separate(&shape);
        accumulator(shape, layout, (lo, hi), padding)
    }
}
