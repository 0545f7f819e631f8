//! Committed outputs of the core, opened in a circuit under public bounds.

use crate::{element, errors, job, powers};
use intaglio_aleo::bridge::{CELL_BITS, MAX_CELLS, Opening, synthesise};
use intaglio_aleo::r1cs::R1cs;
use intaglio_aleo::varuna::{VarunaError, public_inputs};
use intaglio_algebra::Scalar;
use intaglio_program::layout::Layout;
use intaglio_prover::CommittedTensor;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use snarkvm_curves::bls12_377::Fr;

/// The committed tensor of a name: its cells with padding, and the blind of its one row.
fn pick(py: Python<'_>, openings: &[u8], name: &str, passphrase: Option<&[u8]>) -> PyResult<(Vec<i64>, Scalar)> {
    let tensors = CommittedTensor::from_bytes(openings, passphrase);
    let tensors = tensors.map_err(|e| errors::raise(py, "FormatError", e.to_string()))?;
    let found = tensors.iter().find(|t| t.name == name);
    let tensor = found.ok_or_else(|| errors::invalid(py, format!("no committed tensor '{name}' in these openings")))?;
    let cells = Layout::flat(&tensor.shape).scatter(&tensor.cells, tensor.fill);
    match tensor.blinds[..] {
        [blind] if cells.len() <= MAX_CELLS => Ok((cells, blind)),
        _ => Err(errors::invalid(
            py,
            format!("'{name}' has {} cells; a circuit opens at most {MAX_CELLS} of {CELL_BITS} bits", cells.len()),
        )),
    }
}

fn circuit(py: Python<'_>, opening: &Opening<'_>) -> PyResult<R1cs> {
    synthesise(opening).map_err(|e| errors::invalid(py, e.to_string()))
}

/// Proof and public values that the cells of a committed tensor lie between bounds. Bounds of padding are all of 16 bits.
#[pyfunction]
#[pyo3(signature = (openings, name, bounds, context, passphrase=None))]
pub(crate) fn prove_bounds<'py>(
    py: Python<'py>,
    openings: &[u8],
    name: &str,
    bounds: Vec<(i64, i64)>,
    context: &str,
    passphrase: Option<&[u8]>,
) -> PyResult<(Bound<'py, PyBytes>, Vec<String>)> {
    let (cells, blind) = pick(py, openings, name, passphrase)?;
    let bounds = padded(bounds, cells.len());
    let made = circuit(py, &Opening { cells: &cells, blind, bounds: &bounds, context: element(py, context)? })?;
    let proven = job::run(py, move || -> Result<(Vec<u8>, Vec<String>), VarunaError> {
        let keys = powers()?.set_up(&made)?;
        let proof = powers()?.prove(&keys, &made)?;
        Ok((proof, public_inputs(&made).iter().map(ToString::to_string).collect()))
    })?;
    let (proof, publics) = proven.map_err(|e| errors::varuna(py, &e))?;
    Ok((PyBytes::new(py, &proof), publics))
}

/// The verifying key of openings of so many cells, padding included: the same for all rows.
#[pyfunction]
pub(crate) fn bounds_key(py: Python<'_>, cells: usize) -> PyResult<Bound<'_, PyBytes>> {
    let (zeros, bounds) = (vec![0; cells], padded(Vec::new(), cells));
    let opening = Opening { cells: &zeros, blind: Scalar::default(), bounds: &bounds, context: Fr::default() };
    let made = circuit(py, &opening)?;
    let key = job::run(py, move || powers()?.set_up(&made)?.verifying.to_bytes())?;
    Ok(PyBytes::new(py, &key.map_err(|e| errors::varuna(py, &e))?))
}

/// Bounds for padding as well: all of 16 bits.
fn padded(mut bounds: Vec<(i64, i64)>, cells: usize) -> Vec<(i64, i64)> {
    let half = 1 << (CELL_BITS - 1);
    bounds.resize(bounds.len().max(cells), (-half, half - 1));
    bounds
}
