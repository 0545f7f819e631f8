//! What the protocol demands, by name, and the sealed type through which a test leaves one demand out.
//!
//! A product has all rules: without the feature `mutants` there is one value of [`Rules`], it takes no space, and every
//! question below has a constant answer.

#[cfg(feature = "mutants")]
use crate::mutants::Mutant;
use intaglio_algebra::Scalar;

/// One demand: a check, an equation or a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check<'a> {
    /// A named equation of the schedule, `opening` among them.
    Equation(&'a str),
    /// One relation of the zerochecks.
    Zerocheck(&'a str),
    /// The cells of one lookup stand in the tree.
    Lookup(&'a str),
    /// The claims on one tensor or source are discharged.
    Claims(&'a str),
    /// The tag of a table stands in the fingerprints of its rows.
    Tag,
    /// The tag has a power of β of its own.
    TagPower,
    /// A proof is as long as its plan says.
    ProofLength,
    /// A scalar of a proof is below the order.
    ScalarRange,
    /// A coordinate of a proof is below the order of the base field.
    CoordinateRange,
    /// The statement has as many public tensors as the plan.
    PublicTensors,
    /// A public tensor is not longer than its polynomial.
    PublicCells,
    /// The statement has as many groups of imported rows as the plan.
    ImportedRows,
    /// A check of the caller, by its name.
    Caller(&'static str),
}

/// The rules of a verification, and of the proofs that tests make for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    #[cfg(feature = "mutants")]
    mutant: Option<Mutant>,
}

impl Rules {
    /// All rules but what a mutant lacks.
    #[cfg(feature = "mutants")]
    #[must_use]
    pub fn insecure(mutant: Mutant) -> Self {
        Self { mutant: Some(mutant) }
    }

    /// What is missing.
    #[cfg(feature = "mutants")]
    #[must_use]
    pub fn mutant(&self) -> Option<&Mutant> {
        self.mutant.as_ref()
    }

    /// Whether a check is made: always, but in the mutant that lacks it.
    #[cfg(feature = "mutants")]
    #[must_use]
    pub fn has(&self, check: Check<'_>) -> bool {
        !matches!(&self.mutant, Some(Mutant::Without(missing)) if *missing == check)
    }

    /// Whether a check is made: always.
    #[cfg(not(feature = "mutants"))]
    #[must_use]
    pub fn has(&self, _check: Check<'_>) -> bool {
        true
    }

    /// The bytes of a point as they are read: as they stand.
    #[cfg(not(feature = "mutants"))]
    pub(crate) fn point(&self, bytes: [u8; 64]) -> [u8; 64] {
        bytes
    }

    /// The bytes of a point as they are read: as they stand, but in the mutant that reduces them.
    #[cfg(feature = "mutants")]
    pub(crate) fn point(&self, bytes: [u8; 64]) -> [u8; 64] {
        if self.has(Check::CoordinateRange) { bytes } else { crate::mutants::reduced_point(bytes) }
    }

    /// The bytes of a scalar as they are read: as they stand.
    #[cfg(not(feature = "mutants"))]
    pub(crate) fn scalar(&self, bytes: [u8; 32]) -> [u8; 32] {
        bytes
    }

    /// The bytes of a scalar as they are read: as they stand, but in the mutant that reduces them.
    #[cfg(feature = "mutants")]
    pub(crate) fn scalar(&self, bytes: [u8; 32]) -> [u8; 32] {
        if self.has(Check::ScalarRange) { bytes } else { crate::mutants::reduced_scalar(bytes) }
    }

    /// The weight of what a check is about: nothing if it is not made.
    pub(crate) fn weigh(&self, check: Check<'_>, weight: Scalar) -> Scalar {
        if self.has(check) { weight } else { Scalar::default() }
    }
}
