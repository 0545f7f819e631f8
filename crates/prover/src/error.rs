//! Why the prover made nothing.

use intaglio_algebra::random::RandomError;
use intaglio_argument::prove::{Cancelled, ProveError};
use intaglio_program::bytes::DecodeError;
use intaglio_program::interpret::RunError;
use intaglio_program::lower::LowerError;
use intaglio_verifier::Rejection;

/// Why nothing was proven or committed.
#[derive(Debug, thiserror::Error)]
pub enum ProverError {
    /// Inputs or weights do not fit the program.
    #[error(transparent)]
    Operand(#[from] RunError),
    /// Under `overflow = "refuse"` a value leaves its range. One text for all: where and how often depends on secrets, and
    /// a service may pass the text on. The fields are for whoever owns them.
    #[error("a value leaves its range, and this program does not saturate; one that saturates counts where")]
    OutOfRange {
        /// The user's node.
        node: String,
        /// How many.
        cells: usize,
    },
    /// A commitment that was handed in for an input is to something else than the input's integers.
    #[error(
        "the commitment handed in for input '{input}' holds other values than the input, or values of another exponent \
         or padding: hand in the very values that were committed, to a model that takes them at the same exponent"
    )]
    Reuse {
        /// The user's name of the input.
        input: String,
    },
    /// The program cannot be lowered.
    #[error(transparent)]
    Lower(#[from] LowerError),
    /// A file that cannot be read.
    #[error("{file}: {cause}")]
    File {
        /// Which kind of file.
        file: &'static str,
        /// Why.
        cause: String,
    },
    /// A wrong passphrase, or a file that was changed.
    #[error("the passphrase is wrong, or the file was changed")]
    Passphrase,
    /// The caller stopped the work.
    #[error("stopped by the caller")]
    Cancelled,
    /// The operating system gives no randomness.
    #[error("{0}")]
    Random(String),
    /// The self-check failed: a defect of this software, nothing was published.
    #[error("self-check: {0}")]
    SelfCheck(String),
}

impl From<Cancelled> for ProverError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

impl From<RandomError> for ProverError {
    fn from(error: RandomError) -> Self {
        Self::Random(error.to_string())
    }
}

impl From<ProveError> for ProverError {
    fn from(error: ProveError) -> Self {
        match error {
            ProveError::Cancelled(_) => Self::Cancelled,
            ProveError::Random(e) => Self::Random(e.to_string()),
            other => Self::SelfCheck(other.to_string()),
        }
    }
}

impl ProverError {
    /// A file of ours that cannot be read.
    pub(crate) fn file(file: &'static str) -> impl Fn(DecodeError) -> Self {
        move |error| Self::File { file, cause: error.to_string() }
    }
}

impl From<Rejection> for ProverError {
    fn from(error: Rejection) -> Self {
        Self::SelfCheck(error.to_string())
    }
}
