//! A function of one tensor: `y = table[x]`.
//!
//! ```text
//! committed   y         lookups   (x, y) is a row of the table, on padded cells too
//! ```

mod relation;

use super::{Context, Operands, ShapeError};
use crate::program::{Class, FunctionTableId, Value};
use crate::tensor::IntTensor;

/// Reads a public table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// Which table.
    pub table: FunctionTableId,
}

impl Lookup {
    pub(crate) fn shape(&self, cx: Context<'_>) -> Result<Value, ShapeError> {
        let x = cx.inputs.first().ok_or("an input is missing")?;
        let table = cx.tables.get(self.table.0 as usize).ok_or("its table does not exist")?;
        if x.class != Class::Tensor {
            return Err("only a committed tensor is looked up: put the look-up before reshapes");
        }
        let last = table.first_key + i64::try_from(table.outputs.len()).unwrap_or(0) - 1;
        // padding may hold 0
        let (lo, hi) = if x.layout.is_padded() { (x.lo.min(0), x.hi.max(0)) } else { (x.lo, x.hi) };
        if lo < table.first_key || hi > last {
            return Err("the input's declared range leaves the table's keys");
        }
        let lo = table.outputs.iter().min().copied().unwrap_or(0);
        let hi = table.outputs.iter().max().copied().unwrap_or(0);
        let padding = (lo.min(0), hi.max(0));
        Ok(Value { shape: x.shape.clone(), lo, hi, class: Class::Tensor, layout: x.layout.clone(), padding })
    }

    pub(crate) fn evaluate(&self, operands: Operands<'_>) -> IntTensor {
        let (Some(x), Some(table)) = (operands.inputs.first(), operands.tables.get(self.table.0 as usize)) else {
            return IntTensor::default();
        };
        let row = |key: &i64| usize::try_from(key - table.first_key).ok().and_then(|r| table.outputs.get(r)).copied();
        IntTensor { shape: x.shape.clone(), data: x.data.iter().map(|k| row(k).unwrap_or(0)).collect() }
    }
}
