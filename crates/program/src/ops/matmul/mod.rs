//! Product with a committed matrix: `acc[…,o] = Σ_k W[o,k]·x[…,k] + b[o]`. Gemm and MatMul by constants.
//!
//! One inner product over `k`; weights `[o][k]`. The accumulator is virtual.

mod relation;
mod shape;
mod value;

use crate::program::ParameterId;

/// Product of the last axis with weights `[O, K]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatMul {
    /// Weights.
    pub weight: ParameterId,
    /// Bias `[O]`, at the accumulator's exponent.
    pub bias: Option<ParameterId>,
}
