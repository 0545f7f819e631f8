//! The hot loops: one safe door each, chosen at run time. `scalar` is the definition.
//!
//! Tables have the high variable first: a table of length `2m` is its half at 0 and then its half at 1.
//! Lengths that do not fit are cut to the shorter one; no door panics or reads out of range. Long tables
//! are cut in chunks for the threads of the pool, and as field addition is exact the result does not
//! depend on how many there are.

#[cfg(test)]
mod agreement;
#[cfg(feature = "prove")]
#[cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "calls of functions that need instructions detected at run time")
)]
pub mod doubles;
#[cfg(target_arch = "x86_64")]
#[expect(
    unsafe_code,
    reason = "vector loads and stores, and calls of functions that need instructions detected at run time"
)]
#[cfg_attr(
    not(test),
    expect(
        clippy::indexing_slicing,
        clippy::integer_division_remainder_used,
        reason = "indices into arrays of fixed length and divisors are constants or counted by the loop; tested at lengths that fit no block"
    )
)]
pub(crate) mod ifma;
#[cfg(feature = "prove")]
#[cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "calls of functions that need instructions detected at run time")
)]
pub mod integers;
#[cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "calls of functions that need instructions detected at run time")
)]
pub(crate) mod points;
pub(crate) mod scalar;
#[cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "calls of functions that need instructions detected at run time")
)]
mod serial;
#[cfg(feature = "prove")]
#[cfg_attr(
    target_arch = "x86_64",
    expect(
        unsafe_code,
        reason = "masked vector loads, and calls of functions that need instructions detected at run time"
    )
)]
pub mod words;

use crate::{Scalar, Zero};
use rayon::prelude::*;
use scalar::{FractionHalves, ProductHalves};

/// Elements a thread takes at once; below two of them the pool costs more than it gives.
const CHUNK: usize = 1 << 12;

/// Fixes the first variable of a table to `r`: `t_i ← t_i + r·(t_{m+i} − t_i)`, and halves it.
pub fn fold(table: &mut Vec<Scalar>, r: Scalar) {
    let half = table.len() >> 1;
    let (lo, hi) = table.split_at_mut(half);
    zip_chunks(lo, hi, |lo, hi| serial::fold_halves(lo, hi, r));
    table.truncate(half);
}

/// Drops the first variable of an `eq` table: `t_i ← t_i + t_{m+i}`, and halves it.
pub fn eq_fold(table: &mut Vec<Scalar>) {
    let half = table.len() >> 1;
    let (lo, hi) = table.split_at_mut(half);
    zip_chunks(lo, hi, serial::add_assign);
    table.truncate(half);
}

/// Puts a variable with value `r` before the others of an `eq` table, which doubles.
pub(crate) fn eq_extend(table: &mut Vec<Scalar>, r: Scalar) {
    let half = table.len();
    table.resize(2 * half, Scalar::zero());
    let (lo, hi) = table.split_at_mut(half);
    if half < 2 * CHUNK {
        return serial::eq_split(lo, hi, r);
    }
    lo.par_chunks_mut(CHUNK).zip(hi.par_chunks_mut(CHUNK)).for_each(|(lo, hi)| serial::eq_split(lo, hi, r));
}

/// `out_i ← out_i + k·a_i`.
pub fn scale_add(out: &mut [Scalar], k: Scalar, a: &[Scalar]) {
    zip_chunks(out, a, |out, a| serial::scale_add(out, k, a));
}

/// `Σ a_i·b_i`.
pub fn dot(a: &[Scalar], b: &[Scalar]) -> Scalar {
    if a.len() < 2 * CHUNK {
        return serial::dot(a, b);
    }
    a.par_chunks(CHUNK).zip(b.par_chunks(CHUNK)).map(|(a, b)| serial::dot(a, b)).sum()
}

/// `Σ cells_i·weights_i` for integer cells.
pub fn dot_small(cells: &[i64], weights: &[Scalar]) -> Scalar {
    if cells.len() < 2 * CHUNK {
        return serial::dot_small(cells, weights);
    }
    cells.par_chunks(CHUNK).zip(weights.par_chunks(CHUNK)).map(|(c, w)| serial::dot_small(c, w)).sum()
}

/// `out_j ← out_j + Σ_i weights_i·rows_ij`; a row may be shorter than `out`.
pub fn combine_rows(rows: &[&[i64]], weights: &[Scalar], out: &mut [Scalar]) {
    let columns = columns_per_task(rows.len(), out.len());
    out.par_chunks_mut(columns).enumerate().for_each(|(k, out)| {
        let part: Vec<&[i64]> = rows.iter().map(|row| row.get(k * columns..).unwrap_or(&[])).collect();
        serial::combine_rows(&part, weights, out);
    });
}

/// `[Σ e·a_lo·b_lo, Σ e·a_hi·b_hi, Σ e·(a_hi − a_lo)(b_hi − b_lo)]` over the halves of `a` and `b`.
///
/// `a` and `b` have length `2m`, `e` length `m`; without `e` all weights are one.
#[must_use]
pub fn product_round(a: &[Scalar], b: &[Scalar], e: Option<&[Scalar]>) -> [Scalar; 3] {
    let (a, b) = (halves(a), halves(b));
    sum_chunks(a[0].len(), |k| {
        serial::product_round(ProductHalves { a: both(a, k), b: both(b, k), e: e.map(|e| chunk(e, k)) })
    })
}

/// One round of the sumcheck of a layer of fractions.
///
/// For `g = d1·(n0 + λ·d0) + n1·d0`, over the halves of the four tables (length `2m`; `e` has length `m`):
/// `[Σ e·g(lo), Σ e·(Δd1·(Δn0 + λ·Δd0) + Δn1·Δd0)]` with `Δ = hi − lo`.
#[must_use]
pub fn fraction_round(
    n0: &[Scalar],
    n1: &[Scalar],
    d0: &[Scalar],
    d1: &[Scalar],
    lambda: Scalar,
    e: &[Scalar],
) -> [Scalar; 2] {
    let (n0, n1, d0, d1) = (halves(n0), halves(n1), halves(d0), halves(d1));
    sum_chunks(e.len(), |k| {
        let part =
            FractionHalves { n0: both(n0, k), n1: both(n1, k), d0: both(d0, k), d1: both(d1, k), e: chunk(e, k) };
        serial::fraction_round(part, lambda)
    })
}

/// The layer above a layer of fractions: `n' = n_lo·d_hi + n_hi·d_lo`, `d' = d_lo·d_hi`.
#[must_use]
pub fn fraction_layer(n: &[Scalar], d: &[Scalar]) -> (Vec<Scalar>, Vec<Scalar>) {
    let (n, d) = (halves(n), halves(d));
    let len = n[0].len().min(d[0].len());
    let (mut out_n, mut out_d) = (vec![Scalar::zero(); len], vec![Scalar::zero(); len]);
    out_n.par_chunks_mut(CHUNK).zip(out_d.par_chunks_mut(CHUNK)).enumerate().for_each(|(k, (out_n, out_d))| {
        serial::fraction_layer(both(n, k), both(d, k), out_n, out_d);
    });
    (out_n, out_d)
}

/// The low and the high half; of an odd length the last element belongs to neither.
fn halves(table: &[Scalar]) -> [&[Scalar]; 2] {
    let half = table.len() >> 1;
    let (lo, hi) = table.split_at(half);
    [lo, hi.get(..half).unwrap_or(&[])]
}

/// The `k`-th chunk, empty past the end.
fn chunk(slice: &[Scalar], k: usize) -> &[Scalar] {
    slice.chunks(CHUNK).nth(k).unwrap_or(&[])
}

fn both(halves: [&[Scalar]; 2], k: usize) -> [&[Scalar]; 2] {
    halves.map(|half| chunk(half, k))
}

/// Runs `body` on equal chunks of both slices, in parallel if there are at least two.
fn zip_chunks(out: &mut [Scalar], other: &[Scalar], body: impl Fn(&mut [Scalar], &[Scalar]) + Sync) {
    if out.len() < 2 * CHUNK {
        return body(out, other);
    }
    out.par_chunks_mut(CHUNK).zip(other.par_chunks(CHUNK)).for_each(|(out, other)| body(out, other));
}

/// Adds `body(k)` over the chunks of a table of `len` elements.
fn sum_chunks<const N: usize>(len: usize, body: impl Fn(usize) -> [Scalar; N] + Sync + Send) -> [Scalar; N] {
    let add = |mut a: [Scalar; N], b: [Scalar; N]| {
        a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        a
    };
    let zero = || [Scalar::zero(); N];
    match len.div_ceil(CHUNK) {
        0 => zero(),
        1 => body(0),
        chunks => (0..chunks).into_par_iter().map(body).reduce(zero, add),
    }
}

/// Columns for one task of [`combine_rows`]: enough cells to be worth a thread, few enough to spread.
fn columns_per_task(rows: usize, columns: usize) -> usize {
    const CELLS: usize = 1 << 16;
    let whole = columns.max(1);
    if rows.saturating_mul(columns) < 2 * CELLS {
        return whole;
    }
    whole.div_ceil(rayon::current_num_threads()).next_multiple_of(16)
}
