//! Maximum over windows.
//!
//! ```text
//! committed    M, K−1 selectors (the last is 1 − Σ)
//! lookups      M − x_i in [0, hi − lo], K times          zerochecks   s_i·(M − x_i) = 0, K times
//! ```
//!
//! `Σ s = 1` makes M one of the x. A window clipped at the border repeats a cell of its own inside the tensor.

mod relation;
mod shape;
mod value;

use super::window::Window;

/// Maximum over windows of `[N, C, spatial…]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaxPool {
    /// The window.
    pub window: Window,
}
