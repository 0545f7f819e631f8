//! The proving side.
//!
//! ```text
//! assignment ── multiplicities ── rows and pads committed ── schedule ── self-check ── closing ─▶ proof bytes
//! ```
//!
//! Pads, blinds and masks are drawn inside [`prove`], used once and wiped; a failure discards them with everything else.

mod cells;
mod data;
mod observer;
pub(crate) mod party;
mod randomness;

pub use cells::{Assignment, Cells};
pub(crate) use data::CellsRef;
pub use data::{Data, commit_cells};
pub use observer::{Cancelled, Observer, Silent};
pub(crate) use randomness::Parts;
pub use randomness::Randomness;

use crate::closing::{self, Combined};
use crate::lookup::prove::Keys;
#[cfg(feature = "mutants")]
use crate::mutants::Deviation;
use crate::plan::Plan;
use crate::proof::Proof;
use crate::schedule::{self, PublicValues};
use crate::statement::{Statement, StatementError};
use crate::system::Origin;
use crate::transcript::Transcript;
use intaglio_algebra::encoding::encode_point;
use intaglio_algebra::random::RandomError;
use intaglio_algebra::{Affine, Scalar, generators, group};
use party::{Pads, Proving};
use zeroize::Zeroizing;

/// Why no proof was made.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The statement does not fit the plan.
    #[error("statement: {0}")]
    Statement(#[from] StatementError),
    /// The assignment does not fit the plan.
    #[error("group '{group}' has {got} cells or blinds, the plan needs {expected}")]
    Assignment {
        /// Name of the group.
        group: String,
        /// By the plan.
        expected: usize,
        /// Given.
        got: usize,
    },
    /// The self-check: the witness breaks relations.
    #[error("the witness breaks {equations:?} (lookups that miss their table: {lookups:?}; relations: {zerochecks:?})")]
    Unsatisfied {
        /// Names of the broken equations.
        equations: Vec<String>,
        /// Names of the lookups with a cell outside their table.
        lookups: Vec<String>,
        /// Names of the zerochecks that fail at some cell.
        zerochecks: Vec<String>,
    },
    /// No randomness.
    #[error("{0}")]
    Random(#[from] RandomError),
    /// The caller stopped the proof.
    #[error("stopped by the caller")]
    Cancelled(#[from] Cancelled),
}

/// Blinds of the imported groups, in order: one for each row.
pub type ImportedBlinds<'a> = &'a [&'a [Scalar]];

/// Proves `statement` with `assignment`.
///
/// # Errors
///
/// [`ProveError`]; a witness that breaks a relation is [`ProveError::Unsatisfied`] with the names of what it breaks.
pub fn prove(
    plan: &Plan,
    statement: &Statement<'_>,
    assignment: Assignment<'_>,
    blinds: ImportedBlinds<'_>,
    observer: &dyn Observer,
) -> Result<Vec<u8>, ProveError> {
    let transcript = statement.open(plan)?;
    let secrets = (Story::honest(assignment), blinds, Randomness::draw(plan)?);
    let attempt = attempt(plan, transcript, statement, secrets, observer)?;
    if attempt.equations.is_empty() {
        return Ok(attempt.proof.to_bytes());
    }
    let Attempt { equations, lookups, zerochecks, .. } = attempt;
    Err(ProveError::Unsatisfied { equations, lookups, zerochecks })
}

/// What an attempt left: a proof, and what the self-check found.
#[derive(Debug)]
pub struct Attempt {
    /// The proof, good only if nothing is broken.
    pub proof: Proof,
    /// Names of the broken equations.
    pub equations: Vec<String>,
    /// Names of the lookups with a cell outside their table.
    pub lookups: Vec<String>,
    /// Names of the zerochecks that fail at some cell; looked for only if the batch of them is broken.
    pub zerochecks: Vec<String>,
    /// What tests of forgeries look at.
    #[cfg(feature = "mutants")]
    pub trace: Trace,
}

/// How an attempt went.
#[cfg(feature = "mutants")]
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// What each equation leaves, by name, on the hidden values; zero if it holds. `closing` is the scalar equation of
    /// the closing argument.
    pub residuals: Vec<(String, Scalar)>,
    /// The names of the slots, in order.
    pub slots: Vec<String>,
    /// All challenges, by label.
    pub challenges: Vec<(String, Scalar)>,
}

/// Proves whatever the assignment says, also a wrong one: forgeries start here.
///
/// # Errors
///
/// As [`prove`], but never [`ProveError::Unsatisfied`].
#[cfg(feature = "mutants")]
pub fn insecure_attempt(
    plan: &Plan,
    statement: &Statement<'_>,
    assignment: Assignment<'_>,
    blinds: ImportedBlinds<'_>,
) -> Result<Attempt, ProveError> {
    let transcript = statement.open(plan)?;
    let secrets = (Story::honest(assignment), blinds, Randomness::draw(plan)?);
    attempt(plan, transcript, statement, secrets, &Silent)
}

/// Commits to one assignment, runs lookups, zerochecks, products and wiring on another, and the rest on the first: a
/// split run.
///
/// # Errors
///
/// As [`insecure_attempt`].
#[cfg(feature = "mutants")]
pub fn insecure_split<'a>(
    plan: &'a Plan,
    statement: &Statement<'a>,
    committed: Assignment<'a>,
    argued: Assignment<'a>,
    blinds: ImportedBlinds<'_>,
) -> Result<Attempt, ProveError> {
    let transcript = statement.open(plan)?;
    let deviation = Deviation { argued: Some(argued), ..Deviation::default() };
    let secrets = (Story { committed, deviation }, blinds, Randomness::draw(plan)?);
    attempt(plan, transcript, statement, secrets, &Silent)
}

/// What is committed; what is argued about, if that is something else.
struct Story<'a> {
    committed: Assignment<'a>,
    #[cfg(feature = "mutants")]
    deviation: Deviation<'a>,
}

impl<'a> Story<'a> {
    fn honest(committed: Assignment<'a>) -> Self {
        Self {
            committed,
            #[cfg(feature = "mutants")]
            deviation: Deviation::default(),
        }
    }
}

/// As [`insecure_attempt`] with chosen randomness and a chosen oracle: mutants of hiding start here.
///
/// # Errors
///
/// As [`insecure_attempt`].
#[cfg(feature = "mutants")]
pub fn insecure_attempt_with(
    plan: &Plan,
    statement: &Statement<'_>,
    secrets: (Assignment<'_>, ImportedBlinds<'_>, Randomness),
    oracle: crate::mutants::Oracle,
) -> Result<Attempt, ProveError> {
    let transcript = statement.open(plan)?.insecure_under(oracle);
    let (assignment, blinds, random) = secrets;
    attempt(plan, transcript, statement, (Story::honest(assignment), blinds, random), &Silent)
}

/// As [`insecure_attempt_with`] by somebody who deviates.
///
/// # Errors
///
/// As [`insecure_attempt`].
#[cfg(feature = "mutants")]
pub fn insecure_attempt_deviating<'a>(
    plan: &'a Plan,
    statement: &Statement<'a>,
    (committed, blinds, random): (Assignment<'a>, ImportedBlinds<'_>, Randomness),
    oracle: Option<crate::mutants::Oracle>,
    deviation: Deviation<'a>,
) -> Result<Attempt, ProveError> {
    let opened = statement.open(plan)?;
    let transcript = match oracle {
        Some(oracle) => opened.insecure_under(oracle),
        None => opened,
    };
    attempt(plan, transcript, statement, (Story { committed, deviation }, blinds, random), &Silent)
}

/// The randomness is moved in: no second proof can use it.
fn attempt(
    plan: &Plan,
    mut transcript: Transcript,
    statement: &Statement<'_>,
    (story, blinds, random): (Story<'_>, ImportedBlinds<'_>, Randomness),
    observer: &dyn Observer,
) -> Result<Attempt, ProveError> {
    story.committed.check(plan, blinds)?;
    let mut data = Data::new(plan, statement.publics, story.committed);
    let keys = Keys::collect(&mut data);
    #[cfg(feature = "mutants")]
    story.deviation.multiplicities.iter().for_each(|(tensor, cell, by)| data.insecure_add(*tensor, *cell, *by));
    observer.reached("commit", 0.05)?;

    let parts = random.parts(plan);
    let rows = commit_witness(&data, parts.rows);
    let pad_point = commit_pads(parts.pads, parts.pad_special);
    #[cfg(feature = "mutants")]
    let pad_point = story.deviation.stray(pad_point);
    for row in &rows {
        transcript.absorb("row", &encode_point(row));
    }
    transcript.absorb("pads", &encode_point(&pad_point));

    observer.reached("argue", 0.25)?;
    #[cfg(feature = "mutants")]
    let deviation = story.deviation;
    #[cfg(feature = "mutants")]
    let (data, keys, committed) = match deviation.argued.clone() {
        None => (data, keys, None),
        Some(argued) => {
            let mut other = Data::new(plan, statement.publics, argued);
            let keys = Keys::collect(&mut other);
            (other, keys, Some(data))
        }
    };
    let mut party = Proving::new(data, keys, transcript, Pads(parts.pads), observer);
    #[cfg(feature = "mutants")]
    {
        party = party.deviating(committed, &deviation);
    }
    let opening = schedule::run(&mut party, plan, &PublicValues(statement.publics));
    party.check_opening(&opening);
    let zerochecks = party.broken_zerochecks();
    let (finished, _) = party.finish()?;
    let (mut transcript, data) = (finished.transcript, finished.data);
    let combined = Combined::new(&mut transcript, plan, &finished.equations, &opening);
    observer.reached("close", 0.8)?;

    let row = data.combine_all_rows(&combined.rows);
    #[cfg(feature = "mutants")]
    let row = deviation.stray_row(row, combined.kappa);
    let secrets = closing::prove::Secrets {
        row: Zeroizing::new(row),
        random: &parts,
        #[cfg(feature = "mutants")]
        deviation: &deviation,
        row_blind: combined_blind(plan, &combined, blinds, parts.rows)
            + parts.pad_special.last().map_or_else(Scalar::default, |blind| combined.kappa * blind),
    };
    let closed = closing::prove::close(&mut transcript, plan, &combined, &secrets);
    let proof = Proof {
        rows,
        pads: pad_point,
        messages: finished.messages,
        mask: closed.mask,
        cross: closed.cross,
        blind: closed.blind,
        operands: closed.operands,
        sigma: closed.sigma,
        folds: closed.folds,
        tail: closed.tail,
    };
    observer.reached("done", 1.0)?;
    #[cfg(feature = "mutants")]
    let trace = Trace {
        residuals: finished.residuals.into_iter().chain([("closing".to_owned(), closed.residual)]).collect(),
        slots: finished.slots,
        challenges: transcript.drawn().to_vec(),
    };
    Ok(Attempt {
        proof,
        equations: finished.broken,
        lookups: finished.missed,
        zerochecks,
        #[cfg(feature = "mutants")]
        trace,
    })
}

/// `Row_i = <w_i, G> + ρ_i·H` for the witness groups: variable time in the cells, constant time in the blinds.
fn commit_witness(data: &Data<'_>, blinds: &[Scalar]) -> Vec<Affine> {
    let rows = data.commit_group_rows(Origin::Witness);
    blind_rows(&rows, blinds)
}

/// Adds `ρ_i·H` to each point.
#[must_use]
pub fn blind_rows(rows: &[intaglio_algebra::Projective], blinds: &[Scalar]) -> Vec<Affine> {
    let hidden = generators::blind_base().scale_secret(blinds);
    let sums: Vec<_> = rows.iter().zip(hidden).map(|(row, blind)| *row + blind).collect();
    group::to_affine_batch(&sums)
}

/// `P = <p, K> + p_σ·S + ρ·H`.
fn commit_pads(pads: &[Scalar], special: &[Scalar]) -> Affine {
    let slots = pads.len().saturating_sub(1);
    let on_pads = group::msm_secret(&generators::pads(slots), pads.get(..slots).unwrap_or(&[]));
    let rest = group::msm_secret(&generators::special(), special);
    let point = group::to_affine_batch(&[on_pads + rest]);
    point.first().copied().unwrap_or_default()
}

/// `Σ c_i·ρ_i` over all rows.
fn combined_blind(plan: &Plan, combined: &Combined, imported: ImportedBlinds<'_>, mut witness: &[Scalar]) -> Scalar {
    let mut imported = imported.iter();
    let mut coefficients = combined.rows.iter();
    let mut total = Scalar::default();
    for (group, rows) in plan.system().groups().iter().zip(plan.group_rows()) {
        // no copy of a blind is made
        let own = match group.origin {
            Origin::Imported => imported.next().copied().unwrap_or_default(),
            Origin::Witness => {
                let (own, later) = witness.split_at(witness.len().min(*rows));
                witness = later;
                own
            }
        };
        total += coefficients.by_ref().take(*rows).zip(own).map(|(c, b)| *c * b).sum::<Scalar>();
    }
    total
}
