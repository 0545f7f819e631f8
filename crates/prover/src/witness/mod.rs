//! The witness: an exact run of the program on padded arrays, and every committed column.
//!
//! Padded cells obey the relations with their wired inputs zero; a bias stands wherever it is broadcast. Linear maps run
//! in floating point where the accumulator's declared bound, at most 2^52, makes that exact.

mod columns;
mod copy;
mod linear;
mod runner;
mod trace;
mod windows;

pub use runner::Runner;
pub use trace::{Saturation, Trace};

use intaglio_argument::plan::Plan;
use intaglio_argument::system::SourceId;
use intaglio_program::lower::Lowered;
use std::collections::BTreeMap;

/// The filled columns of one proof.
#[derive(Clone, Debug)]
pub struct Witness {
    /// Cells of each group of the plan, flat.
    pub groups: Vec<Vec<i64>>,
    /// Values of the inner-product sources.
    pub inner: BTreeMap<SourceId, Vec<i64>>,
}

/// Fills the columns of a lowered program from a run. The model group stays empty: the caller has its cells.
#[must_use]
pub fn fill(runner: &Runner, lowered: &Lowered, plan: &Plan, trace: &Trace) -> Witness {
    columns::fill(runner, lowered, plan, trace)
}
