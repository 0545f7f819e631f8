//! Linear maps with their weights packed: a matrix in words of 16 bits where inputs and halves of weights fit and the
//! machine is fast with them, all else in double precision, which the accumulator's declared bound, at most 2^52, makes exact.

use super::copy::Copy;
use intaglio_algebra::kernels::doubles::{matrix_vector, shifted_product};
use intaglio_algebra::kernels::integers::{from_doubles, to_doubles};
use intaglio_algebra::kernels::words::{self, Cut};
use intaglio_program::ops::conv::Conv;
use intaglio_program::program::Value;
use intaglio_program::tensor::{IntTensor, cells, unravel};
use zeroize::Zeroize;

/// Whether products with the cells of a value may be computed in words of 16 bits, and gain by it.
pub(super) fn in_words(value: &Value) -> bool {
    let fits = |bound: i64| i16::try_from(bound).is_ok();
    fits(value.lo) && fits(value.hi) && words::worthwhile()
}

/// The low parts of each row, then the high ones.
fn halves(weights: &[i64], inner: usize, cut: Cut) -> Vec<i16> {
    let mut out = Vec::with_capacity(2 * weights.len());
    for row in weights.chunks(inner.max(1)) {
        (0..2).for_each(|part| out.extend(row.iter().map(|w| cut.parts(*w)[part])));
    }
    out
}

/// `x·Wᵀ` for inputs `[rows, K]` and weights `[O, K]`.
pub(super) struct Matrix {
    weights: Rows,
    rows: usize,
    inner: usize,
    outputs: usize,
}

/// Weights as one of the products takes them.
enum Rows {
    /// Low and high parts of each output's, for one row of inputs of 16 bits.
    Words(Vec<i16>, Cut),
    /// As given, for one row of inputs; in half of the memory.
    Narrow(Vec<i32>),
    /// As given, for one row of inputs.
    Wide(Vec<f64>),
    /// Transposed `[K, O]` for several rows, with the place of each row.
    Across(Vec<f64>, Vec<usize>),
}

impl Matrix {
    /// The representation follows from the declared width of the weights, never from their values.
    pub(super) fn new((weights, bits): (&IntTensor, u32), rows: usize, in_words: bool) -> Self {
        let (outputs, inner) = (weights.shape[0], weights.shape[1]);
        let data = &weights.data;
        let packed = match rows {
            1 => match Cut::of(bits) {
                Some(cut) if in_words => Rows::Words(halves(data, inner, cut), cut),
                _ if bits <= i32::BITS => Rows::Narrow(data.iter().map(|w| *w as i32).collect()),
                _ => Rows::Wide(doubles(data)),
            },
            _ => {
                let across = (0..inner * outputs).map(|at| data[at % outputs * inner + at / outputs] as f64);
                Rows::Across(across.collect(), (0..inner).map(|k| k * outputs).collect())
            }
        };
        Self { weights: packed, rows, inner, outputs }
    }

    pub(super) fn multiplications(&self) -> usize {
        self.rows * self.inner * self.outputs
    }

    /// Row-major sums from row-major inputs.
    pub(super) fn apply(&self, x: &[i64]) -> Vec<i64> {
        let mut sums = vec![0.0; self.rows * self.outputs];
        match &self.weights {
            Rows::Words(w, cut) => {
                let mut out = vec![0; self.outputs];
                words::matrix_vector(w, *cut, x, &mut out);
                return out;
            }
            Rows::Narrow(w) => matrix_vector(w, &doubles(x), &mut sums),
            Rows::Wide(w) => matrix_vector(w, &doubles(x), &mut sums),
            Rows::Across(w, places) => shifted_product(&doubles(x), w, places, x.len() / self.inner, &mut sums),
        }
        integers(&sums)
    }
}

impl Drop for Matrix {
    fn drop(&mut self) {
        match &mut self.weights {
            Rows::Words(w, _) => w.zeroize(),
            Rows::Narrow(w) => w.zeroize(),
            Rows::Wide(w) | Rows::Across(w, _) => w.zeroize(),
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

/// A convolution as one product over shifted rows, from the padded cells of its input to those of its output.
///
/// Each channel of the padded image is stored by phase: position `p` of an axis with stride `t` is place `p / t` of phase
/// `p mod t`. A kernel tap is then one shift, for every stride and dilation, and nothing is copied per tap.
pub(super) struct Convolution {
    weights: Vec<f64>,
    /// Where each `(input channel, tap)` of a group starts.
    offsets: Vec<usize>,
    /// From the input's padded cells into the planes of all channels.
    fill: Copy,
    /// From the columns of all products to the output's padded cells.
    windows: Copy,
    /// Cells of one plane with all phases.
    plane: usize,
    /// Columns of one product.
    columns: usize,
    /// Images, groups, input and output channels of a group.
    sizes: [usize; 4],
}

impl Convolution {
    /// `input` and `output` are shapes; `source` says where each row-major cell of the input is, `target` where each of the
    /// output goes.
    pub(super) fn new(
        (op, weights): (&Conv, &IntTensor),
        (input, source): (&[usize], &[usize]),
        (output, target): (&[usize], impl Fn(usize) -> usize),
    ) -> Self {
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
        let plane = phase * planes;
        // in order of places, so that phases are read with a stride
        let mut own: Vec<(usize, usize)> = (0..cells(spatial))
            .map(|flat| {
                let padded: Vec<usize> = unravel(flat, spatial).iter().zip(&window.pads).map(|(x, p)| x + p).collect();
                (flat, place_of(&padded))
            })
            .collect();
        own.sort_unstable_by_key(|(_, place)| *place);
        let channels = source.len() / own.len();
        let fill = (0..channels).flat_map(|channel| own.iter().map(move |(flat, place)| (channel, flat, place)));
        let fill =
            Copy::new(fill.map(|(channel, flat, place)| (source[channel * own.len() + flat], channel * plane + place)));
        let column = |s: usize| unravel(s, out).iter().zip(&places).fold(0, |at, (x, n)| at * n + x);
        let shifts: Vec<usize> = (0..cells(out)).map(column).collect();
        let columns = shifts.last().map_or(0, |last| last + 1);
        let (m, c) = (weights.shape[0] / op.groups, weights.shape[1]);
        let maps = (0..output[0] * weights.shape[0]).flat_map(|map| shifts.iter().map(move |s| map * columns + s));
        let offsets = (0..c * window.volume())
            .map(|row| {
                let tap = unravel(row % window.volume(), &window.kernel);
                let shift: Vec<usize> = tap.iter().zip(&window.dilations).map(|(k, d)| k * d).collect();
                row / window.volume() * plane + place_of(&shift)
            })
            .collect();
        Self {
            weights: doubles(&weights.data),
            offsets,
            fill,
            windows: Copy::new(maps.enumerate().map(|(flat, column)| (column, target(flat)))),
            plane,
            columns,
            sizes: [input[0], op.groups, c, m],
        }
    }

    pub(super) fn multiplications(&self) -> usize {
        self.sizes[0] * self.weights.len() * self.columns
    }

    /// Writes the sums into zeroed padded cells.
    pub(super) fn apply(&self, x: &[i64], out: &mut [i64]) {
        let [images, groups, c, m] = self.sizes;
        let mut planes = vec![0.0; images * groups * c * self.plane];
        self.fill.apply_runs(x, &mut planes, |t, s| to_doubles(s, t), |t, s| *t = *s as f64);
        let mut sums = vec![0.0; images * groups * m * self.columns];
        let blocks = sums.chunks_mut(m * self.columns).zip(planes.chunks(c * self.plane)).enumerate();
        for (block, (sums, planes)) in blocks {
            let size = m * self.offsets.len();
            shifted_product(&self.weights[block % groups * size..][..size], planes, &self.offsets, m, sums);
        }
        self.windows.apply_runs(&sums, out, |t, s| from_doubles(s, t), |t, s| *t = *s as i64);
    }
}

impl Drop for Convolution {
    fn drop(&mut self) {
        self.weights.zeroize();
    }
}

/// Integers as doubles, exact below 2^53.
pub(super) fn doubles(cells: &[i64]) -> Vec<f64> {
    let mut out = vec![0.0; cells.len()];
    to_doubles(cells, &mut out);
    out
}

/// Doubles that hold integers, as integers.
pub(super) fn integers(cells: &[f64]) -> Vec<i64> {
    let mut out = vec![0; cells.len()];
    from_doubles(cells, &mut out);
    out
}
