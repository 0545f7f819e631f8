//! Verifying evidence.

use crate::budget::Budget;
use crate::checks::Check;
use crate::evidence::Evidence;
use crate::model::CheckedModel;
use crate::opening::boundary_rows;
use crate::plans::LaidOut;
use crate::rejection::{Rejection, Stage};
use crate::statement::{Boundary, Statement};
use intaglio_algebra::Affine;
use intaglio_algebra::encoding::in_subgroup;
use intaglio_argument::rules::Rules;
use intaglio_argument::statement::{ImportedRows, Statement as Bound};
use intaglio_argument::verify::verify as verify_argument;
use intaglio_program::lower::Lowered;
use intaglio_program::program::Program;
use intaglio_program::tensor::cells;

/// What the verifier asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request<'a> {
    /// The nonce it gave, if any.
    pub nonce: Option<&'a [u8]>,
    /// Its own name, if evidence must be addressed.
    pub audience: Option<&'a str>,
}

/// What it demands beyond truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Least bits of soundness.
    pub min_security_bits: u32,
    /// Most work for one proof.
    pub budget: Budget,
}

impl Default for Policy {
    fn default() -> Self {
        Self { min_security_bits: 120, budget: Budget::default() }
    }
}

/// What accepted evidence established. [`verify`] is the only maker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    statement: Statement,
    security_bits: u32,
}

impl Verified {
    /// The statement that holds: read inputs and outputs from here.
    #[must_use]
    pub fn statement(&self) -> &Statement {
        &self.statement
    }

    /// Bits of soundness, the lower of statistical and computational.
    #[must_use]
    pub fn security_bits(&self) -> u32 {
        self.security_bits
    }
}

/// Checks evidence against a checked model.
///
/// # Errors
///
/// [`Rejection`] names the stage and the cause. No input makes this function panic.
pub fn verify(
    evidence: &[u8],
    model: &CheckedModel,
    request: Request<'_>,
    policy: Policy,
) -> Result<Verified, Rejection> {
    judge(evidence, model, request, policy, &Rules::default())
}

/// As [`verify`] by a mutant.
///
/// # Errors
///
/// As [`verify`].
#[cfg(feature = "mutants")]
pub fn insecure_verify(
    evidence: &[u8],
    model: &CheckedModel,
    request: Request<'_>,
    policy: Policy,
    rules: &Rules,
) -> Result<Verified, Rejection> {
    judge(evidence, model, request, policy, rules)
}

fn judge(
    evidence: &[u8],
    model: &CheckedModel,
    request: Request<'_>,
    policy: Policy,
    rules: &Rules,
) -> Result<Verified, Rejection> {
    let Evidence { statement, proof } = Evidence::read(evidence, rules)?;
    check_request(&statement, request, rules)?;
    Check::Model.demand(rules, statement.model == *model.id(), || "the evidence is about another model".into())?;
    check_boundaries(model.program(), &statement, rules)?;
    let made = model.plan(&statement.visibility(), policy.budget)?;
    let LaidOut { lowered, plan } = &*made;
    #[cfg(feature = "mutants")]
    let plan = &plan.clone().insecure_under(rules);
    let security_bits = plan.shape().soundness.bits();
    Check::SecurityBits.demand(rules, security_bits >= policy.min_security_bits, || {
        format!("{security_bits} bits of soundness, the policy demands {}", policy.min_security_bits)
    })?;
    let context = statement.to_bytes();
    let publics = public_tensors(lowered, &statement);
    let imported = imported_groups(lowered, &statement, model.rows());
    let bound = Bound { context: &context, publics: &publics, imported: &imported };
    verify_argument(plan, &bound, &proof)?;
    Ok(Verified { statement, security_bits })
}

/// Nonce and audience must be exactly what was asked for, absence included.
fn check_request(statement: &Statement, request: Request<'_>, rules: &Rules) -> Result<(), Rejection> {
    let refuse = |check: Check, reason: &str| check.demand(rules, false, || reason.into());
    match (statement.nonce.as_deref(), request.nonce) {
        (None, None) => {}
        (Some(a), Some(b)) if a == b => {}
        (Some(_), None) => refuse(Check::NonceUnasked, "the evidence carries a nonce that was not asked for")?,
        (None, Some(_)) => refuse(Check::NonceMissing, "the evidence carries no nonce")?,
        (Some(_), Some(_)) => refuse(Check::NonceOther, "the evidence carries another nonce")?,
    }
    match (statement.audience.as_deref(), request.audience) {
        (None, None) => Ok(()),
        (Some(a), Some(b)) if a == b => Ok(()),
        (Some(_), None) => {
            refuse(Check::AudienceUnasked, "the evidence is addressed to an audience that was not asked for")
        }
        (None, Some(_)) => refuse(Check::AudienceMissing, "the evidence is addressed to nobody"),
        (Some(_), Some(_)) => refuse(Check::AudienceOther, "the evidence is addressed to another audience"),
    }
}

/// Numbers, shapes and ranges of what the statement shows; subgroup of what it commits to.
fn check_boundaries(program: &Program, statement: &Statement, rules: &Rules) -> Result<(), Rejection> {
    let refuse = |reason: String| Err(Rejection::new(Stage::Statement, reason));
    let numbers = (program.inputs().len(), program.outputs().len());
    if (statement.inputs.len(), statement.outputs.len()) != numbers {
        return refuse("other numbers of inputs or outputs than the program's".into());
    }
    let inputs = program.inputs().iter().map(|i| (&i.name, cells(&i.shape), Some((i.lo, i.hi))));
    let output = |o: &intaglio_program::program::Output| program.value(o.value).map_or(0, |v| cells(&v.shape));
    let outputs = program.outputs().iter().map(|o| (&o.name, output(o), None));
    for ((name, count, range), boundary) in inputs.chain(outputs).zip(statement.inputs.iter().chain(&statement.outputs))
    {
        match boundary {
            Boundary::Private => {}
            Boundary::Public(values) => {
                Check::PublicCells.demand(rules, values.len() == count, || {
                    format!("'{name}' shows {} cells, it has {count}", values.len())
                })?;
                let inside = range.is_none_or(|(lo, hi)| values.iter().all(|v| (lo..=hi).contains(v)));
                Check::PublicRange
                    .demand(rules, inside, || format!("'{name}' shows a cell outside its declared range"))?;
            }
            Boundary::Committed(rows) => {
                if rows.len() != boundary_rows(count) {
                    return refuse(format!("'{name}' commits to {} rows, it has {}", rows.len(), boundary_rows(count)));
                }
                Check::CommittedSubgroup.demand(rules, rows.iter().all(in_subgroup), || {
                    format!("'{name}' commits to a row with a part of small order")
                })?;
            }
        }
    }
    Ok(())
}

/// The public tensors of a statement, in the order of the system.
#[must_use]
pub fn public_tensors(lowered: &Lowered, statement: &Statement) -> Vec<Vec<i64>> {
    let inputs = lowered.public_inputs.iter().map(|i| statement.inputs.get(*i));
    let outputs = lowered.public_outputs.iter().map(|o| statement.outputs.get(*o));
    let values = |b: Option<&Boundary>| match b {
        Some(Boundary::Public(values)) => values.clone(),
        _ => Vec::new(),
    };
    inputs.chain(outputs).map(values).collect()
}

/// The imported groups of a statement, in the order of the system: the model, then committed inputs and outputs.
#[must_use]
pub fn imported_groups(lowered: &Lowered, statement: &Statement, model: &ImportedRows) -> Vec<ImportedRows> {
    let inputs = lowered.committed_inputs.iter().map(|i| statement.inputs.get(*i));
    let outputs = lowered.committed_outputs.iter().map(|o| statement.outputs.get(*o));
    let rows = |b: Option<&Boundary>| -> Vec<Affine> {
        match b {
            Some(Boundary::Committed(rows)) => rows.clone(),
            _ => Vec::new(),
        }
    };
    std::iter::once(model.clone()).chain(inputs.chain(outputs).map(|b| ImportedRows::new(rows(b)))).collect()
}
