//! Product of two activations: `acc[…,i,j] = Σ_k a[…,i,k]·b[…,k,j]`, the leading axes shared (heads, batches).
//!
//! One inner product with the leading axes as shared variables; both factors are committed.

mod relation;
mod shape;
mod value;

/// Matrix product of two values with equal leading axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Product;
