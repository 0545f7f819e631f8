//! Shape and range of a product of activations.

use super::Product;
use crate::layout::Layout;
use crate::ops::{Context, ShapeError, accumulator, product_range, tensor_input, times, with_zero};
use crate::program::Value;

impl Product {
    pub(crate) fn shape(&self, cx: Context<'_>) -> Result<Value, ShapeError> {
        let (a, b) = (tensor_input(cx, 0)?, tensor_input(cx, 1)?);
        let ([lead_a @ .., m, k], [lead_b @ .., inner, n]) = (a.shape.as_slice(), b.shape.as_slice()) else {
            return Err("both factors need two axes");
        };
        if k != inner || lead_a != lead_b {
            return Err("inner or leading axes of the factors differ");
        }
        let range = times(product_range(with_zero(a.lo, a.hi), with_zero(b.lo, b.hi)), *k);
        let shape: Vec<usize> = lead_a.iter().chain([m, n]).copied().collect();
        let layout = Layout::separate(&shape);
        accumulator(shape, layout, range, (0, 0))
    }
}
