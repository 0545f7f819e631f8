//! Products of integers held in double precision, exact while every partial sum stays below 2^53.
//!
//! The witness is made of these. The same code is compiled for the vector instructions of the machine, which are detected
//! at run time; sums are exact, so the order of additions and fused rounding change nothing.

#![expect(
    clippy::float_arithmetic,
    reason = "integers below 2^53 are exact in double precision; only the prover has this"
)]
#![cfg_attr(
    not(test),
    expect(
        clippy::indexing_slicing,
        clippy::integer_division_remainder_used,
        reason = "lengths are asserted at the door, and no verifier comes here"
    )
)]

use rayon::prelude::*;

/// Multiplications below which a second thread costs more than it gives.
const PARALLEL: usize = 1 << 21;

/// Columns for one task of a parallel product.
const STRIP: usize = 256;
/// Rows of a tile.
const TILE: usize = 6;

/// `out[i·n + j] = Σ_k a[i·K + k]·b[offsets[k] + j]`, `K = offsets.len()`, `n = out.len() / m`.
///
/// With `offsets[k] = k·n` this is a matrix product; with the places of kernel taps in a padded image, a convolution.
///
/// # Panics
///
/// If a length does not fit.
pub fn shifted_product(a: &[f64], b: &[f64], offsets: &[usize], m: usize, out: &mut [f64]) {
    if m == 0 || out.is_empty() {
        return;
    }
    let n = out.len() / m;
    let reach = offsets.iter().max().map_or(0, |last| last + n);
    assert!(out.len() == m * n && a.len() == m * offsets.len() && reach <= b.len(), "lengths of a product");
    let depth = offsets.len();
    if m * n * depth < PARALLEL || (m < 2 * TILE && n < 2 * STRIP) {
        return dispatch(Columns { a, b, offsets, first: 0 }, m, out);
    }
    if m >= 2 * TILE {
        let rows = m.div_ceil(rayon::current_num_threads()).next_multiple_of(TILE);
        let tasks = out.par_chunks_mut(rows * n).zip(a.par_chunks(rows * depth));
        return tasks.for_each(|(out, a)| dispatch(Columns { a, b, offsets, first: 0 }, out.len() / n, out));
    }
    let strips: Vec<Vec<f64>> = (0..n.div_ceil(STRIP))
        .into_par_iter()
        .map(|strip| {
            let first = strip * STRIP;
            let mut part = vec![0.0; m * STRIP.min(n - first)];
            dispatch(Columns { a, b, offsets, first }, m, &mut part);
            part
        })
        .collect();
    for (strip, part) in strips.iter().enumerate() {
        let width = part.len() / m;
        for (row, own) in out.chunks_mut(n).zip(part.chunks(width)) {
            row[strip * STRIP..][..width].copy_from_slice(own);
        }
    }
}

/// `out[i] = Σ_k w[i·K + k]·x[k]`, `K = x.len()`.
///
/// # Panics
///
/// If a length does not fit.
pub fn matrix_vector<T: Copy + Into<f64> + Sync>(w: &[T], x: &[f64], out: &mut [f64]) {
    assert!(w.len() == out.len() * x.len(), "lengths of a product");
    if x.is_empty() {
        return out.fill(0.0);
    }
    if w.len() < PARALLEL {
        return rows_dispatch(w, x, out);
    }
    let rows = out.len().div_ceil(rayon::current_num_threads()).next_multiple_of(ROWS);
    out.par_chunks_mut(rows).zip(w.par_chunks(rows * x.len())).for_each(|(out, w)| rows_dispatch(w, x, out));
}

/// Operands of a product, from column `first` on.
#[derive(Clone, Copy)]
struct Columns<'a> {
    a: &'a [f64],
    b: &'a [f64],
    offsets: &'a [usize],
    first: usize,
}

#[cfg(target_arch = "x86_64")]
mod detected {
    use super::{Columns, product, rows};
    use std::arch::x86_64::{
        __m512d, _mm512_fmadd_pd, _mm512_loadu_pd, _mm512_set1_pd, _mm512_setzero_pd, _mm512_storeu_pd,
    };

    /// Doubles in a register.
    const LANES: usize = 8;

    /// Tiles of six, four or one rows by four registers or one; the last column of registers overlaps its neighbour.
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,fma")]
    pub(super) fn product_512(operands: Columns<'_>, m: usize, out: &mut [f64]) {
        let n = out.len() / m;
        if n < LANES {
            return product::<true>(operands, m, out);
        }
        let mut j = 0;
        while j < n {
            if n - j >= 4 * LANES {
                strip::<4>(operands, (m, n, j), out);
                j += 4 * LANES;
            } else {
                strip::<1>(operands, (m, n, j.min(n - LANES)), out);
                j += LANES;
            }
        }
    }

    #[target_feature(enable = "avx512f,avx512dq,avx512vl,fma")]
    fn strip<const V: usize>(operands: Columns<'_>, (m, n, j): (usize, usize, usize), out: &mut [f64]) {
        let mut i = 0;
        while i < m {
            i += match m - i {
                6.. => tile::<6, V>(operands, (n, i, j), out),
                4 | 5 => tile::<4, V>(operands, (n, i, j), out),
                _ => tile::<1, V>(operands, (n, i, j), out),
            };
        }
    }

    /// `H` rows by `V` registers; the number of rows.
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,fma")]
    fn tile<const H: usize, const V: usize>(
        Columns { a, b, offsets, first }: Columns<'_>,
        (n, i, j): (usize, usize, usize),
        out: &mut [f64],
    ) -> usize {
        let (depth, width) = (offsets.len(), V * LANES);
        let a = &a[i * depth..(i + H) * depth];
        let mut sums: [[__m512d; V]; H] = [[_mm512_setzero_pd(); V]; H];
        let mut k = 0;
        while k < depth {
            let own = &b[offsets[k] + first + j..][..width];
            let mut columns = [_mm512_setzero_pd(); V];
            let mut v = 0;
            while v < V {
                // SAFETY: `own` has `V·8` doubles
                columns[v] = unsafe { _mm512_loadu_pd(own.as_ptr().add(v * LANES)) };
                v += 1;
            }
            let mut h = 0;
            while h < H {
                let x = _mm512_set1_pd(a[h * depth + k]);
                let mut v = 0;
                while v < V {
                    sums[h][v] = _mm512_fmadd_pd(x, columns[v], sums[h][v]);
                    v += 1;
                }
                h += 1;
            }
            k += 1;
        }
        let mut h = 0;
        while h < H {
            let own = &mut out[(i + h) * n + j..][..width];
            let mut v = 0;
            while v < V {
                // SAFETY: `own` has `V·8` doubles
                unsafe { _mm512_storeu_pd(own.as_mut_ptr().add(v * LANES), sums[h][v]) };
                v += 1;
            }
            h += 1;
        }
        H
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) fn product_256(operands: Columns<'_>, m: usize, out: &mut [f64]) {
        product::<true>(operands, m, out);
    }

    #[target_feature(enable = "avx512f,avx512dq,avx512vl,fma")]
    pub(super) fn rows_512<T: Copy + Into<f64>>(w: &[T], x: &[f64], out: &mut [f64]) {
        rows::<true, T>(w, x, out);
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) fn rows_256<T: Copy + Into<f64>>(w: &[T], x: &[f64], out: &mut [f64]) {
        rows::<true, T>(w, x, out);
    }
}

fn dispatch(operands: Columns<'_>, m: usize, out: &mut [f64]) {
    #[cfg(target_arch = "x86_64")]
    {
        if wide() {
            // SAFETY: the instructions that `product_512` is compiled for were detected
            return unsafe { detected::product_512(operands, m, out) };
        }
        if narrow() {
            // SAFETY: the instructions that `product_256` is compiled for were detected
            return unsafe { detected::product_256(operands, m, out) };
        }
    }
    product::<false>(operands, m, out);
}

fn rows_dispatch<T: Copy + Into<f64>>(w: &[T], x: &[f64], out: &mut [f64]) {
    #[cfg(target_arch = "x86_64")]
    {
        if wide() {
            // SAFETY: the instructions that `rows_512` is compiled for were detected
            return unsafe { detected::rows_512(w, x, out) };
        }
        if narrow() {
            // SAFETY: the instructions that `rows_256` is compiled for were detected
            return unsafe { detected::rows_256(w, x, out) };
        }
    }
    rows::<false, T>(w, x, out);
}

#[cfg(target_arch = "x86_64")]
fn wide() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("fma")
}

#[cfg(target_arch = "x86_64")]
fn narrow() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}

#[inline(always)]
fn multiply_add<const FUSED: bool>(x: f64, y: f64, sum: f64) -> f64 {
    if FUSED { x.mul_add(y, sum) } else { sum + x * y }
}

/// Tiles of six, four or one rows by 32, eight or one columns; the last tile of eight overlaps its neighbour.
#[inline(always)]
fn product<const FUSED: bool>(operands: Columns<'_>, m: usize, out: &mut [f64]) {
    let n = out.len() / m;
    let mut j = 0;
    while j < n {
        let left = n - j;
        if left >= 16 {
            strip::<FUSED, 16>(operands, (m, n, j), out);
            j += 16;
        } else if n >= 8 {
            let at = if left >= 8 { j } else { n - 8 };
            strip::<FUSED, 8>(operands, (m, n, at), out);
            j = at + 8;
        } else {
            strip::<FUSED, 1>(operands, (m, n, j), out);
            j += 1;
        }
    }
}

#[inline(always)]
fn strip<const FUSED: bool, const W: usize>(operands: Columns<'_>, (m, n, j): (usize, usize, usize), out: &mut [f64]) {
    let mut i = 0;
    while i < m {
        match m - i {
            6.. => {
                tile::<FUSED, 6, W>(operands, (n, i, j), out);
                i += 6;
            }
            4 | 5 => {
                tile::<FUSED, 4, W>(operands, (n, i, j), out);
                i += 4;
            }
            _ => {
                tile::<FUSED, 1, W>(operands, (n, i, j), out);
                i += 1;
            }
        }
    }
}

#[inline(always)]
fn tile<const FUSED: bool, const H: usize, const W: usize>(
    Columns { a, b, offsets, first }: Columns<'_>,
    (n, i, j): (usize, usize, usize),
    out: &mut [f64],
) {
    let depth = offsets.len();
    let a = &a[i * depth..(i + H) * depth];
    let mut sums = [[0.0f64; W]; H];
    let mut k = 0;
    // plain loops: iterators are not inlined into functions of a target feature
    while k < depth {
        let column = &b[offsets[k] + first + j..][..W];
        let mut h = 0;
        while h < H {
            let x = a[h * depth + k];
            let mut c = 0;
            while c < W {
                sums[h][c] = multiply_add::<FUSED>(x, column[c], sums[h][c]);
                c += 1;
            }
            h += 1;
        }
        k += 1;
    }
    for (h, sums) in sums.iter().enumerate() {
        out[(i + h) * n + j..][..W].copy_from_slice(sums);
    }
}

/// Rows of a matrix that one pass over the vector takes.
const ROWS: usize = 4;
/// Partial sums of one row.
const LANES: usize = 16;

#[inline(always)]
fn rows<const FUSED: bool, T: Copy + Into<f64>>(w: &[T], x: &[f64], out: &mut [f64]) {
    let depth = x.len();
    let mut blocks = out.chunks_exact_mut(ROWS);
    let mut weights = w.chunks_exact(ROWS * depth);
    for (out, w) in (&mut blocks).zip(&mut weights) {
        out.copy_from_slice(&row_block::<FUSED, ROWS, T>(w, x));
    }
    for (out, w) in blocks.into_remainder().iter_mut().zip(weights.remainder().chunks(depth)) {
        [*out] = row_block::<FUSED, 1, T>(w, x);
    }
}

#[inline(always)]
fn row_block<const FUSED: bool, const H: usize, T: Copy + Into<f64>>(w: &[T], x: &[f64]) -> [f64; H] {
    let depth = x.len();
    let whole = depth / LANES * LANES;
    let mut sums = [[0.0f64; LANES]; H];
    let mut k = 0;
    while k < whole {
        let x = &x[k..][..LANES];
        let mut h = 0;
        while h < H {
            let w = &w[h * depth + k..][..LANES];
            let mut c = 0;
            while c < LANES {
                sums[h][c] = multiply_add::<FUSED>(w[c].into(), x[c], sums[h][c]);
                c += 1;
            }
            h += 1;
        }
        k += LANES;
    }
    let mut out = [0.0; H];
    let mut h = 0;
    while h < H {
        let mut c = 0;
        while c < LANES {
            out[h] += sums[h][c];
            c += 1;
        }
        let mut k = whole;
        while k < depth {
            out[h] = multiply_add::<FUSED>(w[h * depth + k].into(), x[k], out[h]);
            k += 1;
        }
        h += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Columns, matrix_vector, product, rows, shifted_product};
    use proptest::prelude::*;

    fn slow(a: &[f64], b: &[f64], offsets: &[usize], (m, n): (usize, usize)) -> Vec<i64> {
        let sum = |i: usize, j: usize| {
            offsets.iter().enumerate().map(|(k, o)| a[i * offsets.len() + k] as i64 * b[o + j] as i64).sum()
        };
        (0..m).flat_map(|i| (0..n).map(move |j| (i, j))).map(|(i, j)| sum(i, j)).collect()
    }

    /// Cells of 16 bits, often at an extreme.
    fn cell() -> impl Strategy<Value = f64> {
        prop_oneof![Just(-32768.0), Just(32767.0), (-32768i32..32768).prop_map(f64::from)]
    }

    proptest! {
        #[test]
        fn shifted_products_are_those_of_integers(
            m in 1usize..14, n in 1usize..90, k in 0usize..20, seed in prop::collection::vec(cell(), 400), step in 1usize..7
        ) {
            let offsets: Vec<usize> = (0..k).map(|k| k * step % 31).collect();
            let draw = |len: usize, salt: usize| -> Vec<f64> { (0..len).map(|i| seed[(i * 7 + salt) % 400]).collect() };
            let (a, b) = (draw(m * k, 3), draw(31 + n, 11));
            let expected = slow(&a, &b, &offsets, (m, n));
            let mut out = vec![0.0; m * n];
            shifted_product(&a, &b, &offsets, m, &mut out);
            prop_assert_eq!(out.iter().map(|v| *v as i64).collect::<Vec<_>>(), expected.clone());
            product::<false>(Columns { a: &a, b: &b, offsets: &offsets, first: 0 }, m, &mut out);
            prop_assert_eq!(out.iter().map(|v| *v as i64).collect::<Vec<_>>(), expected);
        }

        #[test]
        fn matrix_vectors_are_those_of_integers(
            o in 0usize..11, k in 1usize..70, seed in prop::collection::vec(cell(), 100)
        ) {
            let w: Vec<i16> = (0..o * k).map(|i| seed[i * 13 % 100] as i16).collect();
            let x: Vec<f64> = seed[..k].to_vec();
            let expected: Vec<i64> =
                (0..o).map(|i| (0..k).map(|t| i64::from(w[i * k + t]) * x[t] as i64).sum()).collect();
            let mut out = vec![1.0; o];
            matrix_vector(&w, &x, &mut out);
            prop_assert_eq!(out.iter().map(|v| *v as i64).collect::<Vec<_>>(), expected.clone());
            rows::<false, i16>(&w, &x, &mut out);
            prop_assert_eq!(out.iter().map(|v| *v as i64).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn many_columns_or_rows_are_cut_in_tasks() {
        for (m, n, k) in [(5, 1999, 300), (41, 203, 300)] {
            let offsets: Vec<usize> = (0..k).map(|k| k * n).collect();
            let a: Vec<f64> = (0..m * k).map(|i| (i % 251) as f64 - 125.0).collect();
            let b: Vec<f64> = (0..n * k).map(|i| (i % 241) as f64 - 120.0).collect();
            let mut out = vec![0.0; m * n];
            shifted_product(&a, &b, &offsets, m, &mut out);
            assert_eq!(out.iter().map(|v| *v as i64).collect::<Vec<_>>(), slow(&a, &b, &offsets, (m, n)));
        }
    }

    #[test]
    fn sums_near_the_limit_are_exact() {
        let w = [(1u64 << 30) as f64, -1.0, (1u64 << 30) as f64];
        let x = [(1u64 << 21) as f64, 1.0, (1u64 << 21) as f64 - 1.0];
        let mut out = [0.0];
        matrix_vector(&w, &x, &mut out);
        assert_eq!(out[0] as i64, (1i64 << 52) - (1 << 30) - 1);
    }
}
