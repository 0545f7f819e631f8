//! Points prepared for multiplication.

#![cfg_attr(not(test), expect(clippy::integer_division_remainder_used, reason = "every divisor is a constant"))]

use crate::Affine;
use crate::kernels::points::{self, Record, Table};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// Points whose tables are made together; a multiple of eight.
const TABLES: usize = 256;

/// A list of points, prepared once and shared; parts of it are cheap views.
#[derive(Clone, Debug)]
pub struct Basis {
    prepared: Arc<Prepared>,
    range: Range<usize>,
}

#[derive(Debug)]
struct Prepared {
    affine: Vec<Affine>,
    /// The form of the kernels, made when first needed; nothing on a machine without them.
    records: OnceLock<Option<Vec<Record>>>,
    /// Multiples of the points for secret scalars, likewise, for each [`TABLES`] points.
    tables: Vec<OnceLock<Option<Vec<Table>>>>,
}

impl Basis {
    /// Prepares `points`.
    #[must_use]
    pub fn new(points: Vec<Affine>) -> Self {
        let range = 0..points.len();
        let tables = points.chunks(TABLES).map(|_| OnceLock::new()).collect();
        Self { prepared: Arc::new(Prepared { affine: points, records: OnceLock::new(), tables }), range }
    }

    /// How many points.
    #[must_use]
    pub fn len(&self) -> usize {
        self.range.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.range.is_empty()
    }

    /// The points.
    pub fn points(&self) -> &[Affine] {
        self.prepared.affine.get(self.range.clone()).unwrap_or(&[])
    }

    /// The points in the form of the kernels, if this machine has them.
    pub(crate) fn records(&self) -> Option<&[Record]> {
        let records = get(&self.prepared.records, || points::records(&self.prepared.affine));
        records?.get(self.range.clone())
    }

    /// Tables of the blocks of eight in which the first `n` points lie, and how many points of the first block
    /// come before this basis.
    pub(crate) fn tables(&self, n: usize) -> Option<(Vec<&Table>, usize)> {
        let blocks = self.range.start / 8..(self.range.start + n.min(self.len())).div_ceil(8);
        let chunks = blocks.start * 8 / TABLES..(blocks.end * 8).div_ceil(TABLES);
        let first = chunks.start * TABLES / 8;
        let points = self.prepared.affine.par_chunks(TABLES);
        let made = points.zip(&self.prepared.tables).skip(chunks.start).take(chunks.len());
        let all: Option<Vec<&[Table]>> = made.map(|(points, cell)| get(cell, || points::tables(points))).collect();
        let blocks = all?.into_iter().flatten().skip(blocks.start - first).take(blocks.len());
        Some((blocks.collect(), self.range.start % 8))
    }

    /// The first `n` points, or all if there are fewer. Shares the prepared form.
    #[must_use]
    pub fn prefix(&self, n: usize) -> Self {
        self.slice(0..n)
    }

    /// The points of `range`, cut to what there is. Shares the prepared form.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        let start = self.range.start.saturating_add(range.start).min(self.range.end);
        let end = self.range.start.saturating_add(range.end).clamp(start, self.range.end);
        Self { prepared: Arc::clone(&self.prepared), range: start..end }
    }
}

/// What is in the cell, put there first if it is empty.
///
/// `make` runs outside the cell's lock, at worst twice: it uses the pool, and a thread of the pool that waits
/// for a lock may be the one that holds it.
fn get<T>(cell: &OnceLock<Option<Vec<T>>>, make: impl FnOnce() -> Option<Vec<T>>) -> Option<&[T]> {
    if cell.get().is_none() {
        let _ = cell.set(make());
    }
    cell.get().and_then(Option::as_deref)
}
