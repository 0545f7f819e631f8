//! Affine forms in the one-time pads: how both sides handle a hidden scalar.
//!
//! A hidden scalar `h` travels as `m = h + p`. Both sides know `m`; only the prover knows the pad `p`. So `h` is the form
//! `m − p`, and every claim of the protocol is `constant + Σ coefficient · pad`.

use intaglio_algebra::{Scalar, Zero};

/// `constant + Σ coefficient · pad(slot)`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// The public part.
    pub constant: Scalar,
    /// Slots and their coefficients; a slot may occur several times.
    pub terms: Vec<(u32, Scalar)>,
}

impl Form {
    /// A public constant.
    #[must_use]
    pub fn constant(constant: Scalar) -> Self {
        Self { constant, terms: Vec::new() }
    }

    /// The hidden scalar that was sent in `slot` as `message`.
    #[must_use]
    pub fn sent(slot: u32, message: Scalar) -> Self {
        Self { constant: message, terms: vec![(slot, -Scalar::from(1u64))] }
    }

    /// Adds `k · other`.
    pub fn add(&mut self, k: Scalar, other: &Self) {
        self.constant += k * other.constant;
        self.terms.extend(other.terms.iter().map(|(slot, c)| (*slot, k * c)));
    }

    /// `self + k · other`.
    #[must_use]
    pub fn plus(mut self, k: Scalar, other: &Self) -> Self {
        self.add(k, other);
        self
    }

    /// Adds a constant.
    pub fn add_constant(&mut self, k: Scalar) {
        self.constant += k;
    }

    /// `−self`.
    #[must_use]
    pub fn negated(&self) -> Self {
        Self { constant: -self.constant, terms: self.terms.iter().map(|(s, c)| (*s, -*c)).collect() }
    }

    /// True if no pad occurs.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.terms.iter().all(|(_, c)| c.is_zero())
    }
}

/// `Σ c·A·B + form = 0`, under a name for messages and mutants.
#[derive(Clone, Debug)]
pub struct Equation {
    /// Name: `lookup root`, `zerocheck`, `columns`, …
    pub name: String,
    /// Products of two forms.
    pub products: Vec<(Scalar, Form, Form)>,
    /// The linear part.
    pub form: Form,
}
