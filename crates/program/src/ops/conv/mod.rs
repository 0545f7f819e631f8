//! Convolution: `acc[n,m,s] = Σ_{c,k} W[m,c,k]·x[n, g·C/G + c, s·stride + k·dilation − pad] + b[m]`, zero outside.
//!
//! One inner product over kernel offset and input channel; the image is a wired view, the weights are laid out
//! `[k][group][out][in]`. Nothing is committed here: the accumulator is virtual.

mod relation;
mod shape;
mod value;

use super::window::Window;
use crate::program::ParameterId;

/// Convolution by committed weights `[M, C/groups, kernel…]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conv {
    /// Weights.
    pub weight: ParameterId,
    /// Bias `[M]`, at the accumulator's exponent.
    pub bias: Option<ParameterId>,
    /// Groups of channels.
    pub groups: usize,
    /// The window; its kernel is the weights'.
    pub window: Window,
}
