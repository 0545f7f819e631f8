//! The integer meaning of a sum over windows.

use super::SumPool;
use crate::ops::Operands;
use crate::program::Value;
use crate::tensor::{IntTensor, cells};

impl SumPool {
    pub(crate) fn evaluate(&self, operands: Operands<'_>, out: &Value) -> IntTensor {
        let mut acc = IntTensor::zeros(&out.shape);
        let Some(x) = operands.inputs.first() else { return acc };
        let ([_, _, spatial @ ..], [n, c, out_spatial @ ..]) = (x.shape.as_slice(), out.shape.as_slice()) else {
            return acc;
        };
        let (area, windows) = (cells(spatial), cells(out_spatial));
        let taps = self.window.taps(spatial, out_spatial);
        let weights = self.weights(&taps, windows);
        for channel in 0..n * c {
            for tap in &taps {
                let weight = weights.get(tap.out).copied().unwrap_or(0);
                if let Some(cell) = acc.data.get_mut(channel * windows + tap.out) {
                    *cell += weight * x.at(channel * area + tap.source);
                }
            }
        }
        acc
    }
}
