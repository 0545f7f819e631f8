//! Sums and maxima over windows, offset by offset.

use intaglio_program::ops::{max_pool::MaxPool, sum_pool::SumPool};
use intaglio_program::tensor::cells;

/// Where each offset of each window of one channel reads.
pub(super) struct Windows {
    /// For each offset, `(window, cell)` of the windows that it lies inside of, or every window's cell in order.
    offsets: Vec<Offset>,
    /// Public weight of each window's sum.
    weights: Vec<i64>,
    /// Windows, and cells of one channel of the input.
    sizes: (usize, usize),
}

/// One kernel offset.
struct Offset {
    /// Which windows; all of them for a maximum.
    windows: Vec<u32>,
    /// The cell that each of them reads.
    cells: Vec<u32>,
}

impl Windows {
    /// All true taps, and μ of each window.
    pub(super) fn sums(op: &SumPool, input: &[usize], output: &[usize]) -> Self {
        let (spatial, out) = (&input[2..], &output[2..]);
        let taps = op.window.taps(spatial, out);
        let mut offsets: Vec<Offset> =
            (0..op.window.volume()).map(|_| Offset { windows: vec![], cells: vec![] }).collect();
        for tap in &taps {
            offsets[tap.offset].windows.push(tap.out as u32);
            offsets[tap.offset].cells.push(tap.source as u32);
        }
        let weights = op.weights(&taps, cells(out));
        Self { offsets, weights, sizes: (cells(out), cells(spatial)) }
    }

    /// The elements of each window: as many as the kernel has cells, a clipped one repeats its first.
    pub(super) fn maxima(op: &MaxPool, input: &[usize], output: &[usize]) -> Self {
        let (spatial, out) = (&input[2..], &output[2..]);
        let own = |cells: Vec<Option<usize>>| cells.into_iter().map(|cell| cell.unwrap_or(0) as u32).collect();
        let elements = op.elements(spatial, out).into_iter();
        let offsets = elements.map(|cells| Offset { windows: Vec::new(), cells: own(cells) }).collect();
        Self { offsets, weights: Vec::new(), sizes: (cells(out), cells(spatial)) }
    }

    /// `μ_s·Σ x` over each window of each channel.
    pub(super) fn sum(&self, x: &[i64]) -> Vec<i64> {
        let (windows, area) = self.sizes;
        let mut sums = vec![0; x.len() / area * windows];
        for (sums, x) in sums.chunks_exact_mut(windows).zip(x.chunks_exact(area)) {
            for Offset { windows, cells } in &self.offsets {
                windows.iter().zip(cells).for_each(|(s, cell)| sums[*s as usize] += x[*cell as usize]);
            }
            sums.iter_mut().zip(&self.weights).for_each(|(sum, weight)| *sum *= weight);
        }
        sums
    }

    /// The greatest cell of each window of each channel.
    pub(super) fn maximum(&self, x: &[i64]) -> Vec<i64> {
        let (windows, area) = self.sizes;
        let mut maxima = vec![i64::MIN; x.len() / area * windows];
        for (maxima, x) in maxima.chunks_exact_mut(windows).zip(x.chunks_exact(area)) {
            for Offset { cells, .. } in &self.offsets {
                maxima.iter_mut().zip(cells).for_each(|(m, cell)| *m = x[*cell as usize].max(*m));
            }
        }
        maxima
    }

    /// Element `element` of each window of each channel, for a maximum.
    pub(super) fn elements(&self, x: &[i64], element: usize) -> Vec<i64> {
        let cells = &self.offsets[element].cells;
        x.chunks_exact(self.sizes.1).flat_map(|x| cells.iter().map(|cell| x[*cell as usize])).collect()
    }
}
