//! Many secret multiples of one point.

use super::{Basis, portable, to_affine_batch};
use crate::kernels::points;
use crate::{AdditiveGroup, Affine, Projective, Scalar};

/// A point with a table of its multiples, for blinds: `v·32^w·P` for `v = 1..=16` and 51 windows `w`.
#[derive(Debug)]
pub struct FixedBase {
    point: Affine,
    table: Basis,
}

impl FixedBase {
    /// Computes the table: 816 points.
    #[must_use]
    pub fn new(point: Affine) -> Self {
        let mut multiples = Vec::with_capacity(816);
        let mut base = Projective::from(point);
        for _ in 0..51 {
            let mut multiple = base;
            for _ in 0..16 {
                multiples.push(multiple);
                multiple += base;
            }
            base = base.double().double().double().double().double();
        }
        Self { point, table: Basis::new(to_affine_batch(&multiples)) }
    }

    /// The point.
    pub fn point(&self) -> &Affine {
        &self.point
    }

    /// `scalars_i·P` for each scalar, with no branch and no address that depends on them.
    pub fn scale_secret(&self, scalars: &[Scalar]) -> Vec<Projective> {
        let in_lanes = self.table.records().and_then(|table| points::scale_secret(table, scalars));
        in_lanes.unwrap_or_else(|| scalars.iter().map(|k| portable::msm_secret(&[self.point], &[*k])).collect())
    }
}
