//! The integer meaning of a weighted sum.

use super::Add;
use crate::ops::Operands;
use crate::program::Value;
use crate::tensor::{IntTensor, broadcast_index, unravel};

impl Add {
    pub(crate) fn evaluate(&self, operands: Operands<'_>, out: &Value) -> IntTensor {
        let mut acc = IntTensor::zeros(&out.shape);
        let inputs = operands.inputs.iter().copied().zip(self.coefficients.iter().copied());
        let parameters =
            self.parameters.iter().filter_map(|(id, c)| operands.parameters.get(id.0 as usize).map(|p| (p, *c)));
        let terms: Vec<(&IntTensor, i64)> = inputs.chain(parameters).collect();
        for (index, cell) in acc.data.iter_mut().enumerate() {
            let at = unravel(index, &out.shape);
            *cell = self.constant + terms.iter().map(|(x, c)| c * x.at(broadcast_index(&at, &x.shape))).sum::<i64>();
        }
        acc
    }
}
