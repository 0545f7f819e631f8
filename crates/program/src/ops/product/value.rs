//! The integer meaning of a product of activations.

use super::Product;
use crate::ops::Operands;
use crate::program::Value;
use crate::tensor::{IntTensor, split};

impl Product {
    pub(crate) fn evaluate(&self, operands: Operands<'_>, out: &Value) -> IntTensor {
        let mut acc = IntTensor::zeros(&out.shape);
        let (Some(a), Some(b)) = (operands.inputs.first(), operands.inputs.get(1)) else { return acc };
        let ([.., m, k], [.., n]) = (a.shape.as_slice(), b.shape.as_slice()) else { return acc };
        for (index, cell) in acc.data.iter_mut().enumerate() {
            let (row, j) = split(index, *n);
            let (lead, i) = split(row, *m);
            *cell = (0..*k).map(|t| a.at((lead * m + i) * k + t) * b.at((lead * k + t) * n + j)).sum();
        }
        acc
    }
}
