//! Integers times field elements, reduced once for many products.
//!
//! A cell `w` with `|w| < 2^51` is `u − 2^51` for `0 ≤ u < 2^52`, and `u·limb` has two halves of 52 bits,
//! so products are exact and add up in columns of 64 bits; `2^51·Σ weights` is taken off at the end.
//! Wider cells are reported to the caller, who uses the definition.

use super::field::Block;
use super::lanes::{
    Lanes, Limbs, Modulus, V, add_limbs, load, mul, normal, power_of_two, set1, splat, split, store, sub_if_above,
    to_elements,
};
use crate::{AdditiveGroup, Scalar};
use std::arch::x86_64::{
    _mm512_add_epi64, _mm512_and_si512, _mm512_loadu_epi64, _mm512_madd52hi_epu64, _mm512_madd52lo_epu64,
    _mm512_or_si512, _mm512_setzero_si512, _mm512_srli_epi64, _mm512_test_epi64_mask,
};

/// What is added to a cell to make it a number of 52 bits without sign.
const OFFSET: u64 = 1 << 51;

/// Bits that a cell plus [`OFFSET`] may not have.
const TOO_WIDE: u64 = !((1 << 52) - 1);

/// Products that fit the columns, each of which adds two terms below 2^52 to one.
const TERMS: usize = 1 << 10;

/// Weights whose sum has a top limb below 2^52, as the factor of a product must.
const SUMMED: usize = 1 << 9;

/// Columns of weight 2^(52k).
#[derive(Clone, Copy)]
struct Columns([V; 6]);

impl Columns {
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    #[inline]
    fn zero() -> Self {
        Self([_mm512_setzero_si512(); 6])
    }

    /// Adds `u·e` for `u` below 2^52.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    #[inline]
    fn mul_add(&mut self, u: V, e: Lanes) {
        for k in 0..5 {
            self.0[k] = _mm512_madd52lo_epu64(self.0[k], u, e.0[k]);
        }
        for k in 0..5 {
            self.0[k + 1] = _mm512_madd52hi_epu64(self.0[k + 1], u, e.0[k]);
        }
    }

    /// The value modulo r, normal.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    #[inline]
    fn reduce(self) -> Lanes {
        // low + high·2^260 with low in five limbs, each part times a power of 2^260 for its own product
        let mut t = self.0;
        for k in 0..5 {
            t[k + 1] = _mm512_add_epi64(t[k + 1], _mm512_srli_epi64::<52>(t[k]));
            t[k] = _mm512_and_si512(t[k], set1((1 << 52) - 1));
        }
        let zero = _mm512_setzero_si512();
        let low = Lanes([t[0], t[1], t[2], t[3], t[4]]);
        let high = normal(Lanes([
            _mm512_and_si512(t[5], set1((1 << 52) - 1)),
            _mm512_srli_epi64::<52>(t[5]),
            zero,
            zero,
            zero,
        ]));
        let sum = add_limbs(mul::<Scalar>(low, splat(RADIX[0])), mul::<Scalar>(high, splat(RADIX[1])));
        sub_if_above(sub_if_above(normal(sum), Scalar::P2), Scalar::P)
    }
}

/// `2^260` and `2^520` modulo r.
const RADIX: [Limbs; 2] = [power_of_two::<Scalar>(260), power_of_two::<Scalar>(520)];

/// `Σ cells·weights`, or nothing if a cell is too wide.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub fn dot_small(cells: &[[i64; 8]], weights: &[Block]) -> Option<Scalar> {
    let mut total = Scalar::ZERO;
    let mut seen = _mm512_setzero_si512();
    for (cells, weights) in cells.chunks(SUMMED).zip(weights.chunks(SUMMED)) {
        let mut sum = Columns::zero();
        let mut offset = splat([0; 5]);
        for (cells, weights) in cells.iter().zip(weights) {
            let w = load_cells(cells);
            // Blocks of zeros are common enough to be worth a branch.
            if _mm512_test_epi64_mask(w, w) == 0 {
                continue;
            }
            let u = _mm512_add_epi64(w, set1(OFFSET));
            seen = _mm512_or_si512(seen, u);
            let e = load(weights);
            sum.mul_add(u, e);
            offset = add_limbs(offset, e);
        }
        let offset = mul::<Scalar>(normal(offset), splat(RADIX[0]));
        let offset: Scalar = to_elements::<Scalar>(sub_if_above(offset, Scalar::P)).iter().sum();
        total += to_elements::<Scalar>(sum.reduce()).iter().sum::<Scalar>() - offset * Scalar::from(OFFSET);
    }
    (_mm512_test_epi64_mask(seen, set1(TOO_WIDE)) == 0).then_some(total)
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
fn load_cells(cells: &[i64; 8]) -> V {
    // SAFETY: eight words are 64 readable bytes; any alignment will do.
    unsafe { _mm512_loadu_epi64(cells.as_ptr()) }
}

/// Rows that are read together: enough to keep the columns in registers, few enough for the prefetcher.
const ROWS: usize = 8;

/// `Σ_i weights_i·rows_ij` for each column of the blocks that all rows have; nothing if a cell is too wide.
///
/// `out` is overwritten.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub fn combine_rows(rows: &[&[[i64; 8]]], weights: &[Scalar], out: &mut [Block]) -> bool {
    out.fill([Scalar::ZERO; 8]);
    let mut columns = vec![Columns::zero(); out.len()];
    let mut seen = _mm512_setzero_si512();
    for (rows, weights) in rows.chunks(TERMS).zip(weights.chunks(TERMS)) {
        columns.fill(Columns::zero());
        for (rows, weights) in rows.chunks(ROWS).zip(weights.chunks(ROWS)) {
            let limbs: Vec<Lanes> = weights.iter().map(|w| splat(split(w.0.0))).collect();
            seen = _mm512_or_si512(seen, add_rows(rows, &limbs, &mut columns));
        }
        let sum: Scalar = weights.iter().sum();
        let offset = splat(split((-(sum * Scalar::from(OFFSET))).0.0));
        for (out, columns) in out.iter_mut().zip(&columns) {
            let value = normal(add_limbs(add_limbs(columns.reduce(), offset), load(out)));
            store(sub_if_above(sub_if_above(value, Scalar::P), Scalar::P), out);
        }
    }
    _mm512_test_epi64_mask(seen, set1(TOO_WIDE)) == 0
}

/// Adds a few rows to all columns, two blocks at a time; gives the bits that cells plus offset have.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
fn add_rows(rows: &[&[[i64; 8]]], weights: &[Lanes], columns: &mut [Columns]) -> V {
    let mut seen = _mm512_setzero_si512();
    let offset = set1(OFFSET);
    for (j, pair) in columns.chunks_mut(2).enumerate() {
        if let [first, second] = pair {
            let (mut a, mut b) = (*first, *second);
            for (row, e) in rows.iter().zip(weights) {
                let (u, v) = (
                    _mm512_add_epi64(load_cells(&row[2 * j]), offset),
                    _mm512_add_epi64(load_cells(&row[2 * j + 1]), offset),
                );
                seen = _mm512_or_si512(seen, _mm512_or_si512(u, v));
                a.mul_add(u, *e);
                b.mul_add(v, *e);
            }
            (*first, *second) = (a, b);
        } else if let [last] = pair {
            for (row, e) in rows.iter().zip(weights) {
                let u = _mm512_add_epi64(load_cells(&row[2 * j]), offset);
                seen = _mm512_or_si512(seen, u);
                last.mul_add(u, *e);
            }
        }
    }
    seen
}
