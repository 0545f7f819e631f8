//! Eight elements of a prime field in lanes: the arithmetic under every kernel here.
//!
//! A value is `Σ limb_k·2^(52k)`. *Normal* means every limb is below 2^52, which factors of a product must
//! be. Values are kept below a small multiple of the modulus; each function says what it needs and gives.

use crate::{AdditiveGroup, Base, PrimeField, Scalar};
use ark_ff::{Fp, MontBackend, MontConfig};
use std::arch::x86_64::{
    __m512i, _mm_cvtsi32_si128, _mm512_add_epi64, _mm512_and_si512, _mm512_loadu_epi64, _mm512_madd52hi_epu64,
    _mm512_madd52lo_epu64, _mm512_mask_mov_epi64, _mm512_movepi64_mask, _mm512_or_si512, _mm512_permutex2var_epi64,
    _mm512_set1_epi64, _mm512_setr_epi64, _mm512_setzero_si512, _mm512_shuffle_i64x2, _mm512_sll_epi64,
    _mm512_slli_epi64, _mm512_srai_epi64, _mm512_srl_epi64, _mm512_srli_epi64, _mm512_storeu_epi64, _mm512_sub_epi64,
};

/// Eight 64-bit lanes.
pub type V = __m512i;
/// Limbs of 52 bits.
pub type Limbs = [u64; 5];

/// Eight field elements.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub struct Lanes(pub [V; 5]);

/// Eight sums of products, not reduced: ten columns of weight 2^(52k), each below 2^64.
#[derive(Clone, Copy)]
pub struct Wide(pub [V; 10]);

const MASK: u64 = (1 << 52) - 1;

/// Products that fit a column of [`Wide`]: each adds at most ten terms below 2^52.
pub const WIDE_TERMS: usize = 256;

/// A modulus in the form that the lanes use.
pub trait Modulus: AdditiveGroup {
    /// The modulus p.
    const P: Limbs;
    /// `−p^-1 mod 2^52`.
    const NINV: u64;
    /// `2p`.
    const P2: Limbs = multiple(Self::P, 2);
    /// `4p`.
    const P4: Limbs = multiple(Self::P, 4);
}

impl Modulus for Scalar {
    const P: Limbs = split(<Scalar as PrimeField>::MODULUS.0);
    const NINV: u64 = negated_inverse(<Scalar as PrimeField>::MODULUS.0[0]);
}

impl Modulus for Base {
    const P: Limbs = split(<Base as PrimeField>::MODULUS.0);
    const NINV: u64 = negated_inverse(<Base as PrimeField>::MODULUS.0[0]);
}

/// Four limbs of 64 bits as five of 52.
pub const fn split(a: [u64; 4]) -> Limbs {
    [
        a[0] & MASK,
        (a[0] >> 52 | a[1] << 12) & MASK,
        (a[1] >> 40 | a[2] << 24) & MASK,
        (a[2] >> 28 | a[3] << 36) & MASK,
        a[3] >> 16,
    ]
}

const fn multiple(p: Limbs, k: u64) -> Limbs {
    let mut out = [0; 5];
    let (mut carry, mut i) = (0, 0);
    while i < 5 {
        let t = p[i] * k + carry;
        out[i] = t & MASK;
        carry = t >> 52;
        i += 1;
    }
    out
}

const fn negated_inverse(p0: u64) -> u64 {
    let (mut x, mut i) = (1u64, 0);
    while i < 6 {
        x = x.wrapping_mul(2u64.wrapping_sub(p0.wrapping_mul(x)));
        i += 1;
    }
    x.wrapping_neg() & MASK
}

/// `2^k mod p`, by doubling.
pub const fn power_of_two<M: Modulus>(k: u32) -> Limbs {
    let mut a = [1, 0, 0, 0, 0];
    let mut step = 0;
    while step < k {
        let twice = multiple(a, 2);
        let (mut reduced, mut borrow, mut i) = ([0; 5], 0, 0);
        while i < 5 {
            let t = twice[i].wrapping_sub(M::P[i]).wrapping_sub(borrow);
            reduced[i] = t & MASK;
            borrow = t >> 63;
            i += 1;
        }
        a = if borrow == 1 { twice } else { reduced };
        step += 1;
    }
    a
}

/// The limbs of `a·2^260 mod p`: the form in which constants multiply lanes without leaving a factor.
pub fn constant<C: MontConfig<4>>(a: Fp<MontBackend<C, 4>, 4>) -> Limbs {
    let sixteen = Fp::from(16u64);
    split((a * sixteen).0.0)
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
pub fn set1(x: u64) -> V {
    _mm512_set1_epi64(x.cast_signed())
}

/// The same element in all lanes.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
pub fn splat(a: Limbs) -> Lanes {
    Lanes([set1(a[0]), set1(a[1]), set1(a[2]), set1(a[3]), set1(a[4])])
}

/// Propagates signed carries. The value must not be negative; then the result is normal.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
pub fn normal(a: Lanes) -> Lanes {
    let m = set1(MASK);
    let mut r = a.0;
    r[1] = _mm512_add_epi64(r[1], _mm512_srai_epi64::<52>(r[0]));
    r[0] = _mm512_and_si512(r[0], m);
    r[2] = _mm512_add_epi64(r[2], _mm512_srai_epi64::<52>(r[1]));
    r[1] = _mm512_and_si512(r[1], m);
    r[3] = _mm512_add_epi64(r[3], _mm512_srai_epi64::<52>(r[2]));
    r[2] = _mm512_and_si512(r[2], m);
    r[4] = _mm512_add_epi64(r[4], _mm512_srai_epi64::<52>(r[3]));
    r[3] = _mm512_and_si512(r[3], m);
    Lanes(r)
}

/// Limb by limb, not normal.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
pub fn add_limbs(a: Lanes, b: Lanes) -> Lanes {
    let (a, b) = (a.0, b.0);
    Lanes([
        _mm512_add_epi64(a[0], b[0]),
        _mm512_add_epi64(a[1], b[1]),
        _mm512_add_epi64(a[2], b[2]),
        _mm512_add_epi64(a[3], b[3]),
        _mm512_add_epi64(a[4], b[4]),
    ])
}

/// Limb by limb, not normal, limbs may be negative.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
pub fn sub_limbs(a: Lanes, b: Lanes) -> Lanes {
    let (a, b) = (a.0, b.0);
    Lanes([
        _mm512_sub_epi64(a[0], b[0]),
        _mm512_sub_epi64(a[1], b[1]),
        _mm512_sub_epi64(a[2], b[2]),
        _mm512_sub_epi64(a[3], b[3]),
        _mm512_sub_epi64(a[4], b[4]),
    ])
}

/// `a + b`, normal.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
pub fn add(a: Lanes, b: Lanes) -> Lanes {
    normal(add_limbs(a, b))
}

/// `a − b + k`, normal, for a multiple `k` of the modulus that is at least `b`.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
pub fn sub(a: Lanes, b: Lanes, k: Limbs) -> Lanes {
    normal(sub_limbs(add_limbs(a, splat(k)), b))
}

/// `a − k` where that is not negative, else `a`; normal.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
pub fn sub_if_above(a: Lanes, k: Limbs) -> Lanes {
    let d = normal(sub_limbs(a, splat(k)));
    let negative = _mm512_movepi64_mask(d.0[4]);
    blend(d, negative, a)
}

/// Lanes of `b` where `mask` has a bit, else of `a`.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
pub fn blend(a: Lanes, mask: u8, b: Lanes) -> Lanes {
    let (a, b) = (a.0, b.0);
    Lanes([
        _mm512_mask_mov_epi64(a[0], mask, b[0]),
        _mm512_mask_mov_epi64(a[1], mask, b[1]),
        _mm512_mask_mov_epi64(a[2], mask, b[2]),
        _mm512_mask_mov_epi64(a[3], mask, b[3]),
        _mm512_mask_mov_epi64(a[4], mask, b[4]),
    ])
}

/// `a·b·2^-260 + c`, where the product is below `p + a·b·2^-260`. Not normal. Needs normal `a` and `b`.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
fn mul_limbs<M: Modulus>(a: Lanes, b: Lanes, c: Lanes) -> Lanes {
    let (a, b) = (a.0, b.0);
    let p = splat(M::P).0;
    let ninv = set1(M::NINV);
    let zero = _mm512_setzero_si512();
    let mut t = [zero; 5];
    // One row of the schoolbook product and one step of the reduction at a time; the low column is
    // shifted out with its carry before the high halves are added, which saves a register.
    for bi in b {
        t[0] = _mm512_madd52lo_epu64(t[0], a[0], bi);
        let k = _mm512_madd52lo_epu64(zero, t[0], ninv);
        for i in 1..5 {
            t[i] = _mm512_madd52lo_epu64(t[i], a[i], bi);
        }
        t[0] = _mm512_madd52lo_epu64(t[0], k, p[0]);
        let carry = _mm512_srli_epi64::<52>(t[0]);
        for i in 1..5 {
            t[i] = _mm512_madd52lo_epu64(t[i], k, p[i]);
        }
        t = [_mm512_add_epi64(t[1], carry), t[2], t[3], t[4], zero];
        for i in 0..5 {
            t[i] = _mm512_madd52hi_epu64(t[i], a[i], bi);
        }
        for i in 0..5 {
            t[i] = _mm512_madd52hi_epu64(t[i], k, p[i]);
        }
    }
    add_limbs(Lanes(t), c)
}

/// `a·b·2^-260`, below `p + a·b·2^-260`, normal. Needs normal `a` and `b`.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
pub fn mul<M: Modulus>(a: Lanes, b: Lanes) -> Lanes {
    normal(mul_limbs::<M>(a, b, splat([0; 5])))
}

/// `a·b·2^-260 + c`, normal. Needs normal `a` and `b`.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
pub fn mul_add<M: Modulus>(a: Lanes, b: Lanes, c: Lanes) -> Lanes {
    normal(mul_limbs::<M>(a, b, c))
}

impl Wide {
    /// No product yet.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    #[inline]
    pub fn zero() -> Self {
        Self([_mm512_setzero_si512(); 10])
    }

    /// Adds `a·b`; at most [`WIDE_TERMS`] times. Needs normal `a` and `b`.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    #[inline]
    pub fn mul_add(&mut self, a: Lanes, b: Lanes) {
        for j in 0..5 {
            for i in 0..5 {
                self.0[i + j] = _mm512_madd52lo_epu64(self.0[i + j], a.0[i], b.0[j]);
            }
            for i in 0..5 {
                self.0[i + j + 1] = _mm512_madd52hi_epu64(self.0[i + j + 1], a.0[i], b.0[j]);
            }
        }
    }

    /// The sum times 2^-260, below `p + sum·2^-260`, normal.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    #[inline]
    pub fn reduce<M: Modulus>(self) -> Lanes {
        let p = splat(M::P).0;
        let ninv = set1(M::NINV);
        let zero = _mm512_setzero_si512();
        let mut t = self.0;
        for i in 0..5 {
            let k = _mm512_madd52lo_epu64(zero, t[i], ninv);
            for j in 0..5 {
                t[i + j] = _mm512_madd52lo_epu64(t[i + j], k, p[j]);
            }
            t[i + 1] = _mm512_add_epi64(t[i + 1], _mm512_srli_epi64::<52>(t[i]));
            for j in 0..5 {
                t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], k, p[j]);
            }
        }
        // Columns may have their top bit set, so carries go unsigned.
        let m = set1(MASK);
        for i in 5..9 {
            t[i + 1] = _mm512_add_epi64(t[i + 1], _mm512_srli_epi64::<52>(t[i]));
            t[i] = _mm512_and_si512(t[i], m);
        }
        Lanes([t[5], t[6], t[7], t[8], t[9]])
    }
}

/// Four vectors of words, `words[k]` holding word `k` of each of eight consecutive elements.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
fn load_words<M: Modulus>(elements: &[M; 8]) -> [V; 4] {
    const { assert!(size_of::<M>() == 32) };
    let start = elements.as_ptr().cast::<i64>();
    // SAFETY: the array is 8 elements of 32 bytes, so 4 reads of 64 bytes stay inside it; any alignment will do.
    let r = unsafe {
        [
            _mm512_loadu_epi64(start),
            _mm512_loadu_epi64(start.add(8)),
            _mm512_loadu_epi64(start.add(16)),
            _mm512_loadu_epi64(start.add(24)),
        ]
    };
    let even = _mm512_setr_epi64(0, 4, 8, 12, 1, 5, 9, 13);
    let odd = _mm512_setr_epi64(2, 6, 10, 14, 3, 7, 11, 15);
    let a = _mm512_permutex2var_epi64(r[0], even, r[1]);
    let b = _mm512_permutex2var_epi64(r[2], even, r[3]);
    let c = _mm512_permutex2var_epi64(r[0], odd, r[1]);
    let d = _mm512_permutex2var_epi64(r[2], odd, r[3]);
    [
        _mm512_shuffle_i64x2::<0x44>(a, b),
        _mm512_shuffle_i64x2::<0xEE>(a, b),
        _mm512_shuffle_i64x2::<0x44>(c, d),
        _mm512_shuffle_i64x2::<0xEE>(c, d),
    ]
}

/// Bits `shift..` of the double word `lo, hi`.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
fn across(lo: V, hi: V, shift: i32) -> V {
    let right = _mm512_srl_epi64(lo, _mm_cvtsi32_si128(shift));
    _mm512_or_si512(right, _mm512_sll_epi64(hi, _mm_cvtsi32_si128(64 - shift)))
}

/// Eight consecutive elements, normal.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
pub fn load<M: Modulus>(elements: &[M; 8]) -> Lanes {
    let [w0, w1, w2, w3] = load_words(elements);
    let m = set1(MASK);
    Lanes([
        _mm512_and_si512(w0, m),
        _mm512_and_si512(across(w0, w1, 52), m),
        _mm512_and_si512(across(w1, w2, 40), m),
        _mm512_and_si512(across(w2, w3, 28), m),
        _mm512_srli_epi64::<16>(w3),
    ])
}

/// Sixteen times eight consecutive elements as integers (below 2^255, not reduced), normal.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
pub fn load_times_16<M: Modulus>(elements: &[M; 8]) -> Lanes {
    let [w0, w1, w2, w3] = load_words(elements);
    let m = set1(MASK);
    Lanes([
        _mm512_and_si512(_mm512_slli_epi64::<4>(w0), m),
        _mm512_and_si512(across(w0, w1, 48), m),
        _mm512_and_si512(across(w1, w2, 36), m),
        _mm512_and_si512(across(w2, w3, 24), m),
        _mm512_srli_epi64::<12>(w3),
    ])
}

/// Writes eight elements; they must be normal and below the modulus.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
pub fn store<M: Modulus>(a: Lanes, out: &mut [M; 8]) {
    const { assert!(size_of::<M>() == 32) };
    let a = a.0;
    let w0 = _mm512_or_si512(a[0], _mm512_slli_epi64::<52>(a[1]));
    let w1 = _mm512_or_si512(_mm512_srli_epi64::<12>(a[1]), _mm512_slli_epi64::<40>(a[2]));
    let w2 = _mm512_or_si512(_mm512_srli_epi64::<24>(a[2]), _mm512_slli_epi64::<28>(a[3]));
    let w3 = _mm512_or_si512(_mm512_srli_epi64::<36>(a[3]), _mm512_slli_epi64::<16>(a[4]));
    let low = [_mm512_shuffle_i64x2::<0x44>(w0, w1), _mm512_shuffle_i64x2::<0x44>(w2, w3)];
    let high = [_mm512_shuffle_i64x2::<0xEE>(w0, w1), _mm512_shuffle_i64x2::<0xEE>(w2, w3)];
    let first = _mm512_setr_epi64(0, 4, 8, 12, 1, 5, 9, 13);
    let second = _mm512_setr_epi64(2, 6, 10, 14, 3, 7, 11, 15);
    let start = out.as_mut_ptr().cast::<i64>();
    // SAFETY: the array is 8 elements of 32 bytes, so 4 writes of 64 bytes stay inside it; any alignment will do.
    unsafe {
        _mm512_storeu_epi64(start, _mm512_permutex2var_epi64(low[0], first, low[1]));
        _mm512_storeu_epi64(start.add(8), _mm512_permutex2var_epi64(low[0], second, low[1]));
        _mm512_storeu_epi64(start.add(16), _mm512_permutex2var_epi64(high[0], first, high[1]));
        _mm512_storeu_epi64(start.add(24), _mm512_permutex2var_epi64(high[0], second, high[1]));
    }
}

/// The elements of normal lanes that are below the modulus, as arkworks' Montgomery words.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
pub fn to_elements<M: Modulus>(a: Lanes) -> [M; 8] {
    let mut out = [M::ZERO; 8];
    store(a, &mut out);
    out
}
