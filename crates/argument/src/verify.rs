//! The verifying side: reads messages, records equations, checks one group equation.

use crate::closing::{self, ClosingError, Combined};
use crate::form::{Equation, Form};
use crate::party::{Ask, Party, Slot, Sum};
use crate::plan::Plan;
use crate::point::{Coordinate, Name};
use crate::proof::{Proof, ProofError};
use crate::schedule::{self, PublicValues};
use crate::statement::{Statement, StatementError};
use crate::transcript::Transcript;
use intaglio_algebra::Scalar;
use intaglio_algebra::encoding::encode_point;

/// Why a proof is refused; the variant is the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The bytes are no proof of this plan.
    #[error("decode: {0}")]
    Decode(#[from] ProofError),
    /// The statement does not fit the plan.
    #[error("statement: {0}")]
    Statement(#[from] StatementError),
    /// The argument fails.
    #[error("closing: {0}")]
    Closing(#[from] ClosingError),
}

/// Checks `proof` against `statement` under `plan`. Success means: the prover knows rows that satisfy every relation of
/// the plan's system with the statement's public tensors and imported rows.
///
/// # Soundness
///
/// The error is [`crate::soundness::Soundness`] of the plan's shape. Imported rows must have been checked before (own
/// well-formedness proof, subgroup).
///
/// # Errors
///
/// [`VerifyError`] names the stage. No input makes this function panic.
pub fn verify(plan: &Plan, statement: &Statement<'_>, proof: &[u8]) -> Result<(), VerifyError> {
    let proof = Proof::read(proof, plan.shape(), plan.rules())?;
    let mut transcript = statement.open(plan)?;
    let combined = combine(plan, statement, &mut transcript, &proof);
    Ok(closing::check(&mut transcript, plan, &combined, statement.imported, &proof)?)
}

/// As [`verify`], with another oracle in the place of the hash.
///
/// # Errors
///
/// As [`verify`].
#[cfg(feature = "mutants")]
pub fn insecure_verify_under(
    plan: &Plan,
    statement: &Statement<'_>,
    proof: &[u8],
    oracle: crate::mutants::Oracle,
) -> Result<(), VerifyError> {
    let proof = Proof::read(proof, plan.shape(), plan.rules())?;
    let mut transcript = statement.open(plan)?.insecure_under(oracle);
    let combined = combine(plan, statement, &mut transcript, &proof);
    Ok(closing::check(&mut transcript, plan, &combined, statement.imported, &proof)?)
}

/// Reads rows, pads and messages of a proof through the schedule, up to κ.
pub(crate) fn combine(plan: &Plan, statement: &Statement<'_>, transcript: &mut Transcript, proof: &Proof) -> Combined {
    absorb_first_message(transcript, proof);
    let mut reader =
        Reading { transcript, messages: proof.messages.iter(), slots: 0, challenges: 0, equations: Vec::new() };
    let opening = schedule::run(&mut reader, plan, &PublicValues(statement.publics));
    let Reading { transcript, equations, .. } = reader;
    Combined::new(transcript, plan, &equations, &opening)
}

/// Binds the witness rows and the pads: everything that is committed, before the first challenge.
pub(crate) fn absorb_first_message(transcript: &mut Transcript, proof: &Proof) {
    for row in &proof.rows {
        transcript.absorb("row", &encode_point(row));
    }
    transcript.absorb("pads", &encode_point(&proof.pads));
}

/// The verifier's side of the schedule.
struct Reading<'a> {
    transcript: &'a mut Transcript,
    messages: std::slice::Iter<'a, Scalar>,
    slots: u32,
    challenges: u32,
    equations: Vec<Equation>,
}

impl Reading<'_> {
    fn read(&mut self, name: &str) -> Form {
        // the decoder made sure that there are exactly as many messages as slots
        let message = self.messages.next().copied().unwrap_or_default();
        self.transcript.absorb_scalar(name, &message);
        let slot = self.slots;
        self.slots += 1;
        Form::sent(slot, message)
    }
}

impl Party for Reading<'_> {
    fn challenge(&mut self, label: &str) -> Coordinate {
        self.challenges += 1;
        Coordinate { name: Name::Challenge(self.challenges), value: self.transcript.challenge(label) }
    }

    fn scalar(&mut self, name: &str, _slot: Slot, _ask: Ask<'_>) -> Form {
        self.read(name)
    }

    fn equation(&mut self, name: &str, products: Vec<(Scalar, Form, Form)>, form: Form) {
        self.equations.push(Equation { name: name.to_owned(), products, form });
    }

    fn begin(&mut self, _sum: Sum<'_>, _tau: &[Coordinate]) {}

    fn round(&mut self, name: &str, _round: usize, _claim: &Form) -> [Form; 2] {
        [self.read(&format!("{name}.q1")), self.read(&format!("{name}.q2"))]
    }

    fn bind(&mut self, _challenge: &Coordinate) {}

    fn begin_lookups(&mut self, _beta: Scalar, _gamma: Scalar) {}
}
