//! The first index of the maximum along an axis of n cells.
//!
//! ```text
//! committed    M (one a row), selectors s (one a cell), the index
//! u(row,i) = sel(i)·M(row) − x'(row,i)      x' reads true cells only, 0 on padding
//! lookups      u − Σ_{j>i} s_j  in [0, hi − lo]        first index: a later selector needs a strictly smaller cell
//! zerochecks   s·(u + 1 − sel) = 0, s·(1 − s) = 0, Σ_i s = 1, index = Σ i·s_i
//! ```

mod relation;

use super::{Context, Operands, ShapeError, tensor_input};
use crate::layout::Layout;
use crate::program::{Class, Value};
use crate::tensor::{IntTensor, cells, ravel, unravel};

/// Argmax along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArgMax {
    /// Which axis.
    pub axis: usize,
    /// Keep it with length one.
    pub keepdims: bool,
}

impl ArgMax {
    pub(crate) fn shape(&self, cx: Context<'_>) -> Result<Value, ShapeError> {
        let x = tensor_input(cx, 0)?;
        let n = *x.shape.get(self.axis).ok_or("its axis does not exist")?;
        if n < 2 {
            return Err("an axis of one cell has no maximum to choose");
        }
        let mut shape = x.shape.clone();
        match self.keepdims {
            true => shape.iter_mut().skip(self.axis).take(1).for_each(|d| *d = 1),
            false => {
                shape.remove(self.axis);
            }
        }
        let hi = i64::try_from(n).map_err(|_| "the axis is too long")? - 1;
        let layout = Layout::separate(&self.rows(&x.shape));
        Ok(Value { shape, lo: 0, hi, class: Class::Tensor, layout, padding: (0, hi) })
    }

    /// The shape of the rows: the input's without its axis.
    #[must_use]
    pub fn rows(&self, shape: &[usize]) -> Vec<usize> {
        shape.iter().enumerate().filter(|(i, _)| *i != self.axis).map(|(_, d)| *d).collect()
    }

    /// The flat index of cell `i` of a row.
    #[must_use]
    pub fn cell(&self, shape: &[usize], row: usize, i: usize) -> usize {
        let mut index = unravel(row, &self.rows(shape));
        index.insert(self.axis.min(index.len()), i);
        ravel(&index, shape)
    }

    pub(crate) fn evaluate(&self, operands: Operands<'_>, out: &Value) -> IntTensor {
        let mut index = IntTensor::zeros(&out.shape);
        let Some(x) = operands.inputs.first() else { return index };
        let n = x.shape.get(self.axis).copied().unwrap_or(0);
        for (row, cell) in index.data.iter_mut().enumerate().take(cells(&self.rows(&x.shape))) {
            let mut best = 0;
            for i in 1..n {
                if x.at(self.cell(&x.shape, row, i)) > x.at(self.cell(&x.shape, row, best)) {
                    best = i;
                }
            }
            *cell = i64::try_from(best).unwrap_or(i64::MAX);
        }
        index
    }
}
