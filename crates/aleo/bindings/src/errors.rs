//! Errors as exceptions of `intaglio.errors`.

use intaglio_aleo::circuit::CircuitError;
use intaglio_aleo::instructions::InstructionsError;
use intaglio_aleo::parameters::ParameterError;
use intaglio_aleo::varuna::VarunaError;
use intaglio_aleo_ledger::error::LedgerError;
use pyo3::prelude::*;

/// An exception class of `intaglio.errors` with a text.
pub(crate) fn raise(py: Python<'_>, class: &str, text: impl Into<String>) -> PyErr {
    let made = py.import("intaglio.errors").and_then(|m| m.getattr(class)).and_then(|c| c.call1((text.into(),)));
    match made {
        Ok(exception) => PyErr::from_value(exception),
        Err(error) => error,
    }
}

/// A value handed in does not fit.
pub(crate) fn invalid(py: Python<'_>, text: String) -> PyErr {
    raise(py, "InvalidInput", text)
}

/// There is no circuit.
pub(crate) fn circuit(py: Python<'_>, error: &CircuitError) -> PyErr {
    match error {
        CircuitError::OutOfRange { .. } => raise(py, "OutOfRange", error.to_string()),
        CircuitError::Operand(_) => invalid(py, error.to_string()),
        CircuitError::Table { .. } => raise(py, "ResourceLimit", error.to_string()),
    }
}

/// What powers that cannot be used are.
fn powers(error: &ParameterError) -> &'static str {
    match error {
        ParameterError::Missing { .. } | ParameterError::TooLarge { .. } => "ResourceLimit",
        ParameterError::Damaged { .. } => "FormatError",
    }
}

/// Nothing was set up, proven or accepted.
pub(crate) fn varuna(py: Python<'_>, error: &VarunaError) -> PyErr {
    match error {
        VarunaError::Parameters(cause) => raise(py, powers(cause), error.to_string()),
        VarunaError::Bytes { .. } => raise(py, "FormatError", error.to_string()),
        VarunaError::Unsatisfied(_) | VarunaError::Snark(_) => raise(py, "IntaglioError", error.to_string()),
    }
}

/// There are no instructions.
pub(crate) fn instructions(py: Python<'_>, error: &InstructionsError) -> PyErr {
    let class = match error {
        InstructionsError::Operand(_) | InstructionsError::Name(_) => "InvalidInput",
        InstructionsError::Operator { .. }
        | InstructionsError::Boundaries { .. }
        | InstructionsError::Width { .. }
        | InstructionsError::Limit { .. } => "ResourceLimit",
    };
    raise(py, class, error.to_string())
}

/// No account, program, transaction or block.
pub(crate) fn ledger(py: Python<'_>, error: &LedgerError) -> PyErr {
    let class = match error {
        LedgerError::Text { .. } | LedgerError::Foreign | LedgerError::Program(_) | LedgerError::Execution { .. } => {
            "InvalidInput"
        }
        LedgerError::Powers { error, .. } => powers(error),
        LedgerError::Inclusion { .. } => "ResourceLimit",
        LedgerError::Version { .. } => "NodeError",
        LedgerError::Ledger(_) => "IntaglioError",
    };
    raise(py, class, error.to_string())
}
