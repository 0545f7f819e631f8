//! The Fiat–Shamir transcript: BLAKE2b-512 over length-prefixed, labelled parts.
//!
//! ```text
//! absorb(label, bytes)   h ← h ‖ le64(|label|) ‖ label ‖ le64(|bytes|) ‖ bytes
//! challenge(label)       absorb("challenge", label);  c = LE(BLAKE2b-512(h)) mod r
//! ```
//!
//! A challenge depends on every byte absorbed before it, and its label is absorbed, so two squeezes never agree.

use blake2b_simd::{Params, State};
use intaglio_algebra::{Scalar, encoding};

/// Personalisation of the transcript hash.
const PERSONAL: &[u8; 16] = b"intaglio-proof-1";

/// A transcript. Opened by [`crate::statement::Statement::open`] only.
#[derive(Clone)]
pub struct Transcript {
    state: State,
    #[cfg(feature = "mutants")]
    oracle: Oracle,
}

/// What answers the challenges of a test: tests of zero-knowledge and of Fiat–Shamir may choose, products may not.
#[cfg(feature = "mutants")]
#[derive(Clone, Debug, Default)]
pub enum Oracle {
    /// The hash of everything absorbed.
    #[default]
    Honest,
    /// A function of the seed and the label alone: no message changes a challenge.
    Frozen(u64),
    /// The hash, but for one label: a simulator programs the oracle there.
    Programmed {
        /// Where.
        label: String,
        /// The answer.
        answer: Scalar,
    },
}

impl Transcript {
    /// An empty transcript: nothing is bound yet.
    pub(crate) fn unbound() -> Self {
        Self {
            state: Params::new().hash_length(64).personal(PERSONAL).to_state(),
            #[cfg(feature = "mutants")]
            oracle: Oracle::default(),
        }
    }

    /// The same transcript before another oracle.
    #[cfg(feature = "mutants")]
    #[must_use]
    pub(crate) fn insecure_under(self, oracle: Oracle) -> Self {
        Self { oracle, ..self }
    }

    /// Binds bytes under a label.
    pub(crate) fn absorb(&mut self, label: &str, bytes: &[u8]) {
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
        #[cfg(feature = "mutants")]
        if let Some(answer) = self.oracle.answer(label) {
            return answer;
        }
        encoding::scalar_from_wide(self.state.finalize().as_array())
    }
}

#[cfg(feature = "mutants")]
impl Oracle {
    fn answer(&self, label: &str) -> Option<Scalar> {
        match self {
            Self::Honest => None,
            Self::Frozen(seed) => {
                let mut state = Params::new().hash_length(64).personal(b"intaglio-frozen").to_state();
                state.update(&seed.to_le_bytes()).update(label.as_bytes());
                Some(encoding::scalar_from_wide(state.finalize().as_array()))
            }
            Self::Programmed { label: own, answer } => (own == label).then_some(*answer),
        }
    }
}
