//! Inputs and outputs: who sees them, and how they are bound.
//!
//! ```text
//! input    public      x − X = 0 at every cell, X the statement's tensor, zero on padding
//!          private     range-checked
//!          committed   range-checked, in rows of its own
//! output   public      mask·v − Y = 0
//!          committed   mask·v − wired(y) = 0, y in rows of its own, (1 − mask)·y = 0
//!          private     nothing
//! ```
//!
//! A public tensor never enters as a free witness: the zerocheck binds its column to a polynomial that the verifier
//! evaluates on its own. One path serves all three kinds.

use super::LowerError;
use super::context::Lowering;
use super::opening::BOUNDARY_WIDTH_VARS;
use super::role::{Role, Span};
use crate::layout::Layout;
use crate::program::{Program, ValueId};
use crate::view::root;
use intaglio_argument::system::{Affine, GroupId, Origin, Public};

/// Who sees an input or output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Everybody: it stands in the statement.
    Public,
    /// Nobody yet: a salted commitment stands in the statement and can be opened later.
    Committed,
    /// Nobody.
    Private,
}

/// The visibility of every input and output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visibility {
    /// One for each input.
    pub inputs: Vec<Level>,
    /// One for each output.
    pub outputs: Vec<Level>,
}

impl Visibility {
    /// The same for all inputs, the same for all outputs.
    #[must_use]
    pub fn uniform(program: &Program, input: Level, output: Level) -> Self {
        Self { inputs: vec![input; program.inputs().len()], outputs: vec![output; program.outputs().len()] }
    }

    pub(super) fn check(&self, program: &Program) -> Result<(), LowerError> {
        let sides = [
            ("inputs", program.inputs().len(), self.inputs.len()),
            ("outputs", program.outputs().len(), self.outputs.len()),
        ];
        match sides.into_iter().find(|(_, expected, got)| expected != got) {
            Some((side, expected, got)) => Err(LowerError::Visibility { side, expected, got }),
            None => Ok(()),
        }
    }
}

impl Lowering<'_> {
    /// A group of standard boundary rows.
    fn boundary_group(&mut self, name: &str, num_vars: usize) -> GroupId {
        self.b.group(name, Origin::Imported, num_vars.min(BOUNDARY_WIDTH_VARS))
    }

    pub(super) fn input(&mut self, index: usize) {
        let (Some(input), Some(level)) = (self.program.inputs().get(index), self.visibility.inputs.get(index)) else {
            return;
        };
        let layout = Layout::flat(&input.shape);
        let num_vars = layout.num_vars();
        let value = ValueId(u32::try_from(index).unwrap_or(u32::MAX));
        let name = format!("input '{}'", input.name);
        let group = match level {
            Level::Committed => self.boundary_group(&name, num_vars),
            Level::Public | Level::Private => self.witness,
        };
        let tensor = self.column_in(&name, num_vars, Role::Value(value), group);
        let x = self.b.whole(tensor);
        match level {
            Level::Public => {
                self.out.public_inputs.push(index);
                let stated = self.b.public(Public::Values { name: name.clone(), num_vars });
                let difference = Affine::source(x).plus_public(-1, stated);
                self.b.zerocheck(&name, num_vars, vec![(Affine::constant(1), difference)]);
            }
            Level::Committed | Level::Private => {
                if *level == Level::Committed {
                    self.out.committed_inputs.push(index);
                }
                let above = Affine::constant(-i128::from(input.lo)).plus(1, x);
                self.within(
                    &name,
                    num_vars,
                    &above,
                    input.hi - input.lo,
                    [Span::AboveLow(value), Span::BelowHigh(value)],
                );
            }
        }
        self.make_tensor(tensor);
    }

    pub(super) fn output(&mut self, index: usize) -> Result<(), LowerError> {
        let (Some(output), Some(level)) = (self.program.outputs().get(index), self.visibility.outputs.get(index))
        else {
            return Ok(());
        };
        let Some(value) = self.program.value(output.value).cloned() else { return Ok(()) };
        let flat = Layout::flat(&value.shape);
        let name = format!("output '{}'", output.name);
        // what is shown, on the flat domain: zero on padding
        match level {
            Level::Private => {}
            Level::Public => {
                self.out.public_outputs.push(index);
                let v = self.output_source(output.value, &flat)?;
                let stated = self.b.public(Public::Values { name: name.clone(), num_vars: flat.num_vars() });
                let mask = self.b.public(Public::Mask { axes: flat.mask() });
                let shown = (Affine::public(mask), Affine::source(v));
                self.b.zerocheck(&name, flat.num_vars(), vec![shown, (Affine::constant(-1), Affine::public(stated))]);
            }
            Level::Committed => {
                self.out.committed_outputs.push(index);
                let v = self.output_source(output.value, &flat)?;
                let group = self.boundary_group(&name, flat.num_vars());
                let tensor = self.column_in(&name, flat.num_vars(), Role::OutputCopy(index), group);
                let y = self.b.whole(tensor);
                let mask = self.b.public(Public::Mask { axes: flat.mask() });
                let shown = (Affine::public(mask), Affine::source(v));
                self.b.zerocheck(&name, flat.num_vars(), vec![shown, (Affine::constant(-1), Affine::source(y))]);
            }
        }
        Ok(())
    }

    /// An output on its flat domain.
    fn output_source(
        &mut self,
        value: ValueId,
        flat: &Layout,
    ) -> Result<intaglio_argument::system::SourceId, LowerError> {
        let (behind, _) = root(self.program, value);
        let node = self.program.maker(behind).map_or(usize::MAX, |(index, _)| index);
        self.read_value(node, value, flat)
    }
}
