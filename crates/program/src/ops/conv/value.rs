//! The integer meaning of a convolution.

use super::Conv;
use crate::ops::Operands;
use crate::program::Value;
use crate::tensor::{IntTensor, cells, split};

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
        let (per_group, out_per_group) = (split(*c, self.groups).0, split(*m, self.groups).0);
        let taps = self.window.taps(spatial, out_spatial);
        for (index, cell) in acc.data.iter_mut().enumerate() {
            *cell = bias.map_or(0, |b| b.at(split(split(index, out_area).0, *m).1));
        }
        for image in 0..split(x.data.len(), c * area).0 {
            for o in 0..*m {
                for i in 0..per_group {
                    let channel = split(o, out_per_group).0 * per_group + i;
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
