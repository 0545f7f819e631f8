//! Errors of the core as exceptions of `intaglio.errors`; panics become one too.

use intaglio_prover::ProverError;
use intaglio_verifier::Rejection;
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use std::any::Any;

/// An exception class of `intaglio.errors` with arguments.
pub(crate) fn raise<A>(py: Python<'_>, class: &str, args: A) -> PyErr
where
    A: for<'py> pyo3::call::PyCallArgs<'py>,
{
    let made = py.import("intaglio.errors").and_then(|m| m.getattr(class)).and_then(|c| c.call1(args));
    match made {
        Ok(exception) => PyErr::from_value(exception),
        Err(error) => error,
    }
}

/// A refusal.
pub(crate) fn rejected(py: Python<'_>, error: &Rejection) -> PyErr {
    raise(py, "Rejected", (error.stage.name(), error.reason.as_str()))
}

/// A failure of the prover.
pub(crate) fn prover(py: Python<'_>, error: &ProverError) -> PyErr {
    let text = error.to_string();
    match error {
        ProverError::Cancelled => PyKeyboardInterrupt::new_err("stopped"),
        ProverError::Operand(_) | ProverError::Reuse { .. } => raise(py, "InvalidInput", (text,)),
        ProverError::OutOfRange { .. } => raise(py, "OutOfRange", (text,)),
        ProverError::File { .. } | ProverError::Passphrase => raise(py, "FormatError", (text,)),
        ProverError::Lower(_) => raise(py, "ResourceLimit", (text,)),
        ProverError::Random(_) | ProverError::SelfCheck(_) => raise(py, "IntaglioError", (text,)),
    }
}

/// A panic of the core as an `IntaglioError`.
pub(crate) fn internal(py: Python<'_>, panic: Box<dyn Any + Send>) -> PyErr {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
    raise(py, "IntaglioError", (format!("internal error, please report it: {}", text.unwrap_or_default()),))
}
