//! The field kernels on whole blocks of eight elements. All slices have the same number of blocks.

use super::lanes::{
    Lanes, Limbs, Modulus, WIDE_TERMS, Wide, add, constant, load, load_times_16, mul, mul_add, power_of_two, splat,
    store, sub, sub_if_above, to_elements,
};
use crate::{AdditiveGroup, Scalar};

/// Eight elements next to each other.
pub type Block = [Scalar; 8];

const R: Limbs = Scalar::P;

/// A value below `3r`, reduced and written.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
fn finish(a: Lanes, out: &mut Block) {
    store(sub_if_above(sub_if_above(a, R), R), out);
}

/// As [`crate::kernels::scalar::fold_halves`].
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub fn fold_halves(lo: &mut [Block], hi: &[Block], r: Scalar) {
    let r = splat(constant(r));
    for (lo, hi) in lo.iter_mut().zip(hi) {
        let a = load(lo);
        finish(mul_add::<Scalar>(sub(load(hi), a, R), r, a), lo);
    }
}

/// As [`crate::kernels::scalar::eq_split`].
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub fn eq_split(lo: &mut [Block], hi: &mut [Block], r: Scalar) {
    let r = splat(constant(r));
    for (lo, hi) in lo.iter_mut().zip(hi) {
        let a = load(lo);
        let one = sub_if_above(mul::<Scalar>(a, r), R);
        store(one, hi);
        store(sub_if_above(sub(a, one, R), R), lo);
    }
}

/// As [`crate::kernels::scalar::scale_add`].
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub fn scale_add(out: &mut [Block], k: Scalar, a: &[Block]) {
    let k = splat(constant(k));
    for (out, a) in out.iter_mut().zip(a) {
        finish(mul_add::<Scalar>(load(a), k, load(out)), out);
    }
}

/// As [`crate::kernels::scalar::add_assign`].
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub fn add_assign(lo: &mut [Block], hi: &[Block]) {
    for (lo, hi) in lo.iter_mut().zip(hi) {
        store(sub_if_above(add(load(lo), load(hi)), R), lo);
    }
}

/// As [`crate::kernels::scalar::dot`].
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub fn dot(a: &[Block], b: &[Block]) -> Scalar {
    let mut total = Scalar::ZERO;
    for (a, b) in a.chunks(WIDE_TERMS).zip(b.chunks(WIDE_TERMS)) {
        let mut sum = Wide::zero();
        for (a, b) in a.iter().zip(b) {
            sum.mul_add(load(a), load(b));
        }
        total += collect(sum, TWO_FACTORS);
    }
    total
}

/// What is missing from a sum of products of two, or three, loaded values: each product but for the one in
/// [`collect`] itself left 2^-260 instead of 2^-256.
const TWO_FACTORS: Limbs = power_of_two::<Scalar>(264);
const THREE_FACTORS: Limbs = power_of_two::<Scalar>(268);

/// The sum of all lanes, times `missing·2^-260`.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
fn collect(sum: Wide, missing: Limbs) -> Scalar {
    let lanes = mul::<Scalar>(sum.reduce::<Scalar>(), splat(missing));
    to_elements::<Scalar>(sub_if_above(lanes, R)).iter().sum()
}

/// As [`crate::kernels::scalar::product_round`] without weights.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub fn product_round_plain(a: [&[Block]; 2], b: [&[Block]; 2]) -> [Scalar; 3] {
    let mut total = [Scalar::ZERO; 3];
    let parts = a[0].chunks(WIDE_TERMS).zip(a[1].chunks(WIDE_TERMS));
    for ((a0, a1), (b0, b1)) in parts.zip(b[0].chunks(WIDE_TERMS).zip(b[1].chunks(WIDE_TERMS))) {
        let mut sums = [Wide::zero(); 3];
        for ((a0, a1), (b0, b1)) in a0.iter().zip(a1).zip(b0.iter().zip(b1)) {
            let (a0, a1, b0, b1) = (load(a0), load(a1), load(b0), load(b1));
            sums[0].mul_add(a0, b0);
            sums[1].mul_add(a1, b1);
            sums[2].mul_add(sub(a1, a0, R), sub(b1, b0, R));
        }
        for (total, sum) in total.iter_mut().zip(sums) {
            *total += collect(sum, TWO_FACTORS);
        }
    }
    total
}

/// As [`crate::kernels::scalar::product_round`] with weights.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub fn product_round(a: [&[Block]; 2], b: [&[Block]; 2], e: &[Block]) -> [Scalar; 3] {
    let mut total = [Scalar::ZERO; 3];
    let parts = a[0].chunks(WIDE_TERMS).zip(a[1].chunks(WIDE_TERMS)).zip(e.chunks(WIDE_TERMS));
    for (((a0, a1), e), (b0, b1)) in parts.zip(b[0].chunks(WIDE_TERMS).zip(b[1].chunks(WIDE_TERMS))) {
        let mut sums = [Wide::zero(); 3];
        for (((a0, a1), (b0, b1)), e) in a0.iter().zip(a1).zip(b0.iter().zip(b1)).zip(e) {
            let (a0, a1, b0, b1, e) = (load(a0), load(a1), load(b0), load(b1), load(e));
            sums[0].mul_add(mul::<Scalar>(a0, b0), e);
            sums[1].mul_add(mul::<Scalar>(a1, b1), e);
            sums[2].mul_add(mul::<Scalar>(sub(a1, a0, R), sub(b1, b0, R)), e);
        }
        for (total, sum) in total.iter_mut().zip(sums) {
            *total += collect(sum, THREE_FACTORS);
        }
    }
    total
}

/// The blocks of [`crate::kernels::scalar::FractionHalves`].
#[derive(Clone, Copy)]
pub struct FractionBlocks<'a> {
    /// `n0`, `n1`, `d0`, `d1`, low half then high half of each.
    pub tables: [[&'a [Block]; 2]; 4],
    /// Weights.
    pub e: &'a [Block],
}

/// As [`crate::kernels::scalar::fraction_round`].
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub fn fraction_round(blocks: FractionBlocks<'_>, lambda: Scalar) -> [Scalar; 2] {
    let FractionBlocks { tables, e } = blocks;
    let scaled = (lambda != Scalar::ZERO).then(|| splat(constant(lambda)));
    let mut total = [Scalar::ZERO; 2];
    for start in (0..e.len()).step_by(WIDE_TERMS) {
        let mut sums = [Wide::zero(); 2];
        for i in start..e.len().min(start + WIDE_TERMS) {
            let [n0, n1, d0, d1] = tables.map(|[lo, hi]| (load(&lo[i]), load(&hi[i])));
            let e = load(&e[i]);
            sums[0].mul_add(fraction([n0.0, n1.0, d0.0, d1.0], scaled), e);
            let step = |(lo, hi)| sub(hi, lo, R);
            sums[1].mul_add(fraction([step(n0), step(n1), step(d0), step(d1)], scaled), e);
        }
        for (total, sum) in total.iter_mut().zip(sums) {
            *total += collect(sum, THREE_FACTORS);
        }
    }
    total
}

/// `d1·(n0 + λ·d0) + n1·d0` with one reduction for both products.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
fn fraction([n0, n1, d0, d1]: [Lanes; 4], lambda: Option<Lanes>) -> Lanes {
    let scaled = match lambda {
        Some(lambda) => mul_add::<Scalar>(d0, lambda, n0),
        None => n0,
    };
    let mut sum = Wide::zero();
    sum.mul_add(d1, scaled);
    sum.mul_add(n1, d0);
    sum.reduce::<Scalar>()
}

/// As [`crate::kernels::scalar::fraction_layer`].
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub fn fraction_layer(n: [&[Block]; 2], d: [&[Block]; 2], out_n: &mut [Block], out_d: &mut [Block]) {
    let inputs = n[0].iter().zip(n[1]).zip(d[0].iter().zip(d[1]));
    for (((n0, n1), (d0, d1)), (out_n, out_d)) in inputs.zip(out_n.iter_mut().zip(out_d)) {
        let (d0_16, d1_16) = (load_times_16(d0), load_times_16(d1));
        let mut sum = Wide::zero();
        sum.mul_add(load(n0), d1_16);
        sum.mul_add(load(n1), d0_16);
        finish(sum.reduce::<Scalar>(), out_n);
        store(sub_if_above(mul::<Scalar>(load(d0), d1_16), R), out_d);
    }
}
