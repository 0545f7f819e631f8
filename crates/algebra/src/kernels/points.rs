//! Doors of the group kernels: something where the machine has the instructions, nothing elsewhere.

use crate::{Affine, Projective, Scalar};
#[cfg(target_arch = "x86_64")]
use rayon::prelude::*;
#[cfg(target_arch = "x86_64")]
use zeroize::Zeroizing;

#[cfg(target_arch = "x86_64")]
use super::ifma::{available, commit, msm, point, secret};
#[cfg(target_arch = "x86_64")]
pub use super::ifma::{point::Record, secret::Table};

/// A prepared point on a machine that has no kernels.
#[cfg(not(target_arch = "x86_64"))]
#[derive(Clone, Copy, Debug)]
pub enum Record {}

/// Multiples of prepared points on a machine that has no kernels.
#[cfg(not(target_arch = "x86_64"))]
#[derive(Clone, Copy, Debug)]
pub enum Table {}

/// Records for a list of points.
pub fn records(points: &[Affine]) -> Option<Vec<Record>> {
    #[cfg(target_arch = "x86_64")]
    if available() {
        let mut records = vec![Record::NEUTRAL; points.len().next_multiple_of(8)];
        for (block, out) in blocks(points, Affine::zero()).iter().zip(records.as_chunks_mut().0) {
            // SAFETY: the instructions were detected above.
            unsafe { point::records(block, out) }
        }
        records.truncate(points.len());
        return Some(records);
    }
    let _ = points;
    None
}

/// Tables for secret multiplication by a list of points, in blocks of eight.
pub fn tables(points: &[Affine]) -> Option<Vec<Table>> {
    #[cfg(target_arch = "x86_64")]
    if available() {
        let tables = |blocks: &[[Affine; 8]]| {
            // SAFETY: the instructions were detected above.
            unsafe { secret::tables(blocks) }
        };
        return Some(blocks(points, Affine::zero()).par_chunks(32).flat_map_iter(tables).collect());
    }
    let _ = points;
    None
}

/// `Σ scalars·points` over all parts, variable time.
pub fn msm(parts: &[(&[Record], &[Scalar])]) -> Option<Projective> {
    #[cfg(target_arch = "x86_64")]
    if available() {
        // SAFETY: the instructions were detected on the line above.
        return Some(unsafe { msm::msm(parts) });
    }
    let _ = parts;
    None
}

/// `Σ_j rows_ij·points_j` for each row.
pub fn commit_rows(records: &[Record], rows: &[&[i64]]) -> Option<Vec<Projective>> {
    #[cfg(target_arch = "x86_64")]
    if available() {
        let threads = rayon::current_num_threads();
        let longest = rows.iter().map(|row| row.len()).max().unwrap_or(0).min(records.len());
        if rows.len() < threads && longest > 2 * LEAST_COLUMNS {
            let columns = (longest * rows.len()).div_ceil(threads).max(LEAST_COLUMNS);
            return Some(commit_columns(records, rows, columns));
        }
        let together = rows.len().div_ceil(threads).clamp(1, 8);
        let commit = |rows: &[&[i64]]| {
            // SAFETY: the instructions were detected above.
            unsafe { commit::commit_rows(records, rows) }
        };
        return Some(rows.par_chunks(together).flat_map_iter(commit).collect());
    }
    let _ = (records, rows);
    None
}

/// Columns for which summing up the buckets once more is worth a thread.
#[cfg(target_arch = "x86_64")]
const LEAST_COLUMNS: usize = 256;

/// Fewer rows than threads: each thread takes some columns of all rows.
#[cfg(target_arch = "x86_64")]
fn commit_columns(records: &[Record], rows: &[&[i64]], columns: usize) -> Vec<Projective> {
    let parts: Vec<Vec<Projective>> = records
        .par_chunks(columns)
        .enumerate()
        .map(|(k, records)| {
            let part: Vec<&[i64]> = rows.iter().map(|row| row.get(k * columns..).unwrap_or(&[])).collect();
            // SAFETY: the caller detected the instructions.
            unsafe { commit::commit_rows(records, &part) }
        })
        .collect();
    (0..rows.len()).map(|i| parts.iter().filter_map(|part| part.get(i)).sum()).collect()
}

/// `Σ scalars·points`, constant time in the scalars; scalar `i` belongs to the `skip + i`-th point of the tables.
pub fn msm_secret(tables: &[&Table], skip: usize, scalars: &[Scalar]) -> Option<Projective> {
    #[cfg(target_arch = "x86_64")]
    if available() {
        // sized at once: a buffer that grows leaves copies behind
        let mut padded = Zeroizing::new(Vec::with_capacity(skip + scalars.len()));
        padded.resize(skip, Scalar::default());
        padded.extend(scalars);
        let scalars = Zeroizing::new(blocks(&padded, Scalar::default()));
        let each = scalars.len().div_ceil(rayon::current_num_threads()).max(8);
        let sum = |(tables, scalars): (&[&Table], &[[Scalar; 8]])| {
            // SAFETY: the instructions were detected above.
            unsafe { secret::msm(tables, scalars) }
        };
        return Some(tables.par_chunks(each).zip(scalars.par_chunks(each)).map(sum).sum());
    }
    let _ = (tables, skip, scalars);
    None
}

/// `scalars_i·P` for each scalar, constant time in them; the table is that of [`crate::group::FixedBase`].
pub fn scale_secret(table: &[Record], scalars: &[Scalar]) -> Option<Vec<Projective>> {
    #[cfg(target_arch = "x86_64")]
    if available() {
        let scale = |block: &[Scalar; 8]| {
            // SAFETY: the instructions were detected above.
            unsafe { secret::scale(table, block) }
        };
        let blocks = Zeroizing::new(blocks(scalars, Scalar::default()));
        let all = blocks.par_iter().flat_map_iter(scale);
        let mut products: Vec<Projective> = all.collect();
        products.truncate(scalars.len());
        return Some(products);
    }
    let _ = (table, scalars);
    None
}

/// Blocks of eight, the last one filled up.
#[cfg(target_arch = "x86_64")]
fn blocks<T: Copy>(slice: &[T], filling: T) -> Vec<[T; 8]> {
    let (whole, rest) = slice.as_chunks::<8>();
    let mut blocks = Vec::with_capacity(slice.len().div_ceil(8));
    blocks.extend_from_slice(whole);
    if !rest.is_empty() {
        let mut last = [filling; 8];
        last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        blocks.push(last);
    }
    blocks
}
