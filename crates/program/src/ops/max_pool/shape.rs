//! Shape and range of a maximum over windows; the elements of each window.

use super::MaxPool;
use crate::layout::Layout;
use crate::ops::window::image;
use crate::ops::{Context, ShapeError, tensor_input};
use crate::program::{Class, Value};
use crate::tensor::cells;

impl MaxPool {
    pub(crate) fn shape(&self, cx: Context<'_>) -> Result<Value, ShapeError> {
        let x = tensor_input(cx, 0)?;
        let (n, c, spatial) = image(&x.shape)?;
        let out = self.window.out_shape(spatial)?;
        if self.window.fewest_inside(spatial, &out) == 0 {
            return Err("a window lies wholly in the padding");
        }
        if self.window.volume() > 256 {
            return Err("a window of more than 256 cells");
        }
        let shape: Vec<usize> = [n, c].into_iter().chain(out).collect();
        let layout = Layout::image(&shape, 1);
        Ok(Value { shape, lo: x.lo, hi: x.hi, class: Class::Tensor, layout, padding: (x.lo.min(0), x.hi.max(0)) })
    }

    /// For each offset, for each window, the cell that it reads: its own tap, or the window's first true one.
    #[must_use]
    pub fn elements(&self, spatial: &[usize], out: &[usize]) -> Vec<Vec<Option<usize>>> {
        let windows = cells(out);
        let mut first: Vec<Option<usize>> = vec![None; windows];
        let mut own: Vec<Vec<Option<usize>>> = vec![vec![None; windows]; self.window.volume()];
        for tap in self.window.taps(spatial, out) {
            if let Some(f) = first.get_mut(tap.out) {
                f.get_or_insert(tap.source);
            }
            if let Some(cell) = own.get_mut(tap.offset).and_then(|o| o.get_mut(tap.out)) {
                *cell = Some(tap.source);
            }
        }
        for offset in &mut own {
            for (cell, f) in offset.iter_mut().zip(&first) {
                *cell = cell.or(*f);
            }
        }
        own
    }
}
