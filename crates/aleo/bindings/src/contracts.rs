//! The fixed programs, and the values that they take.

use crate::errors;
use intaglio_aleo_ledger::contracts::{self, Claim, Edition};
use pyo3::prelude::*;

/// Instructions of one of our programs.
#[pyfunction]
pub(crate) fn contract(py: Python<'_>, name: &str) -> PyResult<&'static str> {
    contracts::source(name).ok_or_else(|| errors::invalid(py, format!("{name:?} is none of our programs")))
}

/// Value and name of each part of a key or proof.
#[pyfunction]
pub(crate) fn parts(py: Python<'_>, bytes: &[u8]) -> PyResult<Vec<(String, String)>> {
    let made = contracts::parts(bytes).map_err(|e| errors::ledger(py, &e))?;
    Ok(made.into_iter().map(|part| (part.value, part.name)).collect())
}

/// Value, name and context of the claim that public values make about an edition.
#[pyfunction]
pub(crate) fn claim(
    py: Python<'_>,
    model: String,
    version: u32,
    publics: Vec<String>,
) -> PyResult<(String, String, String)> {
    let claim = Claim::of_statement(Edition { model, version }, &publics);
    let named = claim.and_then(|claim| Ok((claim.value(), claim.name()?, claim.context)));
    named.map_err(|e| errors::ledger(py, &e))
}

/// 32 bytes as the registry takes them.
#[pyfunction]
pub(crate) fn digest(bytes: [u8; 32]) -> String {
    contracts::digest(&bytes)
}
