//! A compiled model: the integer program with its weights in clear.

use crate::convert::{array, tensor, tensors};
use crate::errors::{prover, raise};
use crate::job;
use crate::secret::Secret;
use intaglio_program::bytes::{Read, Reader, Writer, append_checksum, strip_checksum};
use intaglio_program::lower::Level;
use intaglio_program::program::Program;
use intaglio_program::tensor::{IntTensor, cells};
use intaglio_prover::witness::{Runner, Trace};
use intaglio_prover::{Estimate, ProverError, commit, estimate};
use numpy::{PyArrayDyn, PyReadonlyArrayDyn};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

const MAGIC: &[u8; 16] = b"INTAGLIO-COMPILE";
const VERSION: u16 = 2;

/// What a `.program` file says.
pub(crate) struct File {
    pub(crate) program: Program,
    parameters: Vec<IntTensor>,
    pub(crate) metadata: String,
    runner: OnceLock<Runner>,
}

/// An integer program, its weights, and what the compiler wants to remember.
#[pyclass(frozen, module = "intaglio._core")]
pub(crate) struct Compiled(Arc<File>);

/// Integers of the outputs, and `(node, saturated cells)`.
type RunResult<'py> = (Vec<Bound<'py, PyArrayDyn<i64>>>, Vec<(String, usize)>);

impl File {
    /// Reads a `.program` file, to the last byte.
    pub(crate) fn decode(bytes: &[u8]) -> Read<Self> {
        Reader::new(bytes).head(MAGIC, VERSION)?;
        let mut r = Reader::new(strip_checksum(bytes)?);
        r.head(MAGIC, VERSION)?;
        let program = Program::from_bytes(r.blob()?)?;
        let mut parameters = Vec::new();
        for p in program.parameters() {
            let raw = r.take(cells(&p.shape).saturating_mul(8))?;
            let data = raw.chunks(8).map(|c| i64::from_le_bytes(c.try_into().unwrap_or_default())).collect();
            parameters.push(IntTensor { shape: p.shape.clone(), data });
        }
        let metadata = r.text()?;
        r.end()?;
        Ok(Self { program, parameters, metadata, runner: OnceLock::new() })
    }

    /// What runs the program; the weights are packed at the first use.
    fn runner(&self) -> Result<&Runner, ProverError> {
        if let Some(runner) = self.runner.get() {
            return Ok(runner);
        }
        let made = Runner::new(&self.program, &self.parameters)?;
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
        Ok(Self(Arc::new(File { program, parameters, metadata, runner: OnceLock::new() })))
    }

    /// Reads a `.program` file.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, bytes: PyBackedBytes) -> PyResult<Self> {
        let file = job::run(py, None, move |_| File::decode(&bytes))?;
        file.map(|f| Self(Arc::new(f))).map_err(|e| raise(py, "FormatError", (format!("program: {e}"),)))
    }

    /// The bytes of a `.program` file. It holds the weights in clear.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let mut w = Writer::headed(MAGIC, VERSION);
        let File { program, parameters, metadata, runner: _ } = &*self.0;
        w.blob(&program.to_bytes());
        parameters.iter().flat_map(|p| &p.data).for_each(|v| w.i64(*v));
        w.text(metadata);
        append_checksum(&mut w.0);
        PyBytes::new(py, &w.0)
    }

    /// What the compiler remembered.
    #[getter]
    fn metadata(&self) -> &str {
        &self.0.metadata
    }

    /// Inputs and outputs in JSON.
    fn interface(&self) -> String {
        crate::inspect::interface(&self.0.program).to_string()
    }

    /// The digest of the program.
    fn digest<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.program.digest())
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
        let name = |node: usize| self.0.program.nodes().get(node).map_or(String::new(), |n| n.name.clone());
        Ok((outputs, trace.saturated.iter().map(|s| (name(s.node), s.cells)).collect()))
    }

    /// What a proof will cost, in JSON.
    fn estimate(&self, py: Python<'_>) -> PyResult<String> {
        let file = self.0.clone();
        let made = job::run(py, None, move |_| estimate(&file.program))?;
        made.map(told).map_err(|e| prover(py, &e))
    }

    /// Commits: the secret, and the bytes of the public commitment.
    fn commit<'py>(&self, py: Python<'py>, progress: Option<Py<PyAny>>) -> PyResult<(Secret, Bound<'py, PyBytes>)> {
        let file = self.0.clone();
        let made = job::run(py, progress.as_ref(), move |observer| {
            commit(file.program.clone(), file.parameters.clone(), observer)
        })?;
        let (secret, bytes) = made.map_err(|e| prover(py, &e))?;
        Ok((Secret::new(secret), PyBytes::new(py, &bytes)))
    }
}
