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
}

impl Transcript {
    /// An empty transcript: nothing is bound yet.
    pub(crate) fn unbound() -> Self {
        Self { state: Params::new().hash_length(64).personal(PERSONAL).to_state() }
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
        encoding::scalar_from_wide(self.state.finalize().as_array())
    }
}
