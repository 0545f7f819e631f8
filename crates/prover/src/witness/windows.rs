//! Sums and maxima over windows, the taps of each window side by side.

use intaglio_program::ops::{max_pool::MaxPool, sum_pool::SumPool};
use intaglio_program::tensor::cells;

/// The taps of every window of one channel.
pub(super) struct Windows {
    /// Taps of window `s` are `sources[starts[s]..starts[s + 1]]`.
    starts: Vec<usize>,
    sources: Vec<u32>,
    /// Public weight of each window's sum.
    weights: Vec<i64>,
    /// Cells of one channel of the input.
    area: usize,
}

impl Windows {
    /// All true taps, and μ of each window.
    pub(super) fn sums(op: &SumPool, input: &[usize], output: &[usize]) -> Self {
        let (spatial, out) = (&input[2..], &output[2..]);
        let taps = op.window.taps(spatial, out);
        let mut starts = vec![0; cells(out) + 1];
        taps.iter().for_each(|t| starts[t.out + 1] += 1);
        (0..cells(out)).for_each(|s| starts[s + 1] += starts[s]);
        let weights = op.weights(&taps, cells(out));
        Self { starts, sources: taps.iter().map(|t| t.source as u32).collect(), weights, area: cells(spatial) }
    }

    /// The elements of each window: as many as the kernel has cells, a clipped one repeats its first.
    pub(super) fn maxima(op: &MaxPool, input: &[usize], output: &[usize]) -> Self {
        let (spatial, out) = (&input[2..], &output[2..]);
        let elements = op.elements(spatial, out);
        let volume = elements.len();
        let own = |at: usize| elements[at % volume][at / volume].unwrap_or(0) as u32;
        Self {
            starts: (0..=cells(out)).map(|s| s * volume).collect(),
            sources: (0..cells(out) * volume).map(own).collect(),
            weights: Vec::new(),
            area: cells(spatial),
        }
    }

    /// `μ_s·Σ x` over each window of each channel.
    pub(super) fn sum(&self, x: &[i64]) -> Vec<i64> {
        let of_channel = |channel| {
            let sums = self.taps().map(move |taps| taps.iter().map(|t| at(channel, *t)).sum::<i64>());
            sums.zip(&self.weights).map(|(sum, weight)| sum * weight)
        };
        x.chunks(self.area).flat_map(of_channel).collect()
    }

    /// The greatest cell of each window of each channel.
    pub(super) fn maximum(&self, x: &[i64]) -> Vec<i64> {
        let of_channel = |channel| self.taps().map(move |taps| taps.iter().map(|t| at(channel, *t)).max().unwrap_or(0));
        x.chunks(self.area).flat_map(of_channel).collect()
    }

    /// Element `element` of each window of each channel, for windows of one size.
    pub(super) fn elements(&self, x: &[i64], element: usize) -> Vec<i64> {
        let of_channel = |channel| self.taps().map(move |taps| at(channel, taps[element]));
        x.chunks(self.area).flat_map(of_channel).collect()
    }

    fn taps(&self) -> impl Iterator<Item = &[u32]> {
        self.starts.windows(2).map(|ends| &self.sources[ends[0]..ends[1]])
    }
}

fn at(channel: &[i64], tap: u32) -> i64 {
    channel[tap as usize]
}
