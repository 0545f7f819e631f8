//! Models as Aleo programs.

use crate::errors;
use intaglio_aleo::instructions::{MAX_CONSTRAINTS, Target, Visibility, generate};
use intaglio_program::bytes::CompiledModel;
use pyo3::prelude::*;

/// A compiled model as instructions, in JSON.
#[pyfunction]
pub(crate) fn write_program(
    py: Python<'_>,
    model: &[u8],
    name: String,
    input_public: bool,
    output_public: bool,
) -> PyResult<String> {
    let model = CompiledModel::from_bytes(model).map_err(|e| errors::raise(py, "FormatError", e.to_string()))?;
    let of = |public: bool| if public { Visibility::Public } else { Visibility::Private };
    let target = Target { name, input: of(input_public), output: of(output_public) };
    let made = generate(&model.program, &model.parameters, &target);
    let made = made.map_err(|e| errors::instructions(py, &e))?;
    let port = |port: &intaglio_aleo::instructions::Port| serde_json::json!([port.cells, port.lo, port.bits]);
    Ok(serde_json::json!({
        "source": made.source,
        "leo": made.leo,
        "constraints": made.constraints,
        "most_constraints": MAX_CONSTRAINTS,
        "instructions": made.instructions,
        "input": port(&made.input),
        "output": port(&made.output),
    })
    .to_string())
}
