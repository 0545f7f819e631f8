//! Opening a committed tensor, wholly or by element.

use crate::committed::CommittedTensor;
use crate::error::ProverError;
use intaglio_argument::plan::Plan;
use intaglio_argument::prove::{Assignment, Cells, Silent, prove};
use intaglio_argument::statement::{ImportedRows, Statement};
use intaglio_program::layout::Layout;
use intaglio_program::lower::opening;
use intaglio_verifier::{Opening, OpeningStatement};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Proves the values of some elements (row-major indices), or of all if `elements` is empty; nothing else is shown.
///
/// # Errors
///
/// [`ProverError::File`] if an element does not exist.
pub fn open(tensor: &CommittedTensor, elements: &[usize]) -> Result<Vec<u8>, ProverError> {
    let mut indices: Vec<usize> =
        if elements.is_empty() { (0..tensor.cells.len()).collect() } else { elements.to_vec() };
    indices.sort_unstable();
    indices.dedup();
    let shown: Option<Vec<(usize, i64)>> = indices.iter().map(|i| tensor.cells.get(*i).map(|v| (*i, *v))).collect();
    let Some(elements) = shown else {
        let cause = format!("'{}' has elements 0 to {}", tensor.name, tensor.cells.len().saturating_sub(1));
        return Err(ProverError::File { file: "openings", cause });
    };
    let statement = OpeningStatement {
        name: tensor.name.clone(),
        shape: tensor.shape.clone(),
        exponent: tensor.exponent,
        elements,
    };
    let plan = Plan::new(opening(&tensor.shape)?);
    let cells = Cells::Small(Layout::flat(&tensor.shape).scatter(&tensor.cells, tensor.fill));
    let assignment = Assignment { groups: vec![Cow::Owned(cells)], inner: BTreeMap::new() };
    let publics = statement.publics();
    let context = statement.to_bytes();
    let imported = [ImportedRows::new(tensor.rows.clone())];
    let bound = Statement { context: &context, publics: &publics, imported: &imported };
    let proof = prove(&plan, &bound, assignment, &[&tensor.blinds], &Silent)?;
    Ok(Opening { statement, proof }.to_bytes())
}
