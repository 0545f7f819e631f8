//! All randomness of one proof, drawn at once, moved into the proof and wiped behind it.
//!
//! ```text
//! row blinds · pads · σ · φ_P · t over columns · t over slots · t_σ · φ_T
//! ```
//!
//! It can be neither copied nor kept: a second proof with any of it would show a difference of hidden values.

use crate::plan::Plan;
use intaglio_algebra::Scalar;
use intaglio_algebra::random::{RandomError, random_scalars};
use zeroize::Zeroizing;

/// Blinds, pads and masks of one proof.
pub struct Randomness(Zeroizing<Vec<Scalar>>);

/// The parts of [`Randomness`], by use. They are borrowed: copies on the stack would not be wiped.
pub(crate) struct Parts<'a> {
    /// Blind of each witness row.
    pub(crate) rows: &'a [Scalar],
    /// Pad of each slot, then σ.
    pub(crate) pads: &'a [Scalar],
    /// σ and φ_P.
    pub(crate) pad_special: &'a [Scalar],
    /// t, over the columns.
    pub(crate) mask_columns: &'a [Scalar],
    /// t, over the slots.
    pub(crate) mask_slots: &'a [Scalar],
    /// t_σ and φ_T.
    pub(crate) mask_special: &'a [Scalar],
}

impl Randomness {
    /// How many scalars a proof of this plan needs.
    #[must_use]
    pub fn count(plan: &Plan) -> usize {
        let shape = plan.shape();
        shape.witness_rows + 2 * shape.slots + 4 + (1 << plan.system().column_vars())
    }

    /// Fresh randomness.
    ///
    /// # Errors
    ///
    /// [`RandomError`] if the operating system gives none.
    pub(crate) fn draw(plan: &Plan) -> Result<Self, RandomError> {
        Ok(Self(Zeroizing::new(random_scalars(Self::count(plan))?)))
    }

    /// Chosen randomness, in the order above: for mutants that leave a part out or use one twice.
    #[cfg(feature = "mutants")]
    #[must_use]
    pub fn insecure_chosen(scalars: Vec<Scalar>) -> Self {
        Self(Zeroizing::new(scalars))
    }

    pub(crate) fn parts(&self, plan: &Plan) -> Parts<'_> {
        let shape = plan.shape();
        let (rows, rest) = split(&self.0, shape.witness_rows);
        let (pads, _) = split(rest, shape.slots + 1);
        let (_, rest) = split(rest, shape.slots);
        let (pad_special, rest) = split(rest, 2);
        let (mask_columns, rest) = split(rest, 1 << plan.system().column_vars());
        let (mask_slots, mask_special) = split(rest, shape.slots);
        Parts { rows, pads, pad_special, mask_columns, mask_slots, mask_special }
    }
}

fn split(all: &[Scalar], at: usize) -> (&[Scalar], &[Scalar]) {
    all.split_at(all.len().min(at))
}
