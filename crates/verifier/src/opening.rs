//! Openings: some elements of a committed input or output, shown against its rows.

use crate::checks::Check;
use crate::rejection::{Rejection, Stage};
use intaglio_algebra::Affine;
use intaglio_algebra::encoding::in_subgroup;
use intaglio_argument::plan::Plan;
use intaglio_argument::rules::Rules;
use intaglio_argument::statement::{ImportedRows, Statement as Bound};
use intaglio_argument::verify::verify as verify_argument;
use intaglio_program::bytes::{Reader, Writer};
use intaglio_program::layout::vars_for;
use intaglio_program::lower::{BOUNDARY_WIDTH_VARS, opening};
use intaglio_program::tensor::cells;

const MAGIC: &[u8; 16] = b"INTAGLIO-OPENING";
const VERSION: u16 = 1;

/// Rows of a committed tensor of `count` cells.
#[must_use]
pub fn boundary_rows(count: usize) -> usize {
    1 << vars_for(count).saturating_sub(BOUNDARY_WIDTH_VARS)
}

/// What an opening claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpeningStatement {
    /// The user's name of the tensor.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Fraction bits of its integers.
    pub exponent: i32,
    /// `(row-major index, value)` of the shown elements, by index.
    pub elements: Vec<(usize, i64)>,
}

/// An opening and its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// What is shown.
    pub statement: OpeningStatement,
    /// The argument's proof.
    pub proof: Vec<u8>,
}

impl OpeningStatement {
    /// The canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let Self { name, shape, exponent, elements } = self;
        let mut w = Writer::default();
        w.text(name);
        w.sizes(shape);
        w.i64((*exponent).into());
        w.count(elements.len());
        for (index, value) in elements {
            w.count(*index);
            w.i64(*value);
        }
        w.0
    }

    /// The public tensors of the opening's system: which elements, and their values.
    #[must_use]
    pub fn publics(&self) -> Vec<Vec<i64>> {
        let count = cells(&self.shape);
        let mut shown = vec![0; count];
        let mut values = vec![0; count];
        for (index, value) in &self.elements {
            if let (Some(s), Some(v)) = (shown.get_mut(*index), values.get_mut(*index)) {
                *s = 1;
                *v = *value;
            }
        }
        vec![shown, values]
    }
}

impl Opening {
    /// The canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::headed(MAGIC, VERSION);
        w.raw(&self.statement.to_bytes());
        w.blob(&self.proof);
        w.0
    }

    /// Reads canonical bytes, to the last one.
    ///
    /// # Errors
    ///
    /// [`Rejection`] at stage decode.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Rejection> {
        let mut r = Reader::new(bytes);
        r.head(MAGIC, VERSION)?;
        let statement = OpeningStatement {
            name: r.text()?,
            shape: r.sizes()?,
            exponent: r.i32()?,
            elements: r.list(12, |r| Ok((r.size()?, r.i64()?)))?,
        };
        let proof = r.blob()?.to_vec();
        r.end()?;
        Ok(Self { statement, proof })
    }
}

/// A committed input or output of a verified statement: what an opening must be of. Name, shape and exponent come from
/// the checked model's program, never from the opener.
#[derive(Clone, Copy, Debug)]
pub struct CommittedBoundary<'a> {
    /// The user's name.
    pub name: &'a str,
    /// Its shape.
    pub shape: &'a [usize],
    /// Fraction bits of its integers.
    pub exponent: i32,
    /// Its rows.
    pub rows: &'a [Affine],
}

/// Checks an opening against a verified commitment.
///
/// # Errors
///
/// [`Rejection`] names the stage and the cause.
pub fn verify_opening(opening_bytes: &[u8], committed: CommittedBoundary<'_>) -> Result<OpeningStatement, Rejection> {
    judge(opening_bytes, committed, &Rules::default())
}

/// As [`verify_opening`] by a mutant.
///
/// # Errors
///
/// As [`verify_opening`].
#[cfg(feature = "mutants")]
pub fn insecure_verify_opening(
    opening_bytes: &[u8],
    committed: CommittedBoundary<'_>,
    rules: &Rules,
) -> Result<OpeningStatement, Rejection> {
    judge(opening_bytes, committed, rules)
}

fn judge(opening_bytes: &[u8], committed: CommittedBoundary<'_>, rules: &Rules) -> Result<OpeningStatement, Rejection> {
    let CommittedBoundary { name, shape, exponent, rows } = committed;
    let Opening { statement, proof } = Opening::from_bytes(opening_bytes)?;
    let refuse = |reason: &str| Err(Rejection::new(Stage::Statement, reason));
    let same = [
        (Check::OpeningName, statement.name == name),
        (Check::OpeningShape, statement.shape == shape),
        (Check::OpeningExponent, statement.exponent == exponent),
    ];
    for (check, same) in same {
        check
            .demand(rules, same, || "the opening is of another tensor, shape or exponent than the commitment".into())?;
    }
    let count = cells(&statement.shape);
    if count == 0 || count > 1 << 24 || rows.len() != boundary_rows(count) {
        return refuse("the opening is of another shape than the commitment");
    }
    let increasing = statement.elements.windows(2).all(|w| match w {
        [(a, _), (b, _)] => a < b,
        _ => false,
    });
    let elements = "the shown elements must be distinct, in order, and inside the tensor";
    if statement.elements.is_empty() {
        return refuse(elements);
    }
    Check::OpeningDistinct.demand(rules, increasing, || elements.into())?;
    let inside = statement.elements.iter().all(|(i, _)| *i < count);
    Check::OpeningInside.demand(rules, inside, || elements.into())?;
    let in_group = rows.iter().all(in_subgroup);
    Check::OpeningSubgroup.demand(rules, in_group, || "the commitment has a part of small order".into())?;
    let system = opening(&statement.shape).map_err(|e| Rejection::new(Stage::Statement, e.to_string()))?;
    let plan = Plan::new(system);
    #[cfg(feature = "mutants")]
    let plan = plan.insecure_under(rules);
    let context = statement.to_bytes();
    let publics = statement.publics();
    let imported = [ImportedRows::new(rows.to_vec())];
    verify_argument(&plan, &Bound { context: &context, publics: &publics, imported: &imported }, &proof)?;
    Ok(statement)
}
