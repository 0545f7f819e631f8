//! Points prepared for multiplication.

use crate::Affine;
use crate::kernels::points::{self, Record};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

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
}

impl Basis {
    /// Prepares `points`.
    #[must_use]
    pub fn new(points: Vec<Affine>) -> Self {
        let range = 0..points.len();
        Self {
            prepared: Arc::new(Prepared {
                affine: points,
                records: OnceLock::new(),
            }),
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

    /// The points in the form of the kernels, if this machine has them.
    pub(crate) fn records(&self) -> Option<&[Record]> {
        let records = self
            .prepared
            .records
            .get_or_init(|| points::records(&self.prepared.affine));
        records.as_ref()?.get(self.range.clone())
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
