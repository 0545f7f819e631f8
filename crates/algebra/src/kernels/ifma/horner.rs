//! `Σ_i 2^(bits·i)·P_i`: a chain of doublings of one point, with its four coordinates in lanes.
//!
//! The four squarings of a doubling are one product of lanes, and so are its last four products: half the
//! time of doing them one by one, where nothing else can run beside the chain.

use super::lanes::{Lanes, Limbs, Modulus, V, add_limbs, mul, normal, set1, splat, sub_limbs};
use super::point::{ONE, Points, Prepared, twice_d};
use crate::{Base, Projective};
use std::arch::x86_64::{
    _mm512_loadu_epi64, _mm512_mask_add_epi64, _mm512_mask_sub_epi64, _mm512_permutexvar_epi64, _mm512_storeu_epi64,
};

/// X, Y, Z, T of one point in the first four lanes, below `1.3p`, normal.
#[derive(Clone, Copy)]
struct Coordinates(Lanes);

/// Lane `from[i]` in lane `i`.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
fn permute(a: Lanes, from: V) -> Lanes {
    let a = a.0;
    Lanes([
        _mm512_permutexvar_epi64(from, a[0]),
        _mm512_permutexvar_epi64(from, a[1]),
        _mm512_permutexvar_epi64(from, a[2]),
        _mm512_permutexvar_epi64(from, a[3]),
        _mm512_permutexvar_epi64(from, a[4]),
    ])
}

/// `a + b` in the lanes of `plus`, `a − b` in those of `minus`, limb by limb.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
fn combine(a: Lanes, b: Lanes, plus: u8, minus: u8) -> Lanes {
    let mut out = a.0;
    for (out, b) in out.iter_mut().zip(b.0) {
        *out = _mm512_mask_add_epi64(*out, plus, *out, b);
        *out = _mm512_mask_sub_epi64(*out, minus, *out, b);
    }
    Lanes(out)
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
fn words(words: [u64; 8]) -> V {
    // SAFETY: eight words are 64 readable bytes; any alignment will do.
    unsafe { _mm512_loadu_epi64(words.as_ptr().cast()) }
}

impl Coordinates {
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn neutral() -> Self {
        Self(from_limbs([[0; 5], ONE, ONE, [0; 5]]))
    }

    /// As [`Points::double`].
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    #[inline]
    fn double(self) -> Self {
        let first = permute(self.0, words([0, 1, 2, 0, 4, 4, 4, 4]));
        let factors = normal(combine(first, permute(self.0, set1(1)), 0b1000, 0));
        let squares = mul::<Base>(factors, factors);
        // A, B, Z² and (X + Y)² in all lanes
        let [a, b, z2, s] = [0, 1, 2, 3].map(|lane| permute(squares, set1(lane)));
        let c = add_limbs(z2, z2);
        let base = sub_limbs(splat(Base::P4), a);
        // E, G, F, E = S − A − B, B − A, B − A − C, S − A − B
        let left = combine(combine(combine(base, b, 0b0110, 0b1001), s, 0b1001, 0), c, 0, 0b0100);
        // F, H, G, H = B − A − C, −A − B, B − A, −A − B
        let right = combine(combine(base, b, 0b0101, 0b1010), c, 0, 0b0001);
        Self(mul::<Base>(normal(left), normal(right)))
    }

    /// As [`Points::add`]; the addend has `y − x, y + x, 2d·t, 2z` in its first four lanes.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    #[inline]
    fn add(self, addend: Lanes) -> Self {
        let first = permute(self.0, words([1, 1, 3, 2, 4, 4, 4, 4]));
        let factors = combine(add_limbs(first, splat(Base::P2)), permute(self.0, set1(0)), 0b0010, 0b0001);
        let products = mul::<Base>(normal(factors), addend);
        let [a, b, c, d] = [0, 1, 2, 3].map(|lane| permute(products, set1(lane)));
        // E, G, F, E = B − A, D + C, D − C, B − A
        let base = splat(Base::P4);
        let left = combine(combine(base, b, 0b1001, 0), a, 0, 0b1001);
        let left = combine(combine(left, d, 0b0110, 0), c, 0b0010, 0b0100);
        // F, H, G, H = D − C, B + A, D + C, B + A
        let right = combine(combine(base, d, 0b0101, 0), c, 0b0100, 0b0001);
        let right = combine(combine(right, b, 0b1010, 0), a, 0b1010, 0);
        Self(mul::<Base>(normal(left), normal(right)))
    }
}

/// Four elements in the first four lanes.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
fn from_limbs(elements: [Limbs; 4]) -> Lanes {
    let mut rows = [[0u64; 8]; 5];
    for (lane, element) in elements.iter().enumerate() {
        for (row, limb) in rows.iter_mut().zip(element) {
            row[lane] = *limb;
        }
    }
    Lanes([words(rows[0]), words(rows[1]), words(rows[2]), words(rows[3]), words(rows[4])])
}

/// The limbs of each lane.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
fn to_limbs(a: Lanes) -> [Limbs; 8] {
    let mut out = [[0; 5]; 8];
    for (k, row) in a.0.into_iter().enumerate() {
        let mut words = [0u64; 8];
        // SAFETY: eight words are 64 writable bytes; any alignment will do.
        unsafe { _mm512_storeu_epi64(words.as_mut_ptr().cast(), row) }
        for (out, word) in out.iter_mut().zip(words) {
            out[k] = word;
        }
    }
    out
}

/// `Σ_i 2^(bits·i)·P_i` over the first `count` of the points, eight of which are in each element of the list.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub fn horner(points: &[Points], count: usize, bits: u32) -> Projective {
    let twice_d = splat(twice_d());
    let mut addends = Vec::with_capacity(8 * points.len());
    for points in points {
        let Prepared { affine, twice_z } = points.prepare(twice_d);
        let parts = [affine.difference, affine.sum, affine.product, twice_z].map(|part| to_limbs(part));
        addends.extend((0..8).map(|lane| from_limbs(parts.map(|part| part[lane]))));
    }
    let mut sum = Coordinates::neutral();
    for addend in addends.iter().take(count).rev() {
        for _ in 0..bits {
            sum = sum.double();
        }
        sum = sum.add(*addend);
    }
    let [x, y, z, t] = [0, 1, 2, 3].map(|lane| permute(sum.0, set1(lane)));
    let [first, ..] = Points { x, y, z, t }.to_projective();
    first
}
