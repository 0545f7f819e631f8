//! What the prover brings: the cells of every row group, and the inner products that it already knows.

use super::{ImportedBlinds, ProveError};
use crate::plan::Plan;
use crate::system::{Origin, SourceId};
use intaglio_algebra::Scalar;
use intaglio_algebra::encoding::small;
use std::borrow::Cow;
use std::collections::BTreeMap;
use zeroize::Zeroize;

/// Cells of a tensor, a view or a whole group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cells {
    /// Integers: everything that a neural network has.
    Small(Vec<i64>),
    /// Full-size field elements.
    Field(Vec<Scalar>),
}

impl Cells {
    /// Number of cells.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Small(v) => v.len(),
            Self::Field(v) => v.len(),
        }
    }

    /// True without cells.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// As field elements.
    #[must_use]
    pub fn to_field(&self) -> Vec<Scalar> {
        match self {
            Self::Small(v) => v.iter().map(|x| small(*x)).collect(),
            Self::Field(v) => v.clone(),
        }
    }
}

impl Zeroize for Cells {
    fn zeroize(&mut self) {
        match self {
            Self::Small(v) => v.zeroize(),
            Self::Field(v) => v.zeroize(),
        }
    }
}

/// The cells behind a proof.
#[derive(Clone, Debug)]
pub struct Assignment<'a> {
    /// One flat array for each group, `rows · 2^width` cells, tensors at their [`crate::plan::Place`]. The argument fills
    /// the multiplicities itself.
    pub groups: Vec<Cow<'a, Cells>>,
    /// Values of inner-product sources, cell by cell, where the caller has them already; others are computed.
    pub inner: BTreeMap<SourceId, Vec<i64>>,
}

impl Assignment<'_> {
    pub(super) fn check(&self, plan: &Plan, blinds: ImportedBlinds<'_>) -> Result<(), ProveError> {
        let mut blinds = blinds.iter();
        for (index, (group, rows)) in plan.system().groups().iter().zip(plan.group_rows()).enumerate() {
            let fail = |expected, got| ProveError::Assignment { group: group.name.clone(), expected, got };
            let expected = rows << group.width_vars;
            let got = self.groups.get(index).map_or(0, |c| c.len());
            if got != expected {
                return Err(fail(expected, got));
            }
            if group.origin == Origin::Imported {
                let got = blinds.next().map_or(0, |b| b.len());
                if got != *rows {
                    return Err(fail(*rows, got));
                }
            }
        }
        Ok(())
    }
}
