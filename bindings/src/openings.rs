//! Opening committed inputs and outputs.

use crate::errors::{prover, raise, rejected};
use crate::job;
use intaglio_algebra::encoding::decode_point;
use intaglio_prover::CommittedTensor;
use intaglio_verifier::CommittedBoundary;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

/// The committed tensors of an openings file.
fn read(py: Python<'_>, bytes: Vec<u8>, passphrase: Option<Vec<u8>>) -> PyResult<Vec<CommittedTensor>> {
    let tensors = job::run(py, None, move |_| CommittedTensor::from_bytes(&bytes, passphrase.as_deref()))?;
    tensors.map_err(|e| prover(py, &e))
}

/// The names in an openings file.
#[pyfunction]
#[pyo3(signature = (openings, passphrase=None))]
pub(crate) fn opening_names(py: Python<'_>, openings: Vec<u8>, passphrase: Option<Vec<u8>>) -> PyResult<Vec<String>> {
    Ok(read(py, openings, passphrase)?.iter().map(|t| t.name.clone()).collect())
}

/// The committed tensor of a name in an openings file.
pub(crate) fn pick(
    py: Python<'_>,
    bytes: Vec<u8>,
    name: &str,
    passphrase: Option<Vec<u8>>,
) -> PyResult<CommittedTensor> {
    let tensors = read(py, bytes, passphrase)?;
    let names: Vec<String> = tensors.iter().map(|t| t.name.clone()).collect();
    let found = tensors.into_iter().find(|t| t.name == name);
    found.ok_or_else(|| raise(py, "InvalidInput", (format!("no committed tensor '{name}' here, there are {names:?}"),)))
}

/// Proves some elements of a committed tensor.
#[pyfunction]
#[pyo3(signature = (openings, name, elements, passphrase=None))]
pub(crate) fn open_commitment<'py>(
    py: Python<'py>,
    openings: Vec<u8>,
    name: &str,
    elements: Vec<usize>,
    passphrase: Option<Vec<u8>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let tensor = pick(py, openings, name, passphrase)?;
    if let Some(missing) = elements.iter().find(|e| **e >= tensor.cells.len()) {
        let text = format!("'{name}' has elements 0 to {}, not {missing}", tensor.cells.len().saturating_sub(1));
        return Err(raise(py, "InvalidInput", (text,)));
    }
    let bytes = job::run(py, None, move |_| intaglio_prover::open(&tensor, &elements))?.map_err(|e| prover(py, &e))?;
    Ok(PyBytes::new(py, &bytes))
}

/// Checks an opening against the commitment that verified evidence carries.
#[pyfunction]
pub(crate) fn verify_opening<'py>(
    py: Python<'py>,
    opening: Vec<u8>,
    name: String,
    shape: Vec<usize>,
    exponent: i32,
    commitment: &[u8],
) -> PyResult<Bound<'py, PyDict>> {
    let mut rows = Vec::new();
    for chunk in commitment.chunks(64) {
        let point = <[u8; 64]>::try_from(chunk).ok().and_then(|b| decode_point(&b).ok());
        rows.push(point.ok_or_else(|| raise(py, "FormatError", ("the commitment holds a row that is no point",)))?);
    }
    let opened = job::run(py, None, move |_| {
        let committed = CommittedBoundary { name: &name, shape: &shape, exponent, rows: &rows };
        intaglio_verifier::verify_opening(&opening, committed)
    })?;
    let opened = opened.map_err(|e| rejected(py, &e))?;
    let out = PyDict::new(py);
    out.set_item("name", opened.name)?;
    out.set_item("shape", opened.shape)?;
    out.set_item("exponent", opened.exponent)?;
    out.set_item("elements", opened.elements)?;
    Ok(out)
}
