//! The integer meaning of a requantisation.

use super::Requantise;
use crate::ops::Operands;
use crate::tensor::IntTensor;

impl Requantise {
    pub(crate) fn evaluate(&self, operands: Operands<'_>) -> IntTensor {
        let Some(acc) = operands.inputs.first() else { return IntTensor::default() };
        let data = acc.data.iter().map(|a| self.quotient(*a).clamp(self.lo, self.hi)).collect();
        IntTensor { shape: acc.shape.clone(), data }
    }
}
