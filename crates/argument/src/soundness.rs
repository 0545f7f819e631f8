//! Soundness accounting from the actual parameters of a plan (spec/security.md, Theorem 1 and §12).
//!
//! ```text
//! r·κ = d(N−1) + 1 + (ℓ−1)(ℓ+2) + Σ_zero (L − 1 + 3n) + Σ_batches (terms − 1 + 2·rounds)
//!       + Σ_merged (g−1) + 2(J−1) + 2·log C + M + 3 + closing
//! ```

use crate::party::Sum;
use crate::plan::Plan;

/// `⌊log2 r⌋` of the scalar field.
const FIELD_BITS: u32 = 250;
/// Discrete logarithm by Pollard's rho with negation in a group of order 2^250.2.
const DISCRETE_LOG_BITS: u32 = 124;

/// Numerators, over r, of the soundness error by source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Soundness {
    /// Lookups: `d(N−1)`.
    pub lookups: u128,
    /// Fraction tree.
    pub tree: u128,
    /// Zerochecks.
    pub zerochecks: u128,
    /// Inner products and wiring.
    pub products: u128,
    /// Column reduction with merging.
    pub columns: u128,
    /// η, κ, e, ξ and the folds.
    pub closing: u128,
    /// Bits of a challenge.
    pub challenge_bits: u32,
}

impl Soundness {
    /// Counts one sum as the schedule runs.
    pub(crate) fn count(&mut self, sum: &Sum<'_>, rounds: usize) {
        let rounds = rounds as u128;
        match sum {
            Sum::Tree { .. } => {}
            Sum::Zerochecks { .. } => self.zerochecks += 3 * rounds,
            Sum::Inner { items, .. } => self.products += items.len() as u128 + 2 * rounds,
            Sum::Wiring { claims, .. } => self.products += claims.len() as u128 + 2 * rounds,
            Sum::Columns { merged, .. } => {
                let members: usize = merged.iter().map(|m| m.rows.len()).sum();
                self.columns += members as u128 + 2 * merged.len() as u128 + 2 * rounds;
            }
        }
    }

    /// Adds what follows from the plan as a whole.
    pub(crate) fn finish(&mut self, plan: &Plan, equations: usize, folds: usize) {
        let vars = plan.tree_vars() as u128;
        if vars > 0 {
            let d = plan.max_outputs().max(1) as u128 + 1;
            self.lookups = d << plan.tree_vars();
            self.tree = 1 + (vars - 1) * (vars + 2);
        }
        self.zerochecks += plan.system().zerochecks().len() as u128;
        self.closing = equations as u128 + 3 + 3 + 3 * folds as u128;
        self.challenge_bits = FIELD_BITS;
    }

    /// Sum of the numerators.
    #[must_use]
    pub fn numerator(&self) -> u128 {
        let Self { lookups, tree, zerochecks, products, columns, closing, challenge_bits: _ } = self;
        lookups + tree + zerochecks + products + columns + closing
    }

    /// Bits of statistical soundness per hash query, rounded down.
    #[must_use]
    pub fn statistical_bits(&self) -> u32 {
        let loss = u128::BITS - self.numerator().leading_zeros();
        self.challenge_bits.saturating_sub(loss)
    }

    /// Bits of computational soundness: the discrete logarithm.
    #[must_use]
    pub fn computational_bits(&self) -> u32 {
        DISCRETE_LOG_BITS
    }

    /// The lower of both.
    #[must_use]
    pub fn bits(&self) -> u32 {
        self.statistical_bits().min(self.computational_bits())
    }
}
