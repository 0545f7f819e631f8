//! The Fiat–Shamir transcript: BLAKE2b-512 over length-prefixed, labelled parts.
//!
//! ```text
//! absorb(label, bytes)   h ← h ‖ le64(|label|) ‖ label ‖ le64(|bytes|) ‖ bytes
//! challenge(label)       absorb("challenge", label);  c = LE(BLAKE2b-512(h)) mod r
//! ```
//!
//! A challenge depends on every byte absorbed before it, and its label is absorbed, so two squeezes never agree.

use crate::rules::Rules;
use blake2b_simd::{Params, State};
use intaglio_algebra::{Scalar, encoding};

/// Personalisation of the transcript hash.
const PERSONAL: &[u8; 16] = b"intaglio-proof-1";

/// A transcript. Opened by [`crate::statement::Statement::open`] only.
#[derive(Clone)]
pub struct Transcript {
    state: State,
    #[cfg(feature = "mutants")]
    oracle: crate::mutants::Oracle,
    #[cfg(feature = "mutants")]
    drawn: Vec<(String, Scalar)>,
}

impl Transcript {
    /// An empty transcript: nothing is bound yet.
    #[cfg_attr(not(feature = "mutants"), expect(unused_variables, reason = "products have one oracle"))]
    pub(crate) fn unbound(rules: &Rules) -> Self {
        Self {
            state: Params::new().hash_length(64).personal(PERSONAL).to_state(),
            #[cfg(feature = "mutants")]
            oracle: rules.mutant().map(crate::mutants::Mutant::oracle).unwrap_or_default(),
            #[cfg(feature = "mutants")]
            drawn: Vec::new(),
        }
    }

    /// The same transcript before another oracle.
    #[cfg(feature = "mutants")]
    #[must_use]
    pub(crate) fn insecure_under(self, oracle: crate::mutants::Oracle) -> Self {
        Self { oracle, ..self }
    }

    /// The challenges so far, by label.
    #[cfg(all(feature = "mutants", feature = "prove"))]
    pub(crate) fn drawn(&self) -> &[(String, Scalar)] {
        &self.drawn
    }

    /// Binds bytes under a label.
    pub(crate) fn absorb(&mut self, label: &str, bytes: &[u8]) {
        #[cfg(feature = "mutants")]
        if self.oracle.ignores(label) {
            return;
        }
        for part in [label.as_bytes(), bytes] {
            self.state.update(&(part.len() as u64).to_le_bytes());
            self.state.update(part);
        }
    }

    /// Binds one scalar under a label.
    pub(crate) fn absorb_scalar(&mut self, label: &str, scalar: &Scalar) {
        self.absorb(label, &encoding::encode_scalar(scalar));
    }

    /// Draws a full-size challenge under a label of its own.
    #[must_use]
    pub(crate) fn challenge(&mut self, label: &str) -> Scalar {
        self.absorb("challenge", label.as_bytes());
        let hash = self.state.finalize();
        #[cfg(feature = "mutants")]
        {
            let answer = self.oracle.answer(label, hash.as_array(), &self.drawn);
            self.drawn.push((label.to_owned(), answer));
            answer
        }
        #[cfg(not(feature = "mutants"))]
        encoding::scalar_from_wide(hash.as_array())
    }
}
