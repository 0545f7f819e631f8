//! The integer meaning of a convolution.

use super::Conv;
use crate::ops::Operands;
use crate::program::Value;
use crate::tensor::{IntTensor, cells};

impl Conv {
    pub(crate) fn evaluate(&self, operands: Operands<'_>, out: &Value) -> IntTensor {
        let mut acc = IntTensor::zeros(&out.shape);
        let (Some(x), Some(w)) = (operands.inputs.first(), operands.parameters.get(self.weight.0 as usize)) else {
            return acc;
        };
        let ([_, c, spatial @ ..], [_, m, out_spatial @ ..]) = (x.shape.as_slice(), out.shape.as_slice()) else {
            return acc;
        };
        let bias = self.bias.and_then(|b| operands.parameters.get(b.0 as usize));
        let (area, out_area, volume) = (cells(spatial), cells(out_spatial), self.window.volume());
        let (per_group, out_per_group) = (c / self.groups.max(1), m / self.groups.max(1));
        let taps = self.window.taps(spatial, out_spatial);
        for (index, cell) in acc.data.iter_mut().enumerate() {
            *cell = bias.map_or(0, |b| b.at(index / out_area % m));
        }
        for image in 0..x.data.len() / (c * area) {
            for o in 0..*m {
                for i in 0..per_group {
                    let channel = o / out_per_group * per_group + i;
                    for tap in &taps {
                        let weight = w.at((o * per_group + i) * volume + tap.offset);
                        let at = (image * m + o) * out_area + tap.out;
                        if let Some(cell) = acc.data.get_mut(at) {
                            *cell += weight * x.at((image * c + channel) * area + tap.source);
                        }
                    }
                }
            }
        }
        acc
    }
}
