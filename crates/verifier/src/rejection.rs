//! Why evidence is refused.

use intaglio_argument::verify::VerifyError;
use intaglio_program::bytes::DecodeError;
use intaglio_program::lower::LowerError;

/// Where a check failed. The names are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The bytes cannot be read.
    Decode,
    /// The statement is not the one that was asked for, or contradicts the program.
    Statement,
    /// The model commitment is not well-formed, or the evidence is about another model.
    Model,
    /// Checking would cost more than the verifier's budget.
    Budget,
    /// The evidence holds, but not what the policy demands.
    Policy,
    /// The argument fails: something that the statement claims is not so.
    Closing,
}

impl Stage {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Statement => "statement",
            Self::Model => "model",
            Self::Budget => "budget",
            Self::Policy => "policy",
            Self::Closing => "closing",
        }
    }
}

/// Evidence is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {reason}", stage.name())]
pub struct Rejection {
    /// Where.
    pub stage: Stage,
    /// Why.
    pub reason: String,
}

impl Rejection {
    /// A refusal at a stage.
    #[must_use]
    pub fn new(stage: Stage, reason: impl Into<String>) -> Self {
        Self { stage, reason: reason.into() }
    }
}

impl From<DecodeError> for Rejection {
    fn from(error: DecodeError) -> Self {
        Self::new(Stage::Decode, error.to_string())
    }
}

impl From<LowerError> for Rejection {
    fn from(error: LowerError) -> Self {
        Self::new(Stage::Statement, error.to_string())
    }
}

impl From<VerifyError> for Rejection {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Decode(e) => Self::new(Stage::Decode, e.to_string()),
            VerifyError::Statement(e) => Self::new(Stage::Statement, e.to_string()),
            VerifyError::Closing(e) => Self::new(Stage::Closing, e.to_string()),
        }
    }
}
