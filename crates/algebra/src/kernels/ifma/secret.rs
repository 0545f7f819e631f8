//! Multiplication by secret scalars: no branch and no address depends on them.
//!
//! Signed windows of four bits: `k = Σ_w (nibble_w − 8)·16^w` of `k + 0x88…8`. Every entry of a table is
//! read and the wanted one kept by mask; the additions are complete.

use super::lanes::{Lanes, V, blend, set1, splat};
use super::point::{Addends, Points, Prepared, Record, from_affine, transpose, twice_d};
use crate::{Affine, PrimeField, Projective, Scalar};
use std::arch::x86_64::{
    _mm_cvtsi32_si128, _mm512_abs_epi64, _mm512_and_si512, _mm512_cmpeq_epi64_mask,
    _mm512_cmpgt_epi64_mask, _mm512_loadu_epi64, _mm512_permutexvar_epi64, _mm512_setzero_si512,
    _mm512_srl_epi64, _mm512_sub_epi64,
};

/// Windows of a scalar.
pub const WINDOWS: usize = 64;
const EIGHTS: u64 = 0x8888_8888_8888_8888;

/// Eight scalars by words: word `k` of each in vector `k`.
pub struct Nibbles([V; 4]);

impl Nibbles {
    /// `k + 0x88…8` of eight scalars.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    pub fn new(scalars: &[Scalar; 8]) -> Self {
        let mut rows = [_mm512_setzero_si512(); 8];
        for (row, scalar) in rows.iter_mut().zip(scalars) {
            let mut words = [0u64; 8];
            let mut carry = 0;
            for (word, limb) in words.iter_mut().zip(scalar.into_bigint().0) {
                let sum = u128::from(limb) + u128::from(EIGHTS) + carry;
                *word = sum as u64;
                carry = sum >> 64;
            }
            // SAFETY: eight words are 64 readable bytes; any alignment will do.
            *row = unsafe { _mm512_loadu_epi64(words.as_ptr().cast()) };
        }
        let columns = transpose(rows);
        Self([columns[0], columns[1], columns[2], columns[3]])
    }

    /// The absolute digits and the mask of the negative ones.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    #[inline]
    pub fn digits(&self, window: usize) -> (V, u8) {
        let shift = _mm_cvtsi32_si128((4 * (window % 16)) as i32);
        let nibble = _mm512_and_si512(_mm512_srl_epi64(self.0[window / 16], shift), set1(15));
        let digit = _mm512_sub_epi64(nibble, set1(8));
        (
            _mm512_abs_epi64(digit),
            _mm512_cmpgt_epi64_mask(_mm512_setzero_si512(), digit),
        )
    }
}

/// `1·P … 8·P` for eight points.
type Table = [Prepared; 8];

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn table(points: &[Affine; 8], twice_d: Lanes) -> Table {
    let mut multiple = from_affine(points);
    let first = multiple.prepare(twice_d);
    let mut table = [first; 8];
    for slot in table.iter_mut().skip(1) {
        multiple = multiple.add(&first);
        *slot = multiple.prepare(twice_d);
    }
    table
}

/// The entry for each lane's digit, the neutral element for zero.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
fn select(table: &Table, digits: V, negative: u8, neutral: &Prepared) -> Prepared {
    let mut chosen = *neutral;
    for (v, entry) in (1u64..).zip(table) {
        let here = _mm512_cmpeq_epi64_mask(digits, set1(v));
        chosen.affine.sum = blend(chosen.affine.sum, here, entry.affine.sum);
        chosen.affine.difference = blend(chosen.affine.difference, here, entry.affine.difference);
        chosen.affine.product = blend(chosen.affine.product, here, entry.affine.product);
        chosen.twice_z = blend(chosen.twice_z, here, entry.twice_z);
    }
    chosen.affine = chosen.affine.negate(negative);
    chosen
}

/// `Σ scalars·points` over blocks of eight.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub fn msm(points: &[[Affine; 8]], scalars: &[[Scalar; 8]]) -> Projective {
    let twice_d = splat(twice_d());
    let neutral = Points::neutral().prepare(twice_d);
    let mut sums = vec![Points::neutral(); WINDOWS];
    for (points, scalars) in points.iter().zip(scalars) {
        let table = table(points, twice_d);
        let nibbles = Nibbles::new(scalars);
        for (w, sum) in sums.iter_mut().enumerate() {
            let (digits, negative) = nibbles.digits(w);
            *sum = sum.add(&select(&table, digits, negative, &neutral));
        }
    }
    let mut total = Points::neutral();
    for sum in sums.iter().rev() {
        total = total
            .double()
            .double()
            .double()
            .double()
            .add(&sum.prepare(twice_d));
    }
    let [first, ..] = sum_lanes(total, twice_d).to_projective();
    first
}

/// The sum of all lanes, in each of them.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn sum_lanes(mut p: Points, twice_d: Lanes) -> Points {
    for distance in [4, 2, 1] {
        p = p.add(&rotate(p, distance).prepare(twice_d));
    }
    p
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn rotate(p: Points, distance: u64) -> Points {
    let from: [u64; 8] = std::array::from_fn(|lane| (lane as u64 + distance) % 8);
    // SAFETY: eight words are 64 readable bytes; any alignment will do.
    let from = unsafe { _mm512_loadu_epi64(from.as_ptr().cast()) };
    let turn = |a: Lanes| {
        let a = a.0;
        Lanes([
            _mm512_permutexvar_epi64(from, a[0]),
            _mm512_permutexvar_epi64(from, a[1]),
            _mm512_permutexvar_epi64(from, a[2]),
            _mm512_permutexvar_epi64(from, a[3]),
            _mm512_permutexvar_epi64(from, a[4]),
        ])
    };
    Points {
        x: turn(p.x),
        y: turn(p.y),
        z: turn(p.z),
        t: turn(p.t),
    }
}

/// `scalars_i·P` for one point with a table: record `8w + v − 1` is `v·16^w·P`.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub fn scale(table: &[Record], scalars: &[Scalar; 8]) -> [Projective; 8] {
    let nibbles = Nibbles::new(scalars);
    let neutral = Addends::broadcast(&Record::NEUTRAL);
    let mut total = Points::neutral();
    for (w, multiples) in table.chunks_exact(8).take(WINDOWS).enumerate() {
        let (digits, negative) = nibbles.digits(w);
        let mut chosen = neutral;
        for (v, record) in (1u64..).zip(multiples) {
            let here = _mm512_cmpeq_epi64_mask(digits, set1(v));
            let entry = Addends::broadcast(record);
            chosen.sum = blend(chosen.sum, here, entry.sum);
            chosen.difference = blend(chosen.difference, here, entry.difference);
            chosen.product = blend(chosen.product, here, entry.product);
        }
        total = total.add_affine(&chosen.negate(negative));
    }
    total.to_projective()
}
