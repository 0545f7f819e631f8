//! Sliding windows over the spatial axes: convolution and pooling share them.

use super::ShapeError;
use crate::tensor::{cells, ravel, split, unravel};

/// A window: one length for each spatial axis in every list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Lengths.
    pub kernel: Vec<usize>,
    /// Steps.
    pub strides: Vec<usize>,
    /// Padding before each axis, then after each.
    pub pads: Vec<usize>,
    /// Distances between taps.
    pub dilations: Vec<usize>,
    /// Round the number of windows up instead of down; no window starts in the padding behind the tensor.
    pub ceil: bool,
}

/// One tap: window `out` reads cell `source` at kernel offset `offset`, all flat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tap {
    /// Which window.
    pub out: usize,
    /// Which offset in the kernel.
    pub offset: usize,
    /// Which cell of the tensor.
    pub source: usize,
}

/// Most taps of one operator: bounds the public polynomial that a verifier evaluates.
pub const MAX_TAPS: usize = 1 << 22;

impl Window {
    /// Number of offsets.
    #[must_use]
    pub fn volume(&self) -> usize {
        cells(&self.kernel)
    }

    /// The spatial shape of the output.
    ///
    /// # Errors
    ///
    /// What does not fit.
    pub fn out_shape(&self, spatial: &[usize]) -> Result<Vec<usize>, ShapeError> {
        let n = spatial.len();
        let fits =
            self.kernel.len() == n && self.strides.len() == n && self.dilations.len() == n && self.pads.len() == 2 * n;
        if !fits {
            return Err("kernel, strides, pads and dilations must name every spatial axis");
        }
        let positive = |v: &[usize]| v.iter().all(|x| *x > 0 && *x < 1 << 20);
        if !positive(&self.kernel)
            || !positive(&self.strides)
            || !positive(&self.dilations)
            || self.pads.iter().any(|p| *p >= 1 << 20)
        {
            return Err("kernel, strides and dilations must be positive");
        }
        let mut out = Vec::with_capacity(n);
        for axis in 0..n {
            let get = |v: &[usize], i: usize| v.get(i).copied().unwrap_or(0);
            let (before, after) = (get(&self.pads, axis), get(&self.pads, n + axis));
            let reach = get(&self.dilations, axis) * (get(&self.kernel, axis) - 1) + 1;
            let (input, stride) = (get(spatial, axis), get(&self.strides, axis));
            let span =
                (input + before + after).checked_sub(reach).ok_or("the window is larger than its padded input")?;
            let mut count = if self.ceil { span.div_ceil(stride.max(1)) + 1 } else { split(span, stride).0 + 1 };
            if self.ceil && (count - 1) * stride >= input + before {
                count -= 1;
            }
            out.push(count);
        }
        if cells(&out).saturating_mul(self.volume()) > MAX_TAPS {
            return Err("more than 2^22 taps in one window operator");
        }
        Ok(out)
    }

    /// All taps that lie inside the tensor, by window, then by offset.
    #[must_use]
    pub fn taps(&self, spatial: &[usize], out: &[usize]) -> Vec<Tap> {
        let mut taps = Vec::new();
        for window in 0..cells(out) {
            let at = unravel(window, out);
            for offset in 0..self.volume() {
                let k = unravel(offset, &self.kernel);
                let source: Option<Vec<usize>> = (0..spatial.len())
                    .map(|axis| {
                        let get = |v: &[usize]| v.get(axis).copied().unwrap_or(0);
                        let position = get(&at) * get(&self.strides) + get(&k) * get(&self.dilations);
                        position.checked_sub(get(&self.pads)).filter(|p| *p < get(spatial))
                    })
                    .collect();
                if let Some(source) = source {
                    taps.push(Tap { out: window, offset, source: ravel(&source, spatial) });
                }
            }
        }
        taps
    }
}

/// The channels and the spatial shape of `[N, C, …]`.
pub(crate) fn image(shape: &[usize]) -> Result<(usize, usize, &[usize]), ShapeError> {
    match shape {
        [n, c, spatial @ ..] if !spatial.is_empty() && spatial.len() <= 3 => Ok((*n, *c, spatial)),
        _ => Err("the input must be [N, C, spatial…] with one to three spatial axes"),
    }
}
