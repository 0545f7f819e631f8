//! Why a program, a transaction or a block cannot be.

use intaglio_aleo::parameters::ParameterError;

/// What went wrong, and where.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// A text that is no key, address, record or value.
    #[error("this is no {what}: {cause}")]
    Text {
        /// What was expected.
        what: &'static str,
        /// snarkVM's reason.
        cause: String,
    },
    /// A record that another account owns.
    #[error("this record belongs to another account")]
    Foreign,
    /// A program that does not parse, does not type-check or misses an import.
    #[error("program: {0}")]
    Program(String),
    /// A function's circuit needs powers that are not there.
    #[error("{function}: {error}")]
    Powers {
        /// Program and function.
        function: String,
        /// What is missing and how to get it.
        error: ParameterError,
    },
    /// A function that takes a record: its inclusion proof needs more powers than any file here holds.
    #[error(
        "{function} takes a record: proving that the record is on the chain needs 2^{needed} powers, and this version can \
         use 2^{have}; `execute` can still evaluate the function's assertions"
    )]
    Inclusion {
        /// Program and function.
        function: String,
        /// As a power of two.
        needed: u32,
        /// As a power of two.
        have: u32,
    },
    /// The node follows rules that this version does not know.
    #[error("the node is at consensus version {got}, this version makes transactions for {expected}")]
    Version {
        /// The version that transactions are made for.
        expected: u16,
        /// The node's.
        got: u16,
    },
    /// An assertion of the function does not hold for these inputs, or inputs do not fit.
    #[error("{function} cannot be executed: {cause}")]
    Execution {
        /// Program and function.
        function: String,
        /// snarkVM's reason.
        cause: String,
    },
    /// The ledger refuses a block.
    #[error("ledger: {0}")]
    Ledger(String),
}

/// A shorthand for the reason of a text that does not parse.
pub(crate) fn text(what: &'static str) -> impl Fn(anyhow::Error) -> LedgerError {
    move |error| LedgerError::Text { what, cause: format!("{error:#}") }
}

/// A ledger that refuses.
pub(crate) fn ledger(error: impl std::fmt::Display) -> LedgerError {
    LedgerError::Ledger(format!("{error:#}"))
}
