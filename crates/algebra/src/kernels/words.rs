//! Products of cells of 16 bits and weights of up to 22, where the machine multiplies and adds pairs of words.
//!
//! ```text
//! w = 2^b·hi + lo,  0 ≤ lo < 2^b          Σ w·x = 2^b·Σ hi·x + Σ lo·x
//! ```
//!
//! A sum over `2^(15−b)` pairs stays in 32 bits: `2^(15−b)·2·2^15·(2^b − 1) < 2^31`. Then it is added to one of 64 bits.

#![cfg_attr(
    not(test),
    expect(clippy::indexing_slicing, reason = "lengths are asserted at the door, and no verifier comes here")
)]

use rayon::prelude::*;

/// Multiplications below which a second thread costs more than it gives.
const PARALLEL: usize = 1 << 22;
/// Rows of weights that a task takes at least.
const ROWS: usize = 4;

/// How weights are cut in two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// `b`, the bits of the low part.
    bits: u32,
}

impl Cut {
    /// Most bits of a low part: more would leave too few pairs for a sum.
    const MOST: u32 = 11;

    /// The cut that suits all weights of so many bits, sign included, if there is one.
    #[must_use]
    pub fn of(bits: u32) -> Option<Self> {
        let half = bits.div_ceil(2).max(1);
        (half <= Self::MOST).then_some(Self { bits: half })
    }

    /// `lo, hi` of a weight.
    #[must_use]
    pub fn parts(self, weight: i64) -> [i16; 2] {
        [(weight & ((1 << self.bits) - 1)) as i16, (weight >> self.bits) as i16]
    }

    /// Pairs whose sum fits 32 bits.
    fn steps(self) -> usize {
        1 << (15 - self.bits.min(Self::MOST))
    }
}

/// Whether this machine is faster with words than with doubles.
#[must_use]
pub fn worthwhile() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vnni")
    }
    #[cfg(not(target_arch = "x86_64"))]
    false
}

/// `out[i] = Σ_k w[i·K + k]·x[k]`, `K = x.len()`, for cells of 16 bits. The low parts of row `i` are
/// `w[2·i·K .. (2·i + 1)·K]`, the high ones follow.
///
/// # Panics
///
/// If a length does not fit.
pub fn matrix_vector(w: &[i16], cut: Cut, x: &[i64], out: &mut [i64]) {
    let depth = x.len();
    assert!(w.len() == 2 * out.len() * depth, "lengths of a product");
    if depth == 0 {
        return out.fill(0);
    }
    let x: Vec<i16> = x.iter().map(|x| *x as i16).collect();
    if w.len() < 2 * PARALLEL {
        return rows(w, cut, &x, out);
    }
    let many = out.len().div_ceil(rayon::current_num_threads()).next_multiple_of(ROWS);
    out.par_chunks_mut(many).zip(w.par_chunks(2 * many * depth)).for_each(|(out, w)| rows(w, cut, &x, out));
}

fn rows(w: &[i16], cut: Cut, x: &[i16], out: &mut [i64]) {
    #[cfg(target_arch = "x86_64")]
    if worthwhile() {
        // SAFETY: the instructions that it is compiled for were detected
        return unsafe { detected::rows(w, cut, x, out) };
    }
    rows_each(w, cut, x, out);
}

/// The definition of [`matrix_vector`].
fn rows_each(w: &[i16], cut: Cut, x: &[i16], out: &mut [i64]) {
    for (w, out) in w.chunks(2 * x.len()).zip(out) {
        let (lo, hi) = w.split_at(x.len());
        let times = |w: &[i16]| w.iter().zip(x).map(|(w, x)| i64::from(*w) * i64::from(*x)).sum::<i64>();
        *out = times(lo) + (times(hi) << cut.bits);
    }
}

#[cfg(target_arch = "x86_64")]
mod detected {
    use super::Cut;
    use std::arch::x86_64::{
        __m512i, _mm_cvtsi32_si128, _mm512_add_epi64, _mm512_castsi512_si256, _mm512_cvtepi32_epi64,
        _mm512_dpwssd_epi32, _mm512_extracti64x4_epi64, _mm512_maskz_loadu_epi16, _mm512_reduce_add_epi64,
        _mm512_setzero_si512, _mm512_sll_epi64,
    };

    /// Words of 16 bits in a register.
    const WORDS: usize = 32;

    /// `2^b·high + low` in 64 bits.
    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    fn widened(low: __m512i, high: __m512i, cut: Cut) -> [__m512i; 2] {
        let low = [_mm512_castsi512_si256(low), _mm512_extracti64x4_epi64::<1>(low)];
        let high = [_mm512_castsi512_si256(high), _mm512_extracti64x4_epi64::<1>(high)];
        let bits = _mm_cvtsi32_si128(cut.bits as i32);
        let mut sums = [_mm512_setzero_si512(); 2];
        let mut i = 0;
        while i < 2 {
            let raised = _mm512_sll_epi64(_mm512_cvtepi32_epi64(high[i]), bits);
            sums[i] = _mm512_add_epi64(_mm512_cvtepi32_epi64(low[i]), raised);
            i += 1;
        }
        sums
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    pub(super) fn rows(w: &[i16], cut: Cut, x: &[i16], out: &mut [i64]) {
        let mut i = 0;
        while i < out.len() {
            i += match out.len() - i {
                4.. => row_block::<4>(w, cut, x, i, out),
                _ => row_block::<1>(w, cut, x, i, out),
            };
        }
    }

    /// `H` rows; how many.
    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    fn row_block<const H: usize>(w: &[i16], cut: Cut, x: &[i16], i: usize, out: &mut [i64]) -> usize {
        let depth = x.len();
        let w = &w[2 * i * depth..2 * (i + H) * depth];
        let mut totals = [_mm512_setzero_si512(); H];
        let mut from = 0;
        while from < depth {
            let to = depth.min(from + cut.steps() * WORDS);
            let mut low = [_mm512_setzero_si512(); H];
            let mut high = [_mm512_setzero_si512(); H];
            let mut k = from;
            while k < to {
                let mask = if depth - k >= WORDS { u32::MAX } else { (1 << (depth - k)) - 1 };
                // SAFETY: lanes past `depth` are masked, and masked lanes are not read
                let x = unsafe { _mm512_maskz_loadu_epi16(mask, x.as_ptr().wrapping_add(k)) };
                let mut h = 0;
                while h < H {
                    let own = w.as_ptr().wrapping_add(2 * h * depth + k);
                    // SAFETY: lanes past a part of the row are masked, and masked lanes are not read
                    let [lo, hi] = unsafe {
                        [_mm512_maskz_loadu_epi16(mask, own), _mm512_maskz_loadu_epi16(mask, own.wrapping_add(depth))]
                    };
                    low[h] = _mm512_dpwssd_epi32(low[h], lo, x);
                    high[h] = _mm512_dpwssd_epi32(high[h], hi, x);
                    h += 1;
                }
                k += WORDS;
            }
            let mut h = 0;
            while h < H {
                let [a, b] = widened(low[h], high[h], cut);
                totals[h] = _mm512_add_epi64(totals[h], _mm512_add_epi64(a, b));
                h += 1;
            }
            from = to;
        }
        let mut h = 0;
        while h < H {
            out[i + h] = _mm512_reduce_add_epi64(totals[h]);
            h += 1;
        }
        H
    }
}

#[cfg(test)]
mod tests {
    use super::{Cut, matrix_vector, rows_each};
    use proptest::prelude::*;

    /// Cells, often at an extreme.
    fn cell() -> impl Strategy<Value = i64> {
        prop_oneof![Just(-32768), Just(32767), Just(-1), -32768i64..32768]
    }

    /// Weights of so many bits, often at an extreme.
    fn weights(len: usize) -> impl Strategy<Value = (u32, Vec<i64>)> {
        (1u32..23).prop_flat_map(move |bits| {
            let (lo, hi) = (-(1i64 << (bits - 1)), (1i64 << (bits - 1)) - 1);
            (Just(bits), prop::collection::vec(prop_oneof![Just(lo), Just(hi), lo..=hi], len))
        })
    }

    /// Rows of weights in their parts, as [`matrix_vector`] takes them.
    fn packed_rows(w: &[i64], depth: usize, cut: Cut) -> Vec<i16> {
        let part = |row: &[i64], half: usize| row.iter().map(|w| cut.parts(*w)[half]).collect::<Vec<_>>();
        w.chunks(depth).flat_map(|row| [part(row, 0), part(row, 1)].concat()).collect()
    }

    proptest! {
        #[test]
        fn matrix_vectors_are_those_of_integers(
            o in 0usize..11, k in 1usize..170, (bits, seed) in weights(400), cells in prop::collection::vec(cell(), 170)
        ) {
            let w: Vec<i64> = (0..o * k).map(|i| seed[i * 13 % 400]).collect();
            let x = &cells[..k];
            let expected: Vec<i64> = w.chunks(k).map(|w| w.iter().zip(x).map(|(w, x)| w * x).sum()).collect();
            let cut = Cut::of(bits).expect("at most 22 bits");
            let parts = packed_rows(&w, k, cut);
            let mut out = vec![1; o];
            matrix_vector(&parts, cut, x, &mut out);
            prop_assert_eq!(&out, &expected);
            let x: Vec<i16> = x.iter().map(|x| *x as i16).collect();
            rows_each(&parts, cut, &x, &mut out);
            prop_assert_eq!(out, expected);
        }
    }

    #[test]
    fn long_sums_of_extremes_do_not_wrap() {
        for bits in 1u32..=22 {
            let (lo, hi) = (-(1i64 << (bits - 1)), (1i64 << (bits - 1)) - 1);
            let ones = (1i64 << bits.div_ceil(2)) - 1;
            for w in [lo, hi, hi & ones, lo | ones] {
                let cut = Cut::of(bits).expect("at most 22 bits");
                for x in [-32768i64, 32767] {
                    let depth = 9001;
                    let mut out = [0];
                    matrix_vector(&packed_rows(&vec![w; depth], depth, cut), cut, &vec![x; depth], &mut out);
                    assert_eq!(out, [depth as i64 * w * x], "{bits} bits, {w}·{x}");
                }
            }
        }
        assert_eq!(Cut::of(23), None);
    }

    #[test]
    fn many_rows_are_cut_in_tasks() {
        let (o, k) = (1025, 4100);
        let w: Vec<i64> = (0..o * k).map(|i| i as i64 * 31 % 4001 - 2000).collect();
        let x: Vec<i64> = (0..k).map(|i| i as i64 * 77 % 65535 - 32768).collect();
        let cut = Cut::of(12).expect("12 bits");
        let parts = packed_rows(&w, k, cut);
        let mut out = vec![0; o];
        matrix_vector(&parts, cut, &x, &mut out);
        let expected: Vec<i64> = w.chunks(k).map(|w| w.iter().zip(&x).map(|(w, x)| w * x).sum()).collect();
        assert_eq!(out, expected);
    }
}
