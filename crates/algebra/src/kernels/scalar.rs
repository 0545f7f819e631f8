//! The definition of every field kernel, in arkworks' own arithmetic. Lengths follow the shorter slice.

use crate::encoding::small;
use crate::{Scalar, Zero};

/// `lo_i ← lo_i + r·(hi_i − lo_i)`.
pub fn fold_halves(lo: &mut [Scalar], hi: &[Scalar], r: Scalar) {
    for (lo, hi) in lo.iter_mut().zip(hi) {
        *lo += r * (*hi - *lo);
    }
}

/// `hi_i ← r·lo_i`, `lo_i ← lo_i − r·lo_i`.
pub fn eq_split(lo: &mut [Scalar], hi: &mut [Scalar], r: Scalar) {
    for (lo, hi) in lo.iter_mut().zip(hi) {
        *hi = *lo * r;
        *lo -= *hi;
    }
}

/// `lo_i ← lo_i + hi_i`.
pub fn add_assign(lo: &mut [Scalar], hi: &[Scalar]) {
    for (lo, hi) in lo.iter_mut().zip(hi) {
        *lo += hi;
    }
}

/// `out_i ← out_i + k·a_i`.
pub fn scale_add(out: &mut [Scalar], k: Scalar, a: &[Scalar]) {
    for (out, a) in out.iter_mut().zip(a) {
        *out += k * a;
    }
}

/// `Σ a_i·b_i`.
pub fn dot(a: &[Scalar], b: &[Scalar]) -> Scalar {
    a.iter().zip(b).map(|(a, b)| *a * b).sum()
}

/// `Σ cells_i·weights_i`.
pub fn dot_small(cells: &[i64], weights: &[Scalar]) -> Scalar {
    cells.iter().zip(weights).filter(|(c, _)| **c != 0).map(|(c, w)| small(*c) * w).sum()
}

/// `out_j ← out_j + Σ_i weights_i·rows_ij`.
pub fn combine_rows(rows: &[&[i64]], weights: &[Scalar], out: &mut [Scalar]) {
    for (row, weight) in rows.iter().zip(weights) {
        for (out, cell) in out.iter_mut().zip(*row) {
            if *cell != 0 {
                *out += small(*cell) * weight;
            }
        }
    }
}

/// The halves of two tables, and the weight of each index if there is one.
#[derive(Clone, Copy)]
pub struct ProductHalves<'a> {
    /// Low and high half of the first factor.
    pub a: [&'a [Scalar]; 2],
    /// Low and high half of the second factor.
    pub b: [&'a [Scalar]; 2],
    /// Weights; all ones if absent.
    pub e: Option<&'a [Scalar]>,
}

/// `[Σ e·a_lo·b_lo, Σ e·a_hi·b_hi, Σ e·(a_hi − a_lo)(b_hi − b_lo)]`.
pub fn product_round(halves: ProductHalves<'_>) -> [Scalar; 3] {
    let ProductHalves { a: [a0, a1], b: [b0, b1], e } = halves;
    let mut sums = [Scalar::zero(); 3];
    for (i, ((a0, a1), (b0, b1))) in a0.iter().zip(a1).zip(b0.iter().zip(b1)).enumerate() {
        let terms = [*a0 * b0, *a1 * b1, (*a1 - a0) * (*b1 - b0)];
        let weight = match e.map(|e| e.get(i)) {
            None => None,
            Some(Some(weight)) => Some(*weight),
            Some(None) => break,
        };
        for (sum, term) in sums.iter_mut().zip(terms) {
            *sum += weight.map_or(term, |w| w * term);
        }
    }
    sums
}

/// The halves of the four tables of a layer of fractions, and the weight of each index.
#[derive(Clone, Copy)]
pub struct FractionHalves<'a> {
    /// Low and high half of the even children's numerators.
    pub n0: [&'a [Scalar]; 2],
    /// Low and high half of the odd children's numerators.
    pub n1: [&'a [Scalar]; 2],
    /// Low and high half of the even children's denominators.
    pub d0: [&'a [Scalar]; 2],
    /// Low and high half of the odd children's denominators.
    pub d1: [&'a [Scalar]; 2],
    /// Weights.
    pub e: &'a [Scalar],
}

/// With `g = d1·(n0 + λ·d0) + n1·d0`: `[Σ e·g(lo), Σ e·(coefficient of X² of g on the line lo + X·(hi − lo))]`.
pub fn fraction_round(halves: FractionHalves<'_>, lambda: Scalar) -> [Scalar; 2] {
    let FractionHalves { n0, n1, d0, d1, e } = halves;
    let pairs = |[lo, hi]: [&[Scalar]; 2]| lo.iter().copied().zip(hi.iter().copied()).collect::<Vec<_>>();
    let g = |n0: Scalar, n1: Scalar, d0: Scalar, d1: Scalar| d1 * (n0 + lambda * d0) + n1 * d0;
    let (n0, n1, d0, d1) = (pairs(n0), pairs(n1), pairs(d0), pairs(d1));
    let mut sums = [Scalar::zero(); 2];
    for ((((n0, n1), d0), d1), e) in n0.iter().zip(&n1).zip(&d0).zip(&d1).zip(e) {
        sums[0] += *e * g(n0.0, n1.0, d0.0, d1.0);
        sums[1] += *e * g(n0.1 - n0.0, n1.1 - n1.0, d0.1 - d0.0, d1.1 - d1.0);
    }
    sums
}

/// `n' = n_lo·d_hi + n_hi·d_lo`, `d' = d_lo·d_hi`.
pub fn fraction_layer(n: [&[Scalar]; 2], d: [&[Scalar]; 2], out_n: &mut [Scalar], out_d: &mut [Scalar]) {
    let inputs = n[0].iter().zip(n[1]).zip(d[0].iter().zip(d[1]));
    for (((n0, n1), (d0, d1)), (out_n, out_d)) in inputs.zip(out_n.iter_mut().zip(out_d)) {
        *out_n = *n0 * d1 + *n1 * d0;
        *out_d = *d0 * d1;
    }
}
