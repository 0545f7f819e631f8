//! The prover's half: combined rows and column vectors.

use super::Merged;
use crate::point::values;
use crate::prove::Data;
use crate::sumcheck::prove::Products;
use intaglio_algebra::eq::eq_table;
use intaglio_algebra::{One, Scalar};

/// `(δ^k, y_k, e_k)` of each merged claim.
pub(crate) fn terms(data: &Data<'_>, merged: &[Merged], delta: Scalar) -> Products {
    let columns = 1usize << data.plan.system().column_vars();
    let mut weight = Scalar::one();
    let mut terms = Vec::with_capacity(merged.len());
    for m in merged {
        let mut combined = vec![Scalar::default(); columns];
        for (start, weights) in &m.rows {
            data.combine_rows(*start, weights, &mut combined);
        }
        terms.push((weight, combined, eq_table(&values(&m.columns))));
        weight *= delta;
    }
    Products::new(terms)
}
