//! Each kernel on one thread: in lanes for whole blocks of eight where the machine can, by the definition
//! for the rest and elsewhere.

use super::scalar::{self, FractionHalves, ProductHalves};
use crate::Scalar;
use std::collections::BTreeMap;

#[cfg(target_arch = "x86_64")]
use super::ifma::{self, field, field::FractionBlocks};

/// The first `n` elements as blocks of eight, and the elements after them.
#[cfg(target_arch = "x86_64")]
fn blocks<T>(slice: &[T], n: usize) -> (&[[T; 8]], &[T]) {
    let (head, rest) = slice.split_at(n);
    (head.as_chunks().0, rest)
}

#[cfg(target_arch = "x86_64")]
fn blocks_mut<T>(slice: &mut [T], n: usize) -> (&mut [[T; 8]], &mut [T]) {
    let (head, rest) = slice.split_at_mut(n);
    (head.as_chunks_mut().0, rest)
}

#[cfg(target_arch = "x86_64")]
fn both_blocks<T>(halves: [&[T]; 2], n: usize) -> ([&[[T; 8]]; 2], [&[T]; 2]) {
    let [(lo, lo_rest), (hi, hi_rest)] = halves.map(|half| blocks(half, n));
    ([lo, hi], [lo_rest, hi_rest])
}

/// How many of the elements that all slices have go to the lanes: whole blocks, or none.
#[cfg(target_arch = "x86_64")]
fn in_lanes<const N: usize>(lengths: [usize; N]) -> Option<usize> {
    let whole = lengths.into_iter().min().unwrap_or(0) & !7;
    (whole > 0 && ifma::available()).then_some(whole)
}

pub fn fold_halves(lo: &mut [Scalar], hi: &[Scalar], r: Scalar) {
    #[cfg(target_arch = "x86_64")]
    if let Some(n) = in_lanes([lo.len(), hi.len()]) {
        let ((lo, lo_rest), (hi, hi_rest)) = (blocks_mut(lo, n), blocks(hi, n));
        // SAFETY: in_lanes detected the instructions.
        unsafe { field::fold_halves(lo, hi, r) }
        return scalar::fold_halves(lo_rest, hi_rest, r);
    }
    scalar::fold_halves(lo, hi, r);
}

pub fn eq_split(lo: &mut [Scalar], hi: &mut [Scalar], r: Scalar) {
    #[cfg(target_arch = "x86_64")]
    if let Some(n) = in_lanes([lo.len(), hi.len()]) {
        let ((lo, lo_rest), (hi, hi_rest)) = (blocks_mut(lo, n), blocks_mut(hi, n));
        // SAFETY: in_lanes detected the instructions.
        unsafe { field::eq_split(lo, hi, r) }
        return scalar::eq_split(lo_rest, hi_rest, r);
    }
    scalar::eq_split(lo, hi, r);
}

pub fn add_assign(lo: &mut [Scalar], hi: &[Scalar]) {
    #[cfg(target_arch = "x86_64")]
    if let Some(n) = in_lanes([lo.len(), hi.len()]) {
        let ((lo, lo_rest), (hi, hi_rest)) = (blocks_mut(lo, n), blocks(hi, n));
        // SAFETY: in_lanes detected the instructions.
        unsafe { field::add_assign(lo, hi) }
        return scalar::add_assign(lo_rest, hi_rest);
    }
    scalar::add_assign(lo, hi);
}

pub fn scale_add(out: &mut [Scalar], k: Scalar, a: &[Scalar]) {
    #[cfg(target_arch = "x86_64")]
    if let Some(n) = in_lanes([out.len(), a.len()]) {
        let ((out, out_rest), (a, a_rest)) = (blocks_mut(out, n), blocks(a, n));
        // SAFETY: in_lanes detected the instructions.
        unsafe { field::scale_add(out, k, a) }
        return scalar::scale_add(out_rest, k, a_rest);
    }
    scalar::scale_add(out, k, a);
}

pub fn dot(a: &[Scalar], b: &[Scalar]) -> Scalar {
    #[cfg(target_arch = "x86_64")]
    if let Some(n) = in_lanes([a.len(), b.len()]) {
        let ((a, a_rest), (b, b_rest)) = (blocks(a, n), blocks(b, n));
        // SAFETY: in_lanes detected the instructions.
        let sum = unsafe { field::dot(a, b) };
        return sum + scalar::dot(a_rest, b_rest);
    }
    scalar::dot(a, b)
}

pub fn dot_small(cells: &[i64], weights: &[Scalar]) -> Scalar {
    #[cfg(target_arch = "x86_64")]
    if let Some(n) = in_lanes([cells.len(), weights.len()]) {
        let ((c, c_rest), (w, w_rest)) = (blocks(cells, n), blocks(weights, n));
        // SAFETY: in_lanes detected the instructions.
        if let Some(sum) = unsafe { ifma::small::dot_small(c, w) } {
            return sum + scalar::dot_small(c_rest, w_rest);
        }
    }
    scalar::dot_small(cells, weights)
}

pub fn combine_rows(rows: &[&[i64]], weights: &[Scalar], out: &mut [Scalar]) {
    // Rows of equal length share their whole blocks; a program has few lengths.
    let mut by_length = BTreeMap::<usize, (Vec<&[i64]>, Vec<Scalar>)>::new();
    for (row, weight) in rows.iter().zip(weights) {
        let (rows, weights) = by_length.entry(row.len().min(out.len())).or_default();
        rows.push(row);
        weights.push(*weight);
    }
    for (length, (rows, weights)) in by_length {
        combine_equal(&rows, &weights, out.split_at_mut(length).0);
    }
}

/// [`combine_rows`] for rows that all cover `out`.
fn combine_equal(rows: &[&[i64]], weights: &[Scalar], out: &mut [Scalar]) {
    #[cfg(target_arch = "x86_64")]
    if let Some(n) = in_lanes([out.len()]) {
        let (heads, tails): (Vec<_>, Vec<_>) = rows.iter().map(|row| blocks(row, n)).unzip();
        let mut sums = vec![Scalar::default(); n];
        // SAFETY: in_lanes detected the instructions.
        if unsafe { ifma::small::combine_rows(&heads, weights, blocks_mut(&mut sums, n).0) } {
            let (head, tail) = out.split_at_mut(n);
            add_assign(head, &sums);
            return scalar::combine_rows(&tails, weights, tail);
        }
    }
    scalar::combine_rows(rows, weights, out);
}

pub fn product_round(halves: ProductHalves<'_>) -> [Scalar; 3] {
    #[cfg(target_arch = "x86_64")]
    {
        let ProductHalves { a, b, e } = halves;
        let weights = e.map_or(usize::MAX, <[Scalar]>::len);
        if let Some(n) = in_lanes([a[0].len(), a[1].len(), b[0].len(), b[1].len(), weights]) {
            let ((a, a_rest), (b, b_rest)) = (both_blocks(a, n), both_blocks(b, n));
            let sums = match e {
                // SAFETY: in_lanes detected the instructions.
                Some(e) => unsafe { field::product_round(a, b, blocks(e, n).0) },
                // SAFETY: in_lanes detected the instructions.
                None => unsafe { field::product_round_plain(a, b) },
            };
            let rest = ProductHalves { a: a_rest, b: b_rest, e: e.map(|e| blocks(e, n).1) };
            return add(sums, scalar::product_round(rest));
        }
    }
    scalar::product_round(halves)
}

pub fn fraction_round(halves: FractionHalves<'_>, lambda: Scalar) -> [Scalar; 2] {
    #[cfg(target_arch = "x86_64")]
    {
        let FractionHalves { n0, n1, d0, d1, e } = halves;
        let tables = [n0, n1, d0, d1];
        let shortest = tables.iter().flatten().map(|table| table.len()).min().unwrap_or(0);
        if let Some(n) = in_lanes([shortest, e.len()]) {
            let [n0, n1, d0, d1] = tables.map(|table| both_blocks(table, n));
            let (e, e_rest) = blocks(e, n);
            let part = FractionBlocks { tables: [n0.0, n1.0, d0.0, d1.0], e };
            // SAFETY: in_lanes detected the instructions.
            let sums = unsafe { field::fraction_round(part, lambda) };
            let rest = FractionHalves { n0: n0.1, n1: n1.1, d0: d0.1, d1: d1.1, e: e_rest };
            return add(sums, scalar::fraction_round(rest, lambda));
        }
    }
    scalar::fraction_round(halves, lambda)
}

pub fn fraction_layer(n: [&[Scalar]; 2], d: [&[Scalar]; 2], out_n: &mut [Scalar], out_d: &mut [Scalar]) {
    #[cfg(target_arch = "x86_64")]
    if let Some(len) = in_lanes([n[0].len(), n[1].len(), d[0].len(), d[1].len(), out_n.len(), out_d.len()]) {
        let ((n, n_rest), (d, d_rest)) = (both_blocks(n, len), both_blocks(d, len));
        let ((out_n, rest_n), (out_d, rest_d)) = (blocks_mut(out_n, len), blocks_mut(out_d, len));
        // SAFETY: in_lanes detected the instructions.
        unsafe { field::fraction_layer(n, d, out_n, out_d) }
        return scalar::fraction_layer(n_rest, d_rest, rest_n, rest_d);
    }
    scalar::fraction_layer(n, d, out_n, out_d);
}

#[cfg(target_arch = "x86_64")]
fn add<const N: usize>(mut a: [Scalar; N], b: [Scalar; N]) -> [Scalar; N] {
    a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
    a
}
