//! The witness: an exact run of the program on padded arrays, and every committed column.
//!
//! Padded cells obey the relations with their wired inputs zero; a bias stands wherever it is broadcast. Linear maps run
//! in floating point where the accumulator's declared bound, below 2^52, makes that exact.

mod columns;
mod linear;
mod run;

pub use run::{Saturation, Trace};

use crate::error::ProverError;
use intaglio_argument::plan::Plan;
use intaglio_argument::system::SourceId;
use intaglio_program::lower::{Level, Lowered, Visibility};
use intaglio_program::program::Program;
use intaglio_program::tensor::IntTensor;
use std::collections::BTreeMap;

/// The filled columns of one proof.
#[derive(Clone, Debug)]
pub struct Witness {
    /// Cells of each group of the plan, flat.
    pub groups: Vec<Vec<i64>>,
    /// Values of the inner-product sources.
    pub inner: BTreeMap<SourceId, Vec<i64>>,
}

/// Runs the program.
///
/// # Errors
///
/// [`ProverError::Operand`] if inputs or parameters do not fit, [`ProverError::OutOfRange`] under `overflow = "refuse"`.
pub fn run(program: &Program, inputs: &[IntTensor], parameters: &[IntTensor]) -> Result<Trace, ProverError> {
    run::run(program, inputs, parameters, &vec![Level::Private; inputs.len()])
}

/// As [`run`], with the padding that a visibility asks for: zero where the statement shows an input.
///
/// # Errors
///
/// As [`run`].
pub fn run_visible(
    program: &Program,
    inputs: &[IntTensor],
    parameters: &[IntTensor],
    visibility: &Visibility,
) -> Result<Trace, ProverError> {
    run::run(program, inputs, parameters, &visibility.inputs)
}

/// Fills the columns of a lowered program from a run. The model group stays empty: the caller has its cells.
#[must_use]
pub fn fill(program: &Program, lowered: &Lowered, plan: &Plan, trace: &Trace) -> Witness {
    columns::fill(program, lowered, plan, trace)
}
