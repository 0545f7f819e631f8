//! The verifier's own checks, by name. `argument::rules` holds those of the argument.

use crate::rejection::{Rejection, Stage};
use intaglio_argument::rules::{Check as Rule, Rules};

/// One check on files, statements, models and policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// No bytes follow a file.
    End,
    /// A file has the version that this build reads.
    Version,
    /// A nonce or audience has a bounded length.
    NonceLength,
    /// Evidence carries no nonce that was not asked for.
    NonceUnasked,
    /// Evidence carries the nonce that was asked for, not none.
    NonceMissing,
    /// Evidence carries the nonce that was asked for, not another.
    NonceOther,
    /// Evidence is addressed to nobody if nobody asked.
    AudienceUnasked,
    /// Evidence is addressed to whom it must, not to nobody.
    AudienceMissing,
    /// Evidence is addressed to whom it must, not to another.
    AudienceOther,
    /// The evidence's model is the checked one.
    Model,
    /// A public tensor has as many cells as the program says.
    PublicCells,
    /// A public input lies in its declared range.
    PublicRange,
    /// Rows of committed inputs and outputs lie in the subgroup.
    CommittedSubgroup,
    /// The soundness is at least the policy's.
    SecurityBits,
    /// A model has as many rows as its program needs.
    ModelRows,
    /// The rows of a model lie in the subgroup.
    ModelSubgroup,
    /// A model has a well-formedness proof for each chunk.
    ModelProofs,
    /// The well-formedness proofs hold.
    Wellformed,
    /// An opening is of the name that was committed to.
    OpeningName,
    /// An opening is of the shape that was committed to.
    OpeningShape,
    /// An opening is at the exponent that was committed to.
    OpeningExponent,
    /// An opening shows each element once.
    OpeningDistinct,
    /// An opening shows elements that exist.
    OpeningInside,
    /// The rows behind an opening lie in the subgroup.
    OpeningSubgroup,
    /// A receipt was made under the own key.
    ReceiptKey,
    /// A receipt is about the commitment at hand.
    ReceiptDigest,
}

impl Check {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::End,
        Self::Version,
        Self::NonceLength,
        Self::NonceUnasked,
        Self::NonceMissing,
        Self::NonceOther,
        Self::AudienceUnasked,
        Self::AudienceMissing,
        Self::AudienceOther,
        Self::Model,
        Self::PublicCells,
        Self::PublicRange,
        Self::CommittedSubgroup,
        Self::SecurityBits,
        Self::ModelRows,
        Self::ModelSubgroup,
        Self::ModelProofs,
        Self::Wellformed,
        Self::OpeningName,
        Self::OpeningShape,
        Self::OpeningExponent,
        Self::OpeningDistinct,
        Self::OpeningInside,
        Self::OpeningSubgroup,
        Self::ReceiptKey,
        Self::ReceiptDigest,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::End => "end",
            Self::Version => "version",
            Self::NonceLength => "nonce length",
            Self::NonceUnasked => "nonce unasked",
            Self::NonceMissing => "nonce missing",
            Self::NonceOther => "nonce other",
            Self::AudienceUnasked => "audience unasked",
            Self::AudienceMissing => "audience missing",
            Self::AudienceOther => "audience other",
            Self::Model => "model",
            Self::PublicCells => "public cells",
            Self::PublicRange => "public range",
            Self::CommittedSubgroup => "committed subgroup",
            Self::SecurityBits => "security bits",
            Self::ModelRows => "model rows",
            Self::ModelSubgroup => "model subgroup",
            Self::ModelProofs => "model proofs",
            Self::Wellformed => "wellformed",
            Self::OpeningName => "opening name",
            Self::OpeningShape => "opening shape",
            Self::OpeningExponent => "opening exponent",
            Self::OpeningDistinct => "opening distinct",
            Self::OpeningInside => "opening inside",
            Self::OpeningSubgroup => "opening subgroup",
            Self::ReceiptKey => "receipt key",
            Self::ReceiptDigest => "receipt digest",
        }
    }

    /// Where it refuses.
    #[must_use]
    pub fn stage(self) -> Stage {
        match self {
            Self::End | Self::Version | Self::NonceLength => Stage::Decode,
            Self::NonceUnasked
            | Self::NonceMissing
            | Self::NonceOther
            | Self::AudienceUnasked
            | Self::AudienceMissing
            | Self::AudienceOther
            | Self::PublicCells
            | Self::PublicRange
            | Self::CommittedSubgroup
            | Self::OpeningName
            | Self::OpeningShape
            | Self::OpeningExponent
            | Self::OpeningDistinct
            | Self::OpeningInside
            | Self::OpeningSubgroup => Stage::Statement,
            Self::Model
            | Self::ModelRows
            | Self::ModelSubgroup
            | Self::ModelProofs
            | Self::Wellformed
            | Self::ReceiptKey
            | Self::ReceiptDigest => Stage::Model,
            Self::SecurityBits => Stage::Policy,
        }
    }

    /// Whether it is made: always, but in the mutant that lacks it.
    pub(crate) fn is_made(self, rules: &Rules) -> bool {
        rules.has(Rule::Caller(self.name()))
    }

    /// Refuses unless it holds.
    pub(crate) fn demand(self, rules: &Rules, holds: bool, reason: impl FnOnce() -> String) -> Result<(), Rejection> {
        if holds || !self.is_made(rules) { Ok(()) } else { Err(Rejection::new(self.stage(), reason())) }
    }
}
