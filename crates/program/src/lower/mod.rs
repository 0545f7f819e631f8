//! From a program to the relations that prove it was run: systems for the argument, and what each column holds.
//!
//! Everything here is a function of public facts: the program and the visibility. Each operator's relation stands in its
//! own folder; this module offers what they share.

mod boundary;
mod context;
mod opening;
mod parameter;
mod range;
pub(crate) use range::bits_for;
mod read;
pub(crate) use read::entry as read_entry;
mod role;
mod wellformed;

pub use boundary::{Level, Visibility};
pub(crate) use context::Known;
pub use context::{Lowered, Lowering, column_vars, model_tensors};
pub use opening::{BOUNDARY_WIDTH_VARS, opening};
pub use parameter::ParameterLayout;
pub use role::{Column, Role, Span};
pub use wellformed::{Block, WellformedChunk, wellformed};

use crate::ops::Op;
use crate::program::{Program, ValueId};
use intaglio_argument::system::SystemError;

/// Why a program cannot be lowered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LowerError {
    /// A node would need a public map with too many non-zeros.
    #[error("node '{node}': its wiring has {entries} non-zeros, at most {max} are supported")]
    Wiring {
        /// The user's node.
        node: String,
        /// Non-zeros.
        entries: usize,
        /// Most.
        max: usize,
    },
    /// The visibility names other numbers of inputs or outputs.
    #[error("the visibility names {got} {side}, the program has {expected}")]
    Visibility {
        /// `inputs` or `outputs`.
        side: &'static str,
        /// By the program.
        expected: usize,
        /// Given.
        got: usize,
    },
    /// A rule of systems is broken: a defect of the compiler, not of the model.
    #[error(transparent)]
    System(#[from] SystemError),
}

/// The system of one proof that the program was run.
///
/// # Errors
///
/// [`LowerError`] if the visibility does not fit or a wiring is too large.
pub fn inference(program: &Program, visibility: &Visibility) -> Result<Lowered, LowerError> {
    visibility.check(program)?;
    let column_vars = context::column_vars(program)?;
    lower(program, visibility, column_vars)
}

/// Lowers with rows of a given width.
fn lower(program: &Program, visibility: &Visibility, column_vars: usize) -> Result<Lowered, LowerError> {
    let mut cx = Lowering::new(program, visibility, column_vars);
    for index in 0..program.inputs().len() {
        cx.input(index);
    }
    for (index, node) in program.nodes().iter().enumerate() {
        match &node.op {
            Op::Conv(op) => op.relate(&mut cx, index)?,
            Op::MatMul(op) => op.relate(&mut cx, index)?,
            Op::Product(op) => op.relate(&mut cx, index)?,
            Op::Add(op) => op.relate(&mut cx, index)?,
            Op::SumPool(op) => op.relate(&mut cx, index)?,
            Op::Requantise(op) => op.relate(&mut cx, index),
            Op::Lookup(op) => op.relate(&mut cx, index),
            Op::MaxPool(op) => op.relate(&mut cx, index)?,
            Op::ArgMax(op) => op.relate(&mut cx, index)?,
            // a view commits to nothing: whoever reads it is wired to the tensor behind
            Op::Reshape(_) | Op::Transpose(_) => cx.make_view(ValueId(program.output_of(index).0)),
        }
    }
    for index in 0..program.outputs().len() {
        cx.output(index)?;
    }
    cx.finish()
}
