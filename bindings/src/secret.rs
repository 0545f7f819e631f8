//! The secret of a committed model.

use crate::convert::{array, level, tensors};
use crate::errors::prover;
use crate::job;
use intaglio_program::lower::Visibility;
use intaglio_prover::{Audience, CommittedTensor, Task};
use numpy::PyReadonlyArrayDyn;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyDict};
use std::sync::Arc;

/// Weights and blinds: what proofs are made from.
#[pyclass(frozen, module = "intaglio._core")]
pub(crate) struct Secret(Arc<intaglio_prover::Secret>);

/// Openings bytes, the name of a tensor in them, and what decrypts them.
type Known = (Vec<u8>, String, Option<Vec<u8>>);

impl Secret {
    pub(crate) fn new(secret: intaglio_prover::Secret) -> Self {
        Self(Arc::new(secret))
    }
}

#[pymethods]
impl Secret {
    /// Reads a secret file.
    #[staticmethod]
    #[pyo3(signature = (bytes, passphrase=None))]
    fn from_bytes(py: Python<'_>, bytes: PyBackedBytes, passphrase: Option<Vec<u8>>) -> PyResult<Self> {
        let secret = job::run(py, None, move |_| intaglio_prover::Secret::from_bytes(&bytes, passphrase.as_deref()))?;
        secret.map(Self::new).map_err(|e| prover(py, &e))
    }

    /// The bytes of a secret file.
    #[pyo3(signature = (passphrase=None))]
    fn to_bytes<'py>(&self, py: Python<'py>, passphrase: Option<Vec<u8>>) -> PyResult<Bound<'py, PyBytes>> {
        let secret = self.0.clone();
        let bytes = job::run(py, None, move |_| secret.to_bytes(passphrase.as_deref()))?.map_err(|e| prover(py, &e))?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// The identity of the commitment.
    #[getter]
    fn id<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.id())
    }

    /// Inputs and outputs in JSON.
    fn interface(&self) -> String {
        crate::inspect::interface(self.0.program()).to_string()
    }

    /// What a proof will cost, in JSON.
    fn estimate(&self, py: Python<'_>) -> PyResult<String> {
        let secret = self.0.clone();
        let made = job::run(py, None, move |_| intaglio_prover::estimate(secret.program()))?;
        made.map(crate::compiled::told).map_err(|e| prover(py, &e))
    }

    /// Proves one run; a dictionary with evidence, openings, outputs.
    #[expect(clippy::too_many_arguments, reason = "each is a keyword of the Python surface")]
    #[pyo3(signature = (inputs, input_levels, output_levels, nonce, audience, reuse, passphrase, progress))]
    fn prove<'py>(
        &self,
        py: Python<'py>,
        inputs: Vec<PyReadonlyArrayDyn<'py, i64>>,
        input_levels: Vec<String>,
        output_levels: Vec<String>,
        nonce: Option<Vec<u8>>,
        audience: Option<String>,
        reuse: Vec<Option<Known>>,
        passphrase: Option<Vec<u8>>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let levels = |words: &[String]| words.iter().map(|w| level(py, w)).collect::<PyResult<Vec<_>>>();
        let visibility = Visibility { inputs: levels(&input_levels)?, outputs: levels(&output_levels)? };
        let mut known = Vec::new();
        for entry in reuse {
            known.push(match entry {
                None => None,
                Some((bytes, name, own)) => Some(crate::openings::pick(py, bytes, &name, own)?),
            });
        }
        let task = Task { inputs: tensors(&inputs), visibility, audience: Audience { nonce, audience }, reuse: known };
        let secret = self.0.clone();
        let made = job::run(py, progress.as_ref(), move |observer| {
            let made = intaglio_prover::prove(&secret, task, observer)?;
            // the key of a passphrase takes longer than a small proof
            let openings = match made.openings.as_slice() {
                [] => Vec::new(),
                some => CommittedTensor::to_bytes(some, passphrase.as_deref())?,
            };
            Ok((made, openings))
        })?;
        let (made, openings) = made.map_err(|e| prover(py, &e))?;
        let out = PyDict::new(py);
        out.set_item("evidence", PyBytes::new(py, &made.evidence))?;
        out.set_item("proof_bytes", made.proof_bytes)?;
        out.set_item("openings", PyBytes::new(py, &openings))?;
        out.set_item("opening_names", made.openings.iter().map(|o| o.name.clone()).collect::<Vec<_>>())?;
        out.set_item("outputs", made.outputs.iter().map(|t| array(py, t)).collect::<PyResult<Vec<_>>>()?)?;
        let name = |node: usize| self.0.program().nodes().get(node).map_or(String::new(), |n| n.name.clone());
        out.set_item("saturated", made.saturated.iter().map(|s| (name(s.node), s.cells)).collect::<Vec<_>>())?;
        Ok(out)
    }
}
