//! The integer meaning of a product with a committed matrix.

use super::MatMul;
use crate::ops::Operands;
use crate::program::Value;
use crate::tensor::{IntTensor, split};

impl MatMul {
    pub(crate) fn evaluate(&self, operands: Operands<'_>, out: &Value) -> IntTensor {
        let mut acc = IntTensor::zeros(&out.shape);
        let (Some(x), Some(w)) = (operands.inputs.first(), operands.parameters.get(self.weight.0 as usize)) else {
            return acc;
        };
        let [o, k] = w.shape.as_slice() else { return acc };
        let bias = self.bias.and_then(|b| operands.parameters.get(b.0 as usize));
        for (index, cell) in acc.data.iter_mut().enumerate() {
            let (row, column) = split(index, *o);
            let sum: i64 = (0..*k).map(|i| w.at(column * k + i) * x.at(row * k + i)).sum();
            *cell = sum + bias.map_or(0, |b| b.at(column));
        }
        acc
    }
}
