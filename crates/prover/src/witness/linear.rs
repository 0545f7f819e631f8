//! Linear maps with their weights packed: exact in double precision by the accumulator's declared bound, at most 2^52.

use super::copy::Copy;
use intaglio_algebra::kernels::doubles::{matrix_vector, shifted_product};
use intaglio_program::ops::conv::Conv;
use intaglio_program::tensor::{IntTensor, cells, unravel};
use zeroize::Zeroize;

/// Weights of one row of inputs; narrow ones take a quarter of the memory.
enum Rows {
    Narrow(Vec<i16>),
    Wide(Vec<f64>),
}

/// `x·Wᵀ` for inputs `[rows, K]` and weights `[O, K]`.
pub(super) struct Matrix {
    /// As given, for one row of inputs; transposed `[K, O]` for several.
    weights: Rows,
    rows: usize,
    inner: usize,
    outputs: usize,
    offsets: Vec<usize>,
}

impl Matrix {
    pub(super) fn new(weights: &IntTensor, rows: usize) -> Self {
        let (outputs, inner) = (weights.shape[0], weights.shape[1]);
        let packed = match rows {
            1 => match weights.data.iter().map(|w| i16::try_from(*w)).collect() {
                Ok(narrow) => Rows::Narrow(narrow),
                Err(_) => Rows::Wide(weights.data.iter().map(|w| *w as f64).collect()),
            },
            _ => Rows::Wide(
                (0..inner * outputs).map(|at| weights.data[at % outputs * inner + at / outputs] as f64).collect(),
            ),
        };
        Self { weights: packed, rows, inner, outputs, offsets: (0..inner).map(|k| k * outputs).collect() }
    }

    pub(super) fn multiplications(&self) -> usize {
        self.rows * self.inner * self.outputs
    }

    /// Row-major sums from row-major inputs.
    pub(super) fn apply(&self, x: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.rows * self.outputs];
        match &self.weights {
            Rows::Narrow(w) => matrix_vector(w, x, &mut out),
            Rows::Wide(w) if self.rows == 1 => matrix_vector(w, x, &mut out),
            Rows::Wide(w) => shifted_product(x, w, &self.offsets, x.len() / self.inner, &mut out),
        }
        out
    }
}

impl Drop for Matrix {
    fn drop(&mut self) {
        match &mut self.weights {
            Rows::Narrow(w) => w.zeroize(),
            Rows::Wide(w) => w.zeroize(),
        }
    }
}

/// Products of two activations `[lead, m, k]` and `[lead, k, n]`.
pub(super) fn product(a: &[f64], b: &[f64], (lead, m, k, n): (usize, usize, usize, usize)) -> Vec<f64> {
    let offsets: Vec<usize> = (0..k).map(|t| t * n).collect();
    let mut out = vec![0.0; lead * m * n];
    for (i, out) in out.chunks_mut((m * n).max(1)).enumerate() {
        shifted_product(&a[i * m * k..][..m * k], &b[i * k * n..][..k * n], &offsets, m, out);
    }
    out
}

/// A convolution as one product over shifted rows.
///
/// Each channel of the padded image is stored by phase: position `p` of an axis with stride `t` is place `p / t` of phase
/// `p mod t`. A kernel tap is then one shift, for every stride and dilation, and nothing is copied per tap.
pub(super) struct Convolution {
    weights: Vec<f64>,
    /// Where each `(input channel, tap)` of a group starts.
    offsets: Vec<usize>,
    /// From the row-major cells of one channel into its padded plane.
    fill: Copy,
    /// From the product's columns to the row-major cells of one output channel.
    windows: Copy,
    /// Cells of one padded plane with all phases.
    plane: usize,
    /// Columns of the product.
    columns: usize,
    /// Cells of one channel, in and out.
    area: (usize, usize),
    /// Images, groups, input and output channels of a group.
    sizes: [usize; 4],
}

impl Convolution {
    pub(super) fn new(op: &Conv, weights: &IntTensor, input: &[usize], output: &[usize]) -> Self {
        let (window, spatial, out) = (&op.window, &input[2..], &output[2..]);
        let axes = spatial.len();
        // places of one phase along each axis: enough for each window's last tap, and for the image itself
        let places: Vec<usize> = (0..axes)
            .map(|i| {
                let stride = window.strides[i];
                let image = (spatial[i] + window.pads[i]).div_ceil(stride);
                image.max(out[i] + (window.kernel[i] - 1) * window.dilations[i] / stride)
            })
            .collect();
        let phases: Vec<usize> = window.strides.clone();
        let (phase, planes) = (cells(&places), cells(&phases));
        let place_of = |position: &[usize]| {
            let mut at = (0, 0);
            for i in 0..axes {
                at.0 = at.0 * phases[i] + position[i] % phases[i];
                at.1 = at.1 * places[i] + position[i] / phases[i];
            }
            at.0 * phase + at.1
        };
        let area = (cells(spatial), cells(out));
        let fill = Copy::new((0..area.0).map(|flat| {
            let padded: Vec<usize> = unravel(flat, spatial).iter().zip(&window.pads).map(|(x, p)| x + p).collect();
            (flat, place_of(&padded))
        }));
        let column = |s: usize| unravel(s, out).iter().zip(&places).fold(0, |at, (x, n)| at * n + x);
        let (m, c) = (weights.shape[0] / op.groups, weights.shape[1]);
        let offsets = (0..c * window.volume())
            .map(|row| {
                let tap = unravel(row % window.volume(), &window.kernel);
                let shift: Vec<usize> = tap.iter().zip(&window.dilations).map(|(k, d)| k * d).collect();
                row / window.volume() * phase * planes + place_of(&shift)
            })
            .collect();
        Self {
            weights: weights.data.iter().map(|w| *w as f64).collect(),
            offsets,
            fill,
            windows: Copy::new((0..area.1).map(|s| (column(s), s))),
            plane: phase * planes,
            columns: column(area.1 - 1) + 1,
            area,
            sizes: [input[0], op.groups, c, m],
        }
    }

    pub(super) fn multiplications(&self) -> usize {
        self.sizes[0] * self.weights.len() * self.columns
    }

    /// Row-major sums from row-major cells.
    pub(super) fn apply(&self, x: &[i64]) -> Vec<i64> {
        let [images, groups, c, m] = self.sizes;
        let mut out = vec![0; images * groups * m * self.area.1];
        let mut padded = vec![0.0; c * self.plane];
        let mut sums = vec![0.0; m * self.columns];
        let blocks = out.chunks_mut(m * self.area.1).zip(x.chunks(c * self.area.0)).enumerate();
        for (block, (out, x)) in blocks {
            for (plane, channel) in padded.chunks_mut(self.plane).zip(x.chunks(self.area.0)) {
                self.fill.apply(channel, plane, |t, s| *t = *s as f64);
            }
            let depth = self.offsets.len();
            let weights = &self.weights[block % groups * m * depth..][..m * depth];
            shifted_product(weights, &padded, &self.offsets, m, &mut sums);
            for (out, sums) in out.chunks_mut(self.area.1).zip(sums.chunks(self.columns)) {
                self.windows.apply(sums, out, |t, s| *t = *s as i64);
            }
        }
        out
    }
}

impl Drop for Convolution {
    fn drop(&mut self) {
        self.weights.zeroize();
    }
}

/// Integers as doubles, exact below 2^53.
pub(super) fn doubles(cells: &[i64]) -> Vec<f64> {
    cells.iter().map(|v| *v as f64).collect()
}

/// Doubles that hold integers, as integers.
pub(super) fn integers(cells: &[f64]) -> Vec<i64> {
    cells.iter().map(|v| *v as i64).collect()
}
