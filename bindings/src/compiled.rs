//! A compiled model: the integer program with its weights in clear.

use crate::convert::{array, tensor, tensors};
use crate::errors::{prover, raise};
use crate::job;
use crate::secret::Secret;
use intaglio_program::bytes::CompiledModel;
use intaglio_program::lower::Level;
use intaglio_program::tensor::IntTensor;
use intaglio_prover::witness::{Runner, Trace};
use intaglio_prover::{Estimate, ProverError, commit, estimate};
use numpy::{PyArrayDyn, PyReadonlyArrayDyn};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// A compiled model, and what runs it.
pub(crate) struct File {
    pub(crate) model: CompiledModel,
    runner: OnceLock<Runner>,
}

/// An integer program, its weights, and what the compiler wants to remember.
#[pyclass(frozen, module = "intaglio._core")]
pub(crate) struct Compiled(Arc<File>);

/// Integers of the outputs, and `(node, saturated cells)`.
type RunResult<'py> = (Vec<Bound<'py, PyArrayDyn<i64>>>, Vec<(String, usize)>);

impl File {
    fn new(model: CompiledModel) -> Self {
        Self { model, runner: OnceLock::new() }
    }

    /// What runs the program; the weights are packed at the first use.
    fn runner(&self) -> Result<&Runner, ProverError> {
        if let Some(runner) = self.runner.get() {
            return Ok(runner);
        }
        let made = Runner::new(&self.model.program, &self.model.parameters)?;
        Ok(self.runner.get_or_init(|| made))
    }

    /// The outputs and saturations of a run.
    fn trace(&self, inputs: &[IntTensor]) -> Result<Trace, ProverError> {
        self.runner()?.run(inputs, &vec![Level::Private; inputs.len()])
    }
}

/// An estimate in JSON.
pub(crate) fn told(e: Estimate) -> String {
    let by_node: serde_json::Map<String, serde_json::Value> =
        e.by_node.into_iter().map(|(n, c)| (n, c.into())).collect();
    serde_json::json!({
        "prove_seconds": e.prove_seconds,
        "verify_seconds": e.verify_seconds,
        "memory_bytes": e.memory_bytes,
        "proof_bytes": e.proof_bytes,
        "by_node": by_node,
    })
    .to_string()
}

#[pymethods]
impl Compiled {
    /// From a description in JSON and the weights by name.
    #[new]
    #[pyo3(signature = (description, weights, metadata))]
    fn new(
        py: Python<'_>,
        description: &str,
        weights: HashMap<String, PyReadonlyArrayDyn<'_, i64>>,
        metadata: String,
    ) -> PyResult<Self> {
        let program = intaglio_program::description::parse(description)
            .map_err(|e| raise(py, "IntaglioError", (format!("the compiler made no valid program: {e}"),)))?;
        let mut parameters = Vec::new();
        for p in program.parameters() {
            let own = weights.get(&p.name);
            let own = own.ok_or_else(|| raise(py, "IntaglioError", (format!("no weights for '{}'", p.name),)))?;
            parameters.push(tensor(own));
        }
        Ok(Self(Arc::new(File::new(CompiledModel { program, parameters, metadata }))))
    }

    /// Reads a `.program` file.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, bytes: PyBackedBytes) -> PyResult<Self> {
        let file = job::run(py, None, move |_| CompiledModel::from_bytes(&bytes))?;
        file.map(|model| Self(Arc::new(File::new(model))))
            .map_err(|e| raise(py, "FormatError", (format!("program: {e}"),)))
    }

    /// The bytes of a `.program` file. It holds the weights in clear.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.model.to_bytes())
    }

    /// What the compiler remembered.
    #[getter]
    fn metadata(&self) -> &str {
        &self.0.model.metadata
    }

    /// Inputs and outputs in JSON.
    fn interface(&self) -> String {
        crate::inspect::interface(&self.0.model.program).to_string()
    }

    /// The digest of the program.
    fn digest<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.model.program.digest())
    }

    /// Runs the program on integers.
    fn run<'py>(&self, py: Python<'py>, inputs: Vec<PyReadonlyArrayDyn<'py, i64>>) -> PyResult<RunResult<'py>> {
        let inputs = tensors(&inputs);
        let short = self.0.runner.get().is_some_and(Runner::is_short);
        let trace = match short {
            true => job::run_here(py, || self.0.trace(&inputs))?,
            false => {
                let file = self.0.clone();
                job::run(py, None, move |_| file.trace(&inputs))?
            }
        };
        let trace = trace.map_err(|e| prover(py, &e))?;
        let outputs = trace.outputs.iter().map(|t| array(py, t)).collect::<PyResult<_>>()?;
        let name = |node: usize| self.0.model.program.nodes().get(node).map_or(String::new(), |n| n.name.clone());
        Ok((outputs, trace.saturated.iter().map(|s| (name(s.node), s.cells)).collect()))
    }

    /// What a proof will cost, in JSON.
    fn estimate(&self, py: Python<'_>) -> PyResult<String> {
        let file = self.0.clone();
        let made = job::run(py, None, move |_| estimate(&file.model.program))?;
        made.map(told).map_err(|e| prover(py, &e))
    }

    /// Commits: the secret, and the bytes of the public commitment.
    fn commit<'py>(&self, py: Python<'py>, progress: Option<Py<PyAny>>) -> PyResult<(Secret, Bound<'py, PyBytes>)> {
        let file = self.0.clone();
        let made = job::run(py, progress.as_ref(), move |observer| {
            commit(file.model.program.clone(), file.model.parameters.clone(), observer)
        })?;
        let (secret, bytes) = made.map_err(|e| prover(py, &e))?;
        Ok((Secret::new(secret), PyBytes::new(py, &bytes)))
    }
}
