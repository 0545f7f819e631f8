//! Shape and range of a sum over windows.

use super::{Divisor, SumPool};
use crate::layout::Layout;
use crate::ops::window::image;
use crate::ops::{Context, ShapeError, accumulator, tensor_input, times, with_zero};
use crate::program::Value;

impl SumPool {
    pub(crate) fn shape(&self, cx: Context<'_>) -> Result<Value, ShapeError> {
        let x = tensor_input(cx, 0)?;
        let (n, c, spatial) = image(&x.shape)?;
        let out = self.window.out_shape(spatial)?;
        if self.fraction_bits > 30 || (self.divisor == Divisor::None && self.fraction_bits != 0) {
            return Err("a mean has at most 30 fraction bits, a sum has none");
        }
        // μ falls with the number of cells that it divides by
        let fewest = self.window.fewest_inside(spatial, &out);
        let largest = self.weight(i64::try_from(fewest).unwrap_or(i64::MAX));
        let (lo, hi) = times(with_zero(x.lo, x.hi), self.window.volume());
        let shape: Vec<usize> = [n, c].into_iter().chain(out).collect();
        let layout = Layout::image(&shape, 1);
        accumulator(shape, layout, (lo * i128::from(largest), hi * i128::from(largest)), (0, 0))
    }
}
