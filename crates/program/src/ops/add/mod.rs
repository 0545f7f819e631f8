//! Weighted sum: `acc = Σ c_i·x_i + Σ c_j·p_j + constant`, broadcast as numpy does.
//!
//! Affine: nothing is committed, no product. Accumulators take part only at the output's own shape.

mod relation;
mod shape;
mod value;

use crate::program::ParameterId;

/// A weighted sum of values and parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Add {
    /// One coefficient for each input.
    pub coefficients: Vec<i64>,
    /// Parameters with their coefficients.
    pub parameters: Vec<(ParameterId, i64)>,
    /// Added to every cell.
    pub constant: i64,
}
