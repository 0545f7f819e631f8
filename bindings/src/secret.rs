//! The secret of a committed model.

use crate::convert::{array, level, tensors};
use crate::errors::{detached, prover};
use crate::progress::Progress;
use intaglio_program::lower::Visibility;
use intaglio_prover::{Audience, CommittedTensor, Task};
use numpy::PyReadonlyArrayDyn;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

/// Weights and blinds: what proofs are made from.
#[pyclass(frozen, module = "intaglio._core")]
pub(crate) struct Secret(intaglio_prover::Secret);

impl Secret {
    pub(crate) fn new(secret: intaglio_prover::Secret) -> Self {
        Self(secret)
    }
}

#[pymethods]
impl Secret {
    /// Reads a secret file.
    #[staticmethod]
    #[pyo3(signature = (bytes, passphrase=None))]
    fn from_bytes(py: Python<'_>, bytes: &[u8], passphrase: Option<&[u8]>) -> PyResult<Self> {
        let secret = detached(py, || intaglio_prover::Secret::from_bytes(bytes, passphrase))?;
        secret.map(Self).map_err(|e| prover(py, &e))
    }

    /// The bytes of a secret file.
    #[pyo3(signature = (passphrase=None))]
    fn to_bytes<'py>(&self, py: Python<'py>, passphrase: Option<&[u8]>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = detached(py, || self.0.to_bytes(passphrase))?.map_err(|e| prover(py, &e))?;
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
        reuse: Vec<Option<(Vec<u8>, String)>>,
        passphrase: Option<&[u8]>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let levels = |words: &[String]| words.iter().map(|w| level(py, w)).collect::<PyResult<Vec<_>>>();
        let visibility = Visibility { inputs: levels(&input_levels)?, outputs: levels(&output_levels)? };
        let mut known = Vec::new();
        for entry in &reuse {
            known.push(match entry {
                None => None,
                Some((bytes, name)) => Some(crate::openings::pick(py, bytes, name, passphrase)?),
            });
        }
        let task = Task { inputs: tensors(&inputs), visibility, audience: Audience { nonce, audience }, reuse: known };
        let observer = Progress(progress);
        let made = detached(py, || intaglio_prover::prove(&self.0, task, &observer))?.map_err(|e| prover(py, &e))?;
        let openings =
            detached(py, || CommittedTensor::to_bytes(&made.openings, passphrase))?.map_err(|e| prover(py, &e))?;
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
