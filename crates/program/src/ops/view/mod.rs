//! Views: the cells of a tensor in another order. Nothing is committed; a wiring moves claims to the tensor behind.

use super::{Context, Operands, ShapeError, tensor_input};
use crate::layout::Layout;
use crate::program::{Class, Value};
use crate::tensor::{IntTensor, cells, ravel, unravel};

/// Row-major reshape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reshape {
    /// The new shape.
    pub shape: Vec<usize>,
}

/// Axis `i` of the output is axis `perm[i]` of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transpose {
    /// The permutation.
    pub perm: Vec<usize>,
}

fn view(x: &Value, shape: Vec<usize>) -> Value {
    let layout = if shape.len() >= 4 { Layout::image(&shape, 1) } else { Layout::separate(&shape) };
    Value { shape, lo: x.lo, hi: x.hi, class: Class::View, layout, padding: (x.lo.min(0), x.hi.max(0)) }
}

impl Reshape {
    pub(crate) fn shape(&self, cx: Context<'_>) -> Result<Value, ShapeError> {
        let x = tensor_input(cx, 0)?;
        if cells(&self.shape) != cells(&x.shape) {
            return Err("the new shape has another number of cells");
        }
        Ok(view(x, self.shape.clone()))
    }

    pub(crate) fn evaluate(&self, operands: Operands<'_>) -> IntTensor {
        let data = operands.inputs.first().map(|x| x.data.clone()).unwrap_or_default();
        IntTensor { shape: self.shape.clone(), data }
    }
}

impl Transpose {
    pub(crate) fn shape(&self, cx: Context<'_>) -> Result<Value, ShapeError> {
        let x = tensor_input(cx, 0)?;
        let mut sorted = self.perm.clone();
        sorted.sort_unstable();
        if sorted != (0..x.shape.len()).collect::<Vec<_>>() {
            return Err("the permutation does not name every axis once");
        }
        let shape = self.perm.iter().map(|p| x.shape.get(*p).copied().unwrap_or(1)).collect();
        Ok(view(x, shape))
    }

    /// The input's flat index of a flat index of the output.
    #[must_use]
    pub fn source(&self, flat: usize, input: &[usize]) -> usize {
        let shape: Vec<usize> = self.perm.iter().map(|p| input.get(*p).copied().unwrap_or(1)).collect();
        let mut index = vec![0; input.len()];
        for (i, p) in unravel(flat, &shape).into_iter().zip(&self.perm) {
            if let Some(slot) = index.get_mut(*p) {
                *slot = i;
            }
        }
        ravel(&index, input)
    }

    pub(crate) fn evaluate(&self, operands: Operands<'_>, out: &Value) -> IntTensor {
        let Some(x) = operands.inputs.first() else { return IntTensor::default() };
        let data = (0..x.data.len()).map(|flat| x.at(self.source(flat, &x.shape))).collect();
        IntTensor { shape: out.shape.clone(), data }
    }
}
