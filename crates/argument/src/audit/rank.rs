//! Rank of a matrix whose rows arrive one at a time.

use intaglio_algebra::{Field, One, Scalar, Zero};

/// A row echelon form; the pivot of a row is its first non-zero column.
pub(super) struct Echelon {
    pivots: Vec<Option<Vec<Scalar>>>,
}

impl Echelon {
    pub(super) fn new(columns: usize) -> Self {
        Self { pivots: vec![None; columns] }
    }

    /// Takes a row; true if it was independent of those before.
    pub(super) fn insert(&mut self, mut row: Vec<Scalar>) -> bool {
        for column in 0..self.pivots.len() {
            let Some(head) = row.get(column).copied().filter(|h| !h.is_zero()) else { continue };
            match self.pivots.get_mut(column) {
                Some(Some(pivot)) => {
                    for (cell, p) in row.iter_mut().zip(pivot.iter()).skip(column) {
                        if !p.is_zero() {
                            *cell -= head * p;
                        }
                    }
                }
                Some(empty) => {
                    let inverse = head.inverse().unwrap_or_else(Scalar::one);
                    row.iter_mut().for_each(|c| *c *= inverse);
                    *empty = Some(row);
                    return true;
                }
                None => {}
            }
        }
        false
    }

    /// Pivots in columns `from ..`: the rank modulo the columns before.
    pub(super) fn rank_from(&self, from: usize) -> usize {
        self.pivots.iter().skip(from).flatten().count()
    }
}
