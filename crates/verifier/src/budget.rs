//! How much work a verifier is ready to do for bytes of a stranger.

use crate::rejection::{Rejection, Stage};
use intaglio_argument::system::System;
use intaglio_program::program::Program;

/// Multiplications in the field that one check may cost, about ten nanoseconds each. It is compared with a count made
/// from the program alone, before the work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget(pub u64);

impl Default for Budget {
    /// `2^28`: a few seconds, and a hundred times what a LeNet-5 takes.
    fn default() -> Self {
        Self(1 << 28)
    }
}

/// A row of a stranger: decoded, and multiplied by the order of the group.
const ROW: u64 = 1 << 13;
/// A tap of a window: listed in each lowering.
const TAP: u64 = 4;
/// A cell of a value: listed in wirings, eighty bytes of them at the most.
const CELL: u64 = 1 << 3;
/// A node or parameter: its name, type and layout.
const PART: u64 = 1 << 10;

impl Budget {
    /// Whether reading and lowering the program, and `rows` points of a stranger, are within the budget.
    pub(crate) fn admit_program(self, program: &Program, rows: usize) -> Result<(), Rejection> {
        let parts = program.nodes().len().saturating_add(program.parameters().len());
        let cells = program.values().iter().fold(0usize, |all, value| all.saturating_add(value.layout.cells()));
        let counts = [(rows, ROW), (program.taps(), TAP), (cells, CELL), (parts, PART)];
        self.admit(counts.iter().fold(0, |work, (n, each)| (*n as u64).saturating_mul(*each).saturating_add(work)))
    }

    /// Whether laying out a system and verifying a proof of it is.
    pub(crate) fn admit_system(self, system: &System) -> Result<(), Rejection> {
        self.admit(system.work())
    }

    fn admit(self, work: u64) -> Result<(), Rejection> {
        if work <= self.0 {
            return Ok(());
        }
        let reason = format!("it would cost {work} multiplications, the verifier's budget is {}", self.0);
        Err(Rejection::new(Stage::Budget, reason))
    }
}
