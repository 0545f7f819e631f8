//! Multiplication by secret scalars: no branch and no address depends on them.
//!
//! Signed windows of five bits: `k = Σ_w (window_w − 16)·32^w` of `k + Σ_w 16·32^w`. Every entry of a table
//! is read and the wanted one kept by mask; the additions are complete.

use super::lanes::{Lanes, Limbs, Modulus, V, blend, mul, set1, splat, sub_if_above, to_elements};
use super::point::{Addends, Points, Record, from_affine, transpose, twice_d};
use crate::{Affine, Base, PrimeField, Projective, Scalar};
use ark_ff::batch_inversion;
use std::arch::x86_64::{
    _mm_cvtsi32_si128, _mm512_abs_epi64, _mm512_and_si512, _mm512_cmpeq_epi64_mask, _mm512_cmpgt_epi64_mask,
    _mm512_loadu_epi64, _mm512_or_si512, _mm512_permutexvar_epi64, _mm512_setzero_si512, _mm512_sll_epi64,
    _mm512_srl_epi64, _mm512_sub_epi64,
};

/// Bits of a window.
const BITS: usize = 5;
/// Windows of a scalar, with room for its sign.
pub const WINDOWS: usize = 51;
/// Multiples in a table: digits go from −16 to 15.
pub const MULTIPLES: usize = 1 << (BITS - 1);

/// `Σ_w 16·32^w`.
const OFFSET: [u64; 4] = {
    let (mut words, mut w) = ([0u64; 4], 0);
    while w < WINDOWS {
        let bit = BITS * w + BITS - 1;
        words[bit / 64] |= 1 << (bit % 64);
        w += 1;
    }
    words
};

/// Eight scalars plus [`OFFSET`], by words; the last word is zero.
struct Shifted([V; 5]);

impl Shifted {
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn new(scalars: &[Scalar; 8]) -> Self {
        let mut rows = [_mm512_setzero_si512(); 8];
        for (row, scalar) in rows.iter_mut().zip(scalars) {
            let mut words = [0u64; 8];
            let mut carry = 0;
            for ((word, limb), offset) in words.iter_mut().zip(scalar.into_bigint().0).zip(OFFSET) {
                let sum = u128::from(limb) + u128::from(offset) + carry;
                *word = sum as u64;
                carry = sum >> 64;
            }
            // SAFETY: eight words are 64 readable bytes; any alignment will do.
            *row = unsafe { _mm512_loadu_epi64(words.as_ptr().cast()) };
        }
        let [a, b, c, d, zero, ..] = transpose(rows);
        Self([a, b, c, d, zero])
    }

    /// The absolute digits and the mask of the negative ones.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    #[inline]
    fn digits(&self, window: usize) -> (V, u8) {
        let (word, shift) = (BITS * window / 64, (BITS * window % 64) as i32);
        let low = _mm512_srl_epi64(self.0[word], _mm_cvtsi32_si128(shift));
        // A shift by 64 gives zero, which is right where a window begins at a word.
        let high = _mm512_sll_epi64(self.0[word + 1], _mm_cvtsi32_si128(64 - shift));
        let digit = _mm512_and_si512(_mm512_or_si512(low, high), set1((1 << BITS) - 1));
        let digit = _mm512_sub_epi64(digit, set1(MULTIPLES as u64));
        (_mm512_abs_epi64(digit), _mm512_cmpgt_epi64_mask(_mm512_setzero_si512(), digit))
    }
}

/// `1·P … 16·P` for eight points.
#[derive(Clone, Copy)]
pub struct Table([Addends; MULTIPLES]);

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Table")
    }
}

/// The tables of blocks of points, with one inversion for all of a call.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub fn tables(blocks: &[[Affine; 8]]) -> Vec<Table> {
    let twice_d = splat(twice_d());
    let mut multiples = Vec::with_capacity(blocks.len() * MULTIPLES);
    for block in blocks {
        let mut multiple = from_affine(block);
        let first = multiple.prepare(twice_d);
        for _ in 0..MULTIPLES {
            multiples.push(multiple);
            multiple = multiple.add(&first);
        }
    }
    // Each Z is replaced by the product of those before it; then the inverse goes down the list.
    let mut product = splat(super::point::ONE);
    for point in &mut multiples {
        let z = point.z;
        point.z = product;
        product = mul::<Base>(product, z);
        point.t = z;
    }
    let mut inverse = invert(product);
    let mut out = vec![Table([Addends::broadcast(&Record::NEUTRAL); MULTIPLES]); blocks.len()];
    for (table, points) in out.iter_mut().zip(multiples.chunks(MULTIPLES)).rev() {
        for (entry, point) in table.0.iter_mut().zip(points).rev() {
            let one_by_z = mul::<Base>(inverse, point.z);
            inverse = mul::<Base>(inverse, point.t);
            let (x, y) = (mul::<Base>(point.x, one_by_z), mul::<Base>(point.y, one_by_z));
            let affine = Points { x, y, z: splat(super::point::ONE), t: mul::<Base>(x, y) };
            *entry = affine.prepare(twice_d).affine;
        }
    }
    out
}

/// The inverse in each lane. The coordinate Z of a point is never zero.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn invert(a: Lanes) -> Lanes {
    const FROM_LANES: Limbs = super::lanes::power_of_two::<Base>(256);
    let mut elements: [Base; 8] = to_elements(sub_if_above(mul::<Base>(a, splat(FROM_LANES)), Base::P));
    batch_inversion(&mut elements);
    super::point::load_base(&elements)
}

/// The entry for each lane's digit, the neutral element for zero.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
fn select(table: &Table, (digits, negative): (V, u8)) -> Addends {
    let mut chosen = Addends::broadcast(&Record::NEUTRAL);
    for (v, entry) in (1u64..).zip(&table.0) {
        chosen = keep(chosen, _mm512_cmpeq_epi64_mask(digits, set1(v)), entry);
    }
    chosen.negate(negative)
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
fn keep(chosen: Addends, here: u8, entry: &Addends) -> Addends {
    Addends {
        sum: blend(chosen.sum, here, entry.sum),
        difference: blend(chosen.difference, here, entry.difference),
        product: blend(chosen.product, here, entry.product),
    }
}

/// `Σ scalars·points` over blocks of eight.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub fn msm(tables: &[&Table], scalars: &[[Scalar; 8]]) -> Projective {
    let mut sums = vec![Points::neutral(); WINDOWS];
    for (table, scalars) in tables.iter().zip(scalars) {
        let shifted = Shifted::new(scalars);
        for (w, sum) in sums.iter_mut().enumerate() {
            *sum = sum.add_affine(&select(table, shifted.digits(w)));
        }
    }
    let twice_d = splat(twice_d());
    let mut total = Points::neutral();
    for sum in sums.iter().rev() {
        for _ in 0..BITS {
            total = total.double();
        }
        total = total.add(&sum.prepare(twice_d));
    }
    for distance in [4, 2, 1] {
        total = total.add(&rotate(total, distance).prepare(twice_d));
    }
    let [first, ..] = total.to_projective();
    first
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
    Points { x: turn(p.x), y: turn(p.y), z: turn(p.z), t: turn(p.t) }
}

/// `scalars_i·P` for one point with a table: record `16w + v − 1` is `v·32^w·P`.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub fn scale(table: &[Record], scalars: &[Scalar; 8]) -> [Projective; 8] {
    let shifted = Shifted::new(scalars);
    let mut total = Points::neutral();
    for (w, multiples) in table.chunks_exact(MULTIPLES).take(WINDOWS).enumerate() {
        let (digits, negative) = shifted.digits(w);
        let mut chosen = Addends::broadcast(&Record::NEUTRAL);
        for (v, record) in (1u64..).zip(multiples) {
            chosen = keep(chosen, _mm512_cmpeq_epi64_mask(digits, set1(v)), &Addends::broadcast(record));
        }
        total = total.add_affine(&chosen.negate(negative));
    }
    total.to_projective()
}
