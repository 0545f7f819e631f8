//! Pippenger's method with eight windows in lanes: every lane adds the same point to its own buckets.

use super::buckets::Buckets;
use super::horner::horner;
use super::lanes::{V, set1};
use super::point::{Addends, Points, Record};
use crate::{PrimeField, Projective, Scalar};
use rayon::prelude::*;
use std::arch::x86_64::{
    _mm512_abs_epi64, _mm512_and_si512, _mm512_cmpgt_epi64_mask, _mm512_loadu_epi64, _mm512_or_si512,
    _mm512_permutexvar_epi64, _mm512_setzero_si512, _mm512_sllv_epi64, _mm512_srlv_epi64, _mm512_storeu_epi64,
    _mm512_sub_epi64,
};

/// Terms from which threads pay.
const PARALLEL: usize = 32;

/// Signed windows of a fixed width: `k = Σ_i (window_i − 2^(bits−1))·2^(bits·i)` of `k + offset`.
#[derive(Clone, Copy)]
struct Windows {
    bits: u32,
    count: usize,
    offset: [u64; 8],
}

impl Windows {
    /// Enough windows for a scalar (below 2^251) and its sign.
    fn new(bits: u32) -> Self {
        let count = 252usize.div_ceil(bits as usize);
        let mut offset = [0u64; 8];
        for i in 0..count {
            let bit = bits as usize * (i + 1) - 1;
            if let Some(limb) = offset.get_mut(bit / 64) {
                *limb |= 1 << (bit % 64);
            }
        }
        Self { bits, count, offset }
    }

    /// The width that costs least, from the measured prices of an addition and of summing up the buckets.
    fn for_terms(terms: usize) -> Self {
        let cost = |bits: &u32| {
            let groups = Self::new(*bits).count.div_ceil(8);
            groups * (terms * ADDITION + (BUCKET << (bits - 1)))
        };
        Self::new((3..=11).min_by_key(cost).unwrap_or(8))
    }

    /// `k + offset` with room for a window that begins past its end.
    fn shift(&self, scalar: &Scalar) -> [u64; 8] {
        let limbs = scalar.into_bigint().0.into_iter().chain([0; 4]);
        let mut out = [0; 8];
        let mut carry = false;
        for ((out, limb), offset) in out.iter_mut().zip(limbs).zip(self.offset) {
            let (sum, first) = limb.overflowing_add(offset);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            (*out, carry) = (sum, first | second);
        }
        out
    }
}

/// Prices in nanoseconds: eight additions to buckets, and one bucket of eight lanes when summing up.
const ADDITION: usize = 280;
const BUCKET: usize = 620;

/// Where the eight windows of a group stand.
#[derive(Clone, Copy)]
struct Group {
    limb: V,
    next: V,
    right: V,
    left: V,
    mask: V,
    half: V,
}

impl Group {
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn new(windows: Windows, first: usize) -> Self {
        let start: [u64; 8] = std::array::from_fn(|lane| (first + lane) as u64 * u64::from(windows.bits));
        // Lanes past the last window may read past the words; their sums are not used.
        let [limb, right] = [start.map(|bit| (bit / 64).min(6)), start.map(|bit| bit % 64)];
        let (next, left) = (limb.map(|k| k + 1), right.map(|bit| 64 - bit));
        let [limb, next, right, left] = [load(&limb), load(&next), load(&right), load(&left)];
        let mask = set1((1 << windows.bits) - 1);
        Self { limb, next, right, left, mask, half: set1(1 << (windows.bits - 1)) }
    }

    /// The absolute digits and the mask of the negative ones.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    #[inline]
    fn digits(&self, words: &[u64; 8]) -> ([usize; 8], u8) {
        let words = load(words);
        // A shift by 64 gives zero, which is right where a window begins at a word.
        let low = _mm512_srlv_epi64(_mm512_permutexvar_epi64(self.limb, words), self.right);
        let high = _mm512_sllv_epi64(_mm512_permutexvar_epi64(self.next, words), self.left);
        let window = _mm512_and_si512(_mm512_or_si512(low, high), self.mask);
        let digit = _mm512_sub_epi64(window, self.half);
        let mut out = [0u64; 8];
        // SAFETY: eight words are 64 writable bytes; any alignment will do.
        unsafe { _mm512_storeu_epi64(out.as_mut_ptr().cast(), _mm512_abs_epi64(digit)) }
        let negative = _mm512_cmpgt_epi64_mask(_mm512_setzero_si512(), digit);
        (out.map(|d| d as usize), negative)
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
fn load(words: &[u64; 8]) -> V {
    // SAFETY: eight words are 64 readable bytes; any alignment will do.
    unsafe { _mm512_loadu_epi64(words.as_ptr().cast()) }
}

/// `Σ scalars·points` over all parts.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub fn msm(parts: &[(&[Record], &[Scalar])]) -> Projective {
    let terms: usize = parts.iter().map(|(records, scalars)| records.len().min(scalars.len())).sum();
    let windows = Windows::for_terms(terms);
    let shifted: Vec<Vec<[u64; 8]>> = parts
        .iter()
        .map(|(records, scalars)| scalars.iter().take(records.len()).map(|k| windows.shift(k)).collect())
        .collect();
    let group = |first: usize| sum_group(windows, first * 8, parts, &shifted);
    let groups = windows.count.div_ceil(8);
    let sums: Vec<Points> = if terms < PARALLEL {
        (0..groups).map(group).collect()
    } else {
        (0..groups).into_par_iter().map(group).collect()
    };
    horner(&sums, windows.count, windows.bits)
}

/// The sums of eight windows from `first` on.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn sum_group(windows: Windows, first: usize, parts: &[(&[Record], &[Scalar])], shifted: &[Vec<[u64; 8]>]) -> Points {
    let group = Group::new(windows, first);
    let mut buckets = Buckets::new(1 << (windows.bits - 1));
    for ((records, _), shifted) in parts.iter().zip(shifted) {
        for (record, words) in records.iter().zip(shifted) {
            let (digits, negative) = group.digits(words);
            if digits != [0; 8] {
                buckets.add(digits, &Addends::broadcast(record).negate(negative));
            }
        }
    }
    buckets.sum()
}
