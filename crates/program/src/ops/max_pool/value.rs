//! The integer meaning of a maximum over windows.

use super::MaxPool;
use crate::ops::Operands;
use crate::program::Value;
use crate::tensor::{IntTensor, cells};

impl MaxPool {
    pub(crate) fn evaluate(&self, operands: Operands<'_>, out: &Value) -> IntTensor {
        let mut max = IntTensor::zeros(&out.shape);
        max.data.fill(i64::MIN);
        let Some(x) = operands.inputs.first() else { return max };
        let ([_, _, spatial @ ..], [n, c, out_spatial @ ..]) = (x.shape.as_slice(), out.shape.as_slice()) else {
            return max;
        };
        let (area, windows) = (cells(spatial), cells(out_spatial));
        let taps = self.window.taps(spatial, out_spatial);
        for channel in 0..n * c {
            for tap in &taps {
                if let Some(cell) = max.data.get_mut(channel * windows + tap.out) {
                    *cell = (*cell).max(x.at(channel * area + tap.source));
                }
            }
        }
        max
    }
}
