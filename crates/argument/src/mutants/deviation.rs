//! What a forger does that the prover does not.

use crate::prove::Assignment;
use crate::system::TensorId;
use intaglio_algebra::{Affine, Projective, Scalar, generators, group};
use std::collections::BTreeMap;

/// Where a split run returns to the committed cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Returns {
    /// In the column reduction.
    #[default]
    Columns,
    /// In the closing argument.
    Opening,
}

/// Deviations of one run. The default is none.
#[derive(Clone, Debug, Default)]
pub struct Deviation<'a> {
    /// Argue about these cells instead of the committed ones, until the run returns.
    pub argued: Option<Assignment<'a>>,
    /// Where it returns.
    pub returns: Returns,
    /// Added to the hidden scalar of a slot, by its name. The closing messages have names as well: `closing.cross` (u0),
    /// `closing.mask` (t of the first column, after e is known), `closing.fold` (the Q part of the first L).
    pub lies: BTreeMap<String, Scalar>,
    /// Added to the multiplicity of a row: `(tensor, cell, by)`.
    pub multiplicities: Vec<(TensorId, usize, Scalar)>,
    /// A part of P on the row basis.
    pub stray: Vec<Scalar>,
}

impl Deviation<'_> {
    /// P with its stray part.
    pub(crate) fn stray(&self, pads: Affine) -> Affine {
        let part = group::msm(&generators::rows(self.stray.len()), &self.stray);
        if self.stray.is_empty() { pads } else { (part + pads).into() }
    }

    /// The combined row with κ times the stray part.
    pub(crate) fn stray_row(&self, mut row: Vec<Scalar>, kappa: Scalar) -> Vec<Scalar> {
        row.iter_mut().zip(&self.stray).for_each(|(cell, stray)| *cell += kappa * stray);
        row
    }

    /// T with what is added to t of the first column once e is known.
    pub(crate) fn late_mask(&self, mask: Affine) -> Affine {
        let by = self.lie("closing.mask");
        if by == Scalar::default() { mask } else { (group::msm(&generators::rows(1), &[by]) + mask).into() }
    }

    /// The response of the columns with the same.
    pub(crate) fn late_response(&self, mut response: Vec<Scalar>) -> Vec<Scalar> {
        response.iter_mut().take(1).for_each(|z| *z += self.lie("closing.mask"));
        response
    }

    /// What is added to a slot.
    pub(crate) fn lie(&self, name: &str) -> Scalar {
        self.lies.get(name).copied().unwrap_or_default()
    }
}

/// A multiple of the generator of inner products.
pub(crate) fn on_product(by: Scalar) -> Projective {
    group::msm(&generators::special(), &[Scalar::default(), Scalar::default(), by])
}
