//! Shape and range of a convolution.

use super::Conv;
use crate::layout::Layout;
use crate::ops::window::image;
use crate::ops::{Context, ShapeError, accumulator, product_range, tensor_input, times, with_zero};
use crate::program::Value;
use crate::tensor::split;

impl Conv {
    pub(crate) fn shape(&self, cx: Context<'_>) -> Result<Value, ShapeError> {
        let x = tensor_input(cx, 0)?;
        let weight = cx.parameters.get(self.weight.0 as usize).ok_or("its weights do not exist")?;
        let (n, c, spatial) = image(&x.shape)?;
        let [m, c_in, kernel @ ..] = weight.shape.as_slice() else {
            return Err("weights must be [M, C/groups, kernel…]");
        };
        let groups = self.groups;
        let whole = groups > 0 && c.is_multiple_of(groups) && m.is_multiple_of(groups);
        if !whole || split(c, groups).0 != *c_in || kernel != self.window.kernel {
            return Err("weights, groups and input channels do not fit");
        }
        let out = self.window.out_shape(spatial)?;
        let (w_lo, w_hi) = weight.range();
        let product = product_range((w_lo.into(), w_hi.into()), with_zero(x.lo, x.hi));
        let (mut lo, mut hi) = times(product, c_in * self.window.volume());
        // the bias is broadcast along padded axes, and 0 beyond its own
        let mut padding = (0, 0);
        if let Some(id) = self.bias {
            let bias = cx.parameters.get(id.0 as usize).ok_or("its bias does not exist")?;
            if bias.shape != [*m] {
                return Err("the bias must have one value for each output channel");
            }
            let (b_lo, b_hi) = bias.range();
            lo += i128::from(b_lo);
            hi += i128::from(b_hi);
            padding = (b_lo.into(), b_hi.into());
        }
        let shape: Vec<usize> = [n, *m].into_iter().chain(out).collect();
        let layout = Layout::image(&shape, groups);
        accumulator(shape, layout, (lo, hi), padding)
    }
}
