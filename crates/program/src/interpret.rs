//! Runs a program, slowly and exactly: the definition of what it means.

use crate::ops::{Op, Operands};
use crate::program::Program;
use crate::tensor::IntTensor;

/// Every value of one run, by value id, and how many cells each requantisation saturated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Inputs, then one tensor for each node.
    pub values: Vec<IntTensor>,
    /// `(node, saturated cells)` of each requantisation; a ReLU's lower side is its function and does not count.
    pub saturated: Vec<(usize, usize)>,
}

/// Why a program cannot be run on these tensors.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// Other number or shape of inputs or parameters, or a cell outside its declared range.
    #[error("{part} '{name}': {reason}")]
    Operand {
        /// `input` or `parameter`.
        part: &'static str,
        /// Its name.
        name: String,
        /// What does not fit.
        reason: &'static str,
    },
}

/// Runs a program on inputs and parameters.
///
/// # Errors
///
/// [`RunError`] if a tensor does not fit its declaration.
pub fn run(program: &Program, inputs: &[IntTensor], parameters: &[IntTensor]) -> Result<Run, RunError> {
    check_operands(program, inputs, parameters)?;
    let mut values = inputs.to_vec();
    let mut saturated = Vec::new();
    for (index, node) in program.nodes().iter().enumerate() {
        let operands: Vec<&IntTensor> = node.inputs.iter().filter_map(|id| values.get(id.0 as usize)).collect();
        let Some(out) = program.value(program.output_of(index)) else { continue };
        let operands = Operands { inputs: &operands, parameters, tables: program.tables() };
        if let Op::Requantise(op) = &node.op {
            let relu = op.lo == 0;
            let beyond = |a: &&i64| op.quotient(**a) > op.hi || (!relu && op.quotient(**a) < op.lo);
            let count = operands.inputs.first().map_or(0, |x| x.data.iter().filter(beyond).count());
            saturated.push((index, count));
        }
        let value = node.op.evaluate(operands, out);
        values.push(value);
    }
    Ok(Run { values, saturated })
}

/// Checks numbers, shapes and ranges of inputs and parameters.
///
/// # Errors
///
/// [`RunError`] names the first that does not fit.
pub fn check_operands(program: &Program, inputs: &[IntTensor], parameters: &[IntTensor]) -> Result<(), RunError> {
    let declared = program.inputs().iter().map(|i| ("input", &i.name, &i.shape, (i.lo, i.hi)));
    check(declared, inputs)?;
    check_parameters(program, parameters)
}

/// Checks number, shapes and ranges of parameters.
///
/// # Errors
///
/// [`RunError`] names the first that does not fit.
pub fn check_parameters(program: &Program, parameters: &[IntTensor]) -> Result<(), RunError> {
    let declared = program.parameters().iter().map(|p| ("parameter", &p.name, &p.shape, p.range()));
    check(declared, parameters)
}

fn check<'a>(
    declared: impl ExactSizeIterator<Item = (&'static str, &'a String, &'a Vec<usize>, (i64, i64))>,
    given: &[IntTensor],
) -> Result<(), RunError> {
    let expected = declared.len();
    for (index, (part, name, shape, (lo, hi))) in declared.enumerate() {
        let fail = |reason| Err(RunError::Operand { part, name: name.clone(), reason });
        let Some(tensor) = given.get(index) else { return fail("it is missing") };
        if &tensor.shape != shape || tensor.data.len() != crate::tensor::cells(shape) {
            return fail("it has another shape");
        }
        if tensor.data.iter().any(|v| *v < lo || *v > hi) {
            return fail("a cell is outside the declared range");
        }
    }
    if given.len() != expected {
        return Err(RunError::Operand {
            part: "operand",
            name: "surplus".into(),
            reason: "more tensors than declared",
        });
    }
    Ok(())
}
