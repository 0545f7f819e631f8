//! What a proof is made of: counted once by running the schedule with placeholder challenges.

use super::Plan;
use crate::columns::Opening;
use crate::form::Form;
use crate::party::{Ask, Party, Slot, Sum};
use crate::point::{Coordinate, Name};
use crate::schedule::{self, PublicValues};
use crate::soundness::Soundness;
use crate::system::Origin;
use intaglio_algebra::Scalar;

/// Longest tail that is sent unfolded: 256 scalars, 8 KiB.
const MAX_TAIL: usize = 256;

/// Numbers of rows, scalars and folds of a proof.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Rows that travel in the proof.
    pub witness_rows: usize,
    /// Hidden scalars; the pads are one more, σ.
    pub slots: usize,
    /// Slots that may stand in a product, in order.
    pub operands: Vec<u32>,
    /// All other slots, in order.
    pub plain: Vec<u32>,
    /// Times the response is folded.
    pub folds: usize,
    /// Scalars of the folded response.
    pub tail: usize,
    /// Equations, the opening included.
    pub equations: usize,
    /// Numerators of the soundness error.
    pub soundness: Soundness,
}

impl Shape {
    /// Length of the response before folding, zero padding included.
    #[must_use]
    pub fn response_len(&self) -> usize {
        self.tail << self.folds
    }

    /// Length of a proof in bytes.
    #[must_use]
    pub fn proof_bytes(&self) -> usize {
        let points = self.witness_rows + 2 + 2 * self.folds;
        let scalars = self.slots + 3 + self.operands.len() + 1 + self.tail;
        64 * points + 32 * scalars
    }
}

/// Counts slots and equations; its challenges are distinct placeholders.
#[derive(Default)]
struct Counter {
    challenges: u32,
    slots: u32,
    operands: Vec<u32>,
    plain: Vec<u32>,
    equations: usize,
    soundness: Soundness,
}

impl Counter {
    fn slot(&mut self, slot: Slot) -> Form {
        let index = self.slots;
        self.slots += 1;
        match slot {
            Slot::Operand => self.operands.push(index),
            Slot::Plain => self.plain.push(index),
        }
        Form::sent(index, Scalar::default())
    }
}

impl Party for Counter {
    fn challenge(&mut self, _label: &str) -> Coordinate {
        self.challenges += 1;
        Coordinate { name: Name::Challenge(self.challenges), value: Scalar::from(u64::from(self.challenges) + 2) }
    }

    fn scalar(&mut self, _name: &str, slot: Slot, _ask: Ask<'_>) -> Form {
        self.slot(slot)
    }

    fn equation(&mut self, _name: &str, _products: Vec<(Scalar, Form, Form)>, _form: Form) {
        self.equations += 1;
    }

    fn begin(&mut self, sum: Sum<'_>, tau: &[Coordinate]) {
        self.soundness.count(&sum, tau.len());
    }

    fn round(&mut self, _name: &str, _round: usize, _claim: &Form) -> [Form; 2] {
        [self.slot(Slot::Plain), self.slot(Slot::Plain)]
    }

    fn bind(&mut self, _challenge: &Coordinate) {}

    fn begin_lookups(&mut self, _beta: Scalar, _gamma: Scalar) {}
}

/// Runs the schedule once and counts.
pub(super) fn count(plan: &Plan) -> Shape {
    let mut counter = Counter::default();
    let Opening { .. } = schedule::run(&mut counter, plan, &PublicValues::default());
    let columns = 1usize << plan.system().column_vars();
    let response = columns + counter.plain.len();
    let mut folds = 0;
    while response.div_ceil(1 << folds) > MAX_TAIL {
        folds += 1;
    }
    let witness_rows = plan
        .system()
        .groups()
        .iter()
        .zip(plan.group_rows())
        .filter(|(g, _)| g.origin == Origin::Witness)
        .map(|(_, rows)| rows)
        .sum();
    let equations = counter.equations + 1;
    let mut soundness = counter.soundness;
    soundness.finish(plan, equations, folds);
    Shape {
        witness_rows,
        slots: counter.slots as usize,
        operands: counter.operands,
        plain: counter.plain,
        folds,
        tail: response.div_ceil(1 << folds),
        equations,
        soundness,
    }
}
