//! Sliding windows over the spatial axes: convolution and pooling share them.

use super::ShapeError;
use crate::tensor::{cells, split};

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

    /// Least number of taps inside the tensor, over all windows.
    #[must_use]
    pub fn fewest_inside(&self, spatial: &[usize], out: &[usize]) -> usize {
        let axes = spatial.iter().zip(out).enumerate();
        // the taps of a window are a product over the axes, and so is the least number
        axes.map(|(axis, (len, count))| (0..*count).map(|at| self.inside(axis, at, *len)).min().unwrap_or(0)).product()
    }

    /// How many offsets along an axis of `len` cells lie inside, for the window at `at`: those `k` below the kernel with
    /// `pad ≤ at·stride + k·dilation < pad + len`.
    fn inside(&self, axis: usize, at: usize, len: usize) -> usize {
        let get = |v: &[usize]| v.get(axis).copied().unwrap_or(1);
        let (start, pad, step) = (at.saturating_mul(get(&self.strides)), get(&self.pads), get(&self.dilations).max(1));
        let below = |end: usize| end.saturating_sub(start).div_ceil(step).min(get(&self.kernel));
        below(pad.saturating_add(len)) - below(pad)
    }

    /// The tensor's index that each offset of each window reads along one axis, none outside; by window, then offset.
    fn along(&self, axis: usize, len: usize, count: usize) -> Vec<Option<usize>> {
        let get = |v: &[usize]| v.get(axis).copied().unwrap_or(0);
        let position = |at: usize, k: usize| at * get(&self.strides) + k * get(&self.dilations);
        let inside = |p: usize| p.checked_sub(get(&self.pads)).filter(|p| *p < len);
        (0..count).flat_map(|at| (0..get(&self.kernel)).map(move |k| inside(position(at, k)))).collect()
    }

    /// All taps that lie inside the tensor, by window, then by offset.
    #[must_use]
    pub fn taps(&self, spatial: &[usize], out: &[usize]) -> Vec<Tap> {
        let axes: Vec<(usize, usize, usize, Vec<Option<usize>>)> = spatial
            .iter()
            .zip(out)
            .zip(&self.kernel)
            .enumerate()
            .map(|(axis, ((len, count), kernel))| (*len, *count, *kernel, self.along(axis, *len, *count)))
            .collect();
        let volume = self.volume();
        let mut taps = Vec::new();
        for window in 0..cells(out) {
            for offset in 0..volume {
                // digits of window and offset from the last axis on, and the cell that they reach
                let (mut at, mut k, mut source, mut area) = (window, offset, Some(0), 1);
                for (len, count, kernel, table) in axes.iter().rev() {
                    let ((rest, own), (other, step)) = (split(at, *count), split(k, *kernel));
                    let index = table.get(own * kernel + step).copied().flatten();
                    source = source.zip(index).map(|(source, index)| source + index * area);
                    (at, k, area) = (rest, other, area * len);
                }
                if let Some(source) = source {
                    taps.push(Tap { out: window, offset, source });
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

#[cfg(test)]
mod tests {
    use super::Window;

    /// Every window of one axis up to a size, against the definition.
    #[test]
    fn taps_are_the_positions_inside() {
        let (mut windows, mut empty) = (0, 0);
        for code in 0..6 * 4 * 3 * 3 * 3 * 3usize {
            let digit = |weight: usize, base: usize| code / weight % base;
            let (len, kernel) = (1 + digit(1, 6), 1 + digit(6, 4));
            let (stride, dilation) = (1 + digit(24, 3), 1 + digit(72, 3));
            let pads = vec![digit(216, 3), digit(648, 3)];
            let window =
                Window { kernel: vec![kernel], strides: vec![stride], pads, dilations: vec![dilation], ceil: false };
            let Ok(out) = window.out_shape(&[len]) else { continue };
            let inside =
                |s: usize, k: usize| (s * stride + k * dilation).checked_sub(window.pads[0]).filter(|p| *p < len);
            let naive: Vec<_> = (0..out[0])
                .flat_map(|s| (0..kernel).map(move |k| (s, k)))
                .filter_map(|(s, k)| Some((s, k, inside(s, k)?)))
                .collect();
            let taps: Vec<_> = window.taps(&[len], &out).iter().map(|t| (t.out, t.offset, t.source)).collect();
            assert_eq!(taps, naive, "{window:?} on {len}");
            let fewest = (0..out[0]).map(|s| naive.iter().filter(|tap| tap.0 == s).count()).min().unwrap();
            assert_eq!(window.fewest_inside(&[len], &out), fewest, "{window:?} on {len}");
            windows += out[0];
            empty += usize::from(fewest == 0);
        }
        assert!(windows > 3000 && empty > 50, "{windows} windows, {empty} with none inside");
    }
}
