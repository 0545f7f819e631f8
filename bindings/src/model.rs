//! The verifier's model: a commitment whose well-formedness was checked.

use crate::convert::{array, word};
use crate::errors::{raise, rejected};
use crate::job;
use intaglio_algebra::encoding::encode_point;
use intaglio_program::tensor::IntTensor;
use intaglio_verifier::{Boundary, Budget, CheckedModel, Policy, ReceiptKey, Rejection, Request, Stage, verify};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use std::sync::Arc;

/// A checked model commitment: what evidence is verified against.
#[pyclass(frozen, module = "intaglio._core")]
pub(crate) struct Model(Arc<CheckedModel>);

/// Bytes that are no commitment are a `FormatError`, a commitment that does not hold is `Rejected`.
fn refused(py: Python<'_>, error: &Rejection) -> PyErr {
    match error.stage {
        Stage::Decode => raise(py, "FormatError", (format!("commitment: {}", error.reason),)),
        Stage::Budget => raise(py, "ResourceLimit", (format!("commitment: {}", error.reason),)),
        _ => rejected(py, error),
    }
}

#[pymethods]
impl Model {
    /// Checks the bytes of a commitment.
    #[staticmethod]
    fn check(py: Python<'_>, bytes: Vec<u8>, max_work: u64) -> PyResult<Self> {
        let model = job::run(py, None, move |_| CheckedModel::check_within(&bytes, Budget(max_work)))?;
        model.map(|m| Self(Arc::new(m))).map_err(|e| refused(py, &e))
    }

    /// The model of a commitment that this machine has checked before; `None` if the receipt does not say so.
    #[staticmethod]
    fn redeem(
        py: Python<'_>,
        bytes: Vec<u8>,
        receipt: Vec<u8>,
        key: [u8; 32],
        place: Vec<u8>,
    ) -> PyResult<Option<Self>> {
        let model = job::run(py, None, move |_| ReceiptKey::new(key, &place).redeem(&bytes, &receipt))?;
        model.map(|m| m.map(|m| Self(Arc::new(m)))).map_err(|e| refused(py, &e))
    }

    /// The receipt of this model under a local key.
    fn receipt<'py>(&self, py: Python<'py>, key: [u8; 32], place: &[u8]) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &ReceiptKey::new(key, place).issue(&self.0))
    }

    /// The identity.
    #[getter]
    fn id<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.id())
    }

    /// Inputs and outputs in JSON.
    fn interface(&self) -> String {
        crate::inspect::interface(self.0.program()).to_string()
    }

    /// Verifies evidence; a dictionary of what was established.
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the Python surface")]
    #[pyo3(signature = (evidence, nonce, audience, min_security_bits, max_work))]
    fn verify<'py>(
        &self,
        py: Python<'py>,
        evidence: Vec<u8>,
        nonce: Option<Vec<u8>>,
        audience: Option<String>,
        min_security_bits: u32,
        max_work: u64,
    ) -> PyResult<Bound<'py, PyDict>> {
        let model = self.0.clone();
        let verified = job::run(py, None, move |_| {
            let request = Request { nonce: nonce.as_deref(), audience: audience.as_deref() };
            verify(&evidence, &model, request, Policy { min_security_bits, budget: Budget(max_work) })
        })?;
        let verified = verified.map_err(|e| match e.stage {
            Stage::Budget => raise(py, "ResourceLimit", (format!("evidence: {}", e.reason),)),
            _ => rejected(py, &e),
        })?;
        let statement = verified.statement();
        let program = self.0.program();
        let input_shapes: Vec<Vec<usize>> = program.inputs().iter().map(|i| i.shape.clone()).collect();
        let output_shape = |o: &intaglio_program::program::Output| program.value(o.value).map(|v| v.shape.clone());
        let output_shapes: Vec<Vec<usize>> =
            program.outputs().iter().map(|o| output_shape(o).unwrap_or_default()).collect();
        let out = PyDict::new(py);
        out.set_item("inputs", boundaries(py, &statement.inputs, &input_shapes)?)?;
        out.set_item("outputs", boundaries(py, &statement.outputs, &output_shapes)?)?;
        out.set_item("security_bits", verified.security_bits())?;
        out.set_item("statement_digest", PyBytes::new(py, &statement.digest()))?;
        out.set_item("model", PyBytes::new(py, &statement.model))?;
        Ok(out)
    }
}

/// `(level, integers or None, commitment bytes or None)` of each input or output.
fn boundaries<'py>(py: Python<'py>, side: &[Boundary], shapes: &[Vec<usize>]) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for (boundary, shape) in side.iter().zip(shapes) {
        let level = word(boundary.level());
        match boundary {
            Boundary::Public(cells) => {
                let tensor = IntTensor { shape: shape.clone(), data: cells.clone() };
                list.append((level, array(py, &tensor)?, py.None()))?;
            }
            Boundary::Committed(rows) => {
                let bytes: Vec<u8> = rows.iter().flat_map(encode_point).collect();
                list.append((level, py.None(), PyBytes::new(py, &bytes)))?;
            }
            Boundary::Private => list.append((level, py.None(), py.None()))?,
        }
    }
    Ok(list)
}
