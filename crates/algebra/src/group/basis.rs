//! Points prepared for multiplication.

use crate::Affine;
use std::ops::Range;
use std::sync::Arc;

/// A list of points, prepared once and shared; parts of it are cheap views.
#[derive(Clone, Debug)]
pub struct Basis {
    prepared: Arc<Prepared>,
    range: Range<usize>,
}

#[derive(Debug)]
struct Prepared {
    affine: Vec<Affine>,
}

impl Basis {
    /// Prepares `points`.
    #[must_use]
    pub fn new(points: Vec<Affine>) -> Self {
        let range = 0..points.len();
        Self {
            prepared: Arc::new(Prepared { affine: points }),
            range,
        }
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

    /// The first `n` points, or all if there are fewer. Shares the prepared form.
    #[must_use]
    pub fn prefix(&self, n: usize) -> Self {
        self.slice(0..n)
    }

    /// The points of `range`, cut to what there is. Shares the prepared form.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        let start = self
            .range
            .start
            .saturating_add(range.start)
            .min(self.range.end);
        let end = self
            .range
            .start
            .saturating_add(range.end)
            .clamp(start, self.range.end);
        Self {
            prepared: Arc::clone(&self.prepared),
            range: start..end,
        }
    }
}
