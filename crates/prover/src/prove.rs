//! One proof: run, fill, prove, bind to a statement.

use crate::committed::CommittedTensor;
use crate::error::ProverError;
use crate::secret::Secret;
use crate::witness::{self, Saturation};
use intaglio_algebra::Scalar;
use intaglio_argument::prove::{Assignment, Cells, Observer, prove as prove_argument};
use intaglio_argument::statement::Statement as Bound;
use intaglio_program::lower::{Level, Visibility};
use intaglio_program::tensor::IntTensor;
use intaglio_verifier::{Boundary, Evidence, LaidOut, Statement, imported_groups, public_tensors};
use std::borrow::Cow;
use zeroize::{Zeroize, Zeroizing};

/// Whom evidence is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audience {
    /// Fresh bytes of the verifier.
    pub nonce: Option<Vec<u8>>,
    /// Its name.
    pub audience: Option<String>,
}

/// What is to be proven.
#[derive(Clone, Debug)]
pub struct Task {
    /// Integers of each input.
    pub inputs: Vec<IntTensor>,
    /// Who sees what.
    pub visibility: Visibility,
    /// Whom it is for.
    pub audience: Audience,
    /// Commitments of earlier proofs that stand for inputs: the same rows are used again.
    pub reuse: Vec<Option<CommittedTensor>>,
}

impl Drop for Task {
    fn drop(&mut self) {
        self.inputs.iter_mut().for_each(|input| input.data.zeroize());
    }
}

/// What was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// Evidence bytes.
    pub evidence: Vec<u8>,
    /// Bytes of the proof inside it.
    pub proof_bytes: usize,
    /// Committed inputs, then outputs, with what opens them.
    pub openings: Vec<CommittedTensor>,
    /// Integers of each output.
    pub outputs: Vec<IntTensor>,
    /// Saturated cells of each requantisation.
    pub saturated: Vec<Saturation>,
}

/// Proves a task with a committed model.
///
/// # Errors
///
/// [`ProverError`].
pub fn prove(secret: &Secret, task: Task, observer: &dyn Observer) -> Result<Made, ProverError> {
    observer.reached("run", 0.0)?;
    let runner = secret.runner()?;
    let mut trace = Zeroizing::new(runner.run(&task.inputs, &task.visibility.inputs)?);
    let made = secret.plan(&task.visibility)?;
    let LaidOut { lowered, plan } = &*made;
    let filled = witness::fill(runner, lowered, plan, &trace);
    let openings = commit_boundaries(secret, &task, &trace.outputs)?;
    let statement = state(secret, &task, &trace.outputs, &openings);

    let publics = public_tensors(lowered, &statement);
    let imported = imported_groups(lowered, &statement, secret.rows());
    let mut groups: Vec<Cow<'_, Cells>> = filled.groups.into_iter().map(|g| Cow::Owned(Cells::Small(g))).collect();
    if let Some(model) = groups.first_mut() {
        *model = Cow::Borrowed(secret.cells());
    }
    let mut blinds: Vec<&[Scalar]> = vec![secret.blinds()];
    blinds.extend(openings.iter().map(|o| o.blinds.as_slice()));
    let context = statement.to_bytes();
    let bound = Bound { context: &context, publics: &publics, imported: &imported };
    let proof = prove_argument(plan, &bound, Assignment { groups, inner: filled.inner }, &blinds, observer)?;
    let proof_bytes = proof.len();
    let evidence = Evidence { statement, proof }.to_bytes();
    let (outputs, saturated) = (std::mem::take(&mut trace.outputs), std::mem::take(&mut trace.saturated));
    Ok(Made { evidence, proof_bytes, openings, outputs, saturated })
}

/// Salted rows of every committed input and output.
fn commit_boundaries(secret: &Secret, task: &Task, outputs: &[IntTensor]) -> Result<Vec<CommittedTensor>, ProverError> {
    let program = secret.program();
    let mut openings = Vec::new();
    for (index, (input, cells)) in program.inputs().iter().zip(&task.inputs).enumerate() {
        if task.visibility.inputs.get(index) != Some(&Level::Committed) {
            continue;
        }
        let fill = if input.lo <= 0 && input.hi >= 0 { 0 } else { input.lo };
        openings.push(match task.reuse.get(index).and_then(Option::as_ref) {
            Some(known) if known.cells == cells.data && known.exponent == input.exponent && known.fill == fill => {
                let mut own = known.clone();
                own.name = input.name.clone();
                own.shape = input.shape.clone();
                own
            }
            Some(_) => {
                return Err(ProverError::Reuse { input: input.name.clone() });
            }
            None => CommittedTensor::commit(&input.name, &input.shape, input.exponent, &cells.data, fill)?,
        });
    }
    for (index, (output, cells)) in program.outputs().iter().zip(outputs).enumerate() {
        if task.visibility.outputs.get(index) == Some(&Level::Committed) {
            openings.push(CommittedTensor::commit(&output.name, &cells.shape, output.exponent, &cells.data, 0)?);
        }
    }
    Ok(openings)
}

fn state(secret: &Secret, task: &Task, outputs: &[IntTensor], openings: &[CommittedTensor]) -> Statement {
    let mut committed = openings.iter();
    let mut boundary = |level: &Level, cells: &IntTensor| match level {
        Level::Public => Boundary::Public(cells.data.clone()),
        Level::Private => Boundary::Private,
        Level::Committed => Boundary::Committed(committed.next().map(|c| c.rows.clone()).unwrap_or_default()),
    };
    Statement {
        model: *secret.id(),
        inputs: task.visibility.inputs.iter().zip(&task.inputs).map(|(l, t)| boundary(l, t)).collect(),
        outputs: task.visibility.outputs.iter().zip(outputs).map(|(l, t)| boundary(l, t)).collect(),
        nonce: task.audience.nonce.clone(),
        audience: task.audience.audience.clone(),
    }
}
