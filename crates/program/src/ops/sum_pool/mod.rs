//! Sum and average over windows: `acc = μ·Σ x` over the true cells of each window.
//!
//! ```text
//! μ = 1 (sum),   μ = ⌊(2^k + ⌊c/2⌋)/c⌋ (mean, c = kernel volume, or the number of true cells of that window)
//! ```
//!
//! A wired view with public weights μ: nothing is committed. The divisor is carried in `k` more fraction bits.

mod relation;
mod shape;
mod value;

use super::window::{Tap, Window};

/// What a mean divides by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Divisor {
    /// Nothing: a sum.
    None,
    /// The kernel's volume.
    Window,
    /// The number of true cells of the window.
    Valid,
}

/// Sum or mean over windows of `[N, C, spatial…]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SumPool {
    /// The window.
    pub window: Window,
    /// What it divides by.
    pub divisor: Divisor,
    /// `k`: fraction bits that μ adds.
    pub fraction_bits: u32,
}

impl SumPool {
    /// μ of each window.
    #[must_use]
    pub fn weights(&self, taps: &[Tap], windows: usize) -> Vec<i64> {
        let mut counts = vec![0i64; windows];
        for tap in taps {
            if let Some(c) = counts.get_mut(tap.out) {
                *c += 1;
            }
        }
        counts.into_iter().map(|count| self.weight(count)).collect()
    }

    /// μ of a window with so many true cells.
    pub(crate) fn weight(&self, count: i64) -> i64 {
        let one = 1i64 << self.fraction_bits.min(30);
        let mean = |c: i64| (one + (c >> 1)).checked_div(c).unwrap_or(one);
        match self.divisor {
            Divisor::None => 1,
            Divisor::Window => mean(i64::try_from(self.window.volume()).unwrap_or(i64::MAX)),
            Divisor::Valid => mean(count),
        }
    }
}
