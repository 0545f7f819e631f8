//! What answers challenges in tests. Products have the hash.

use blake2b_simd::Params;
use intaglio_algebra::{Scalar, encoding};
use std::collections::BTreeMap;

/// What answers the challenges of a test: tests of zero-knowledge and of Fiat–Shamir may choose, products may not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Oracle {
    /// The hash of everything absorbed.
    #[default]
    Honest,
    /// A function of the seed and the label alone: no message changes a challenge.
    Frozen(u64),
    /// The hash, but for labels that begin so: those are frozen, and known before anything is sent.
    Known(&'static str),
    /// The hash, but for one label: a simulator programs the oracle there.
    Programmed {
        /// Where.
        label: &'static str,
        /// The answer.
        answer: Scalar,
    },
    /// The hash, but one challenge is another one again.
    Shared {
        /// The challenge.
        label: &'static str,
        /// An earlier one.
        with: &'static str,
    },
    /// The hash of everything absorbed but what is absorbed under this label.
    Deaf(&'static str),
    /// The lowest bits of the hash.
    Truncated(u32),
    /// What was drawn in an earlier run; the hash for labels that it did not have.
    Recorded(BTreeMap<String, Scalar>),
}

impl Oracle {
    /// Whether what is absorbed under a label is left out of the hash.
    pub(crate) fn ignores(&self, label: &str) -> bool {
        matches!(self, Self::Deaf(own) if *own == label)
    }

    /// The challenge under a label, given the hash and the challenges before it.
    pub(crate) fn answer(&self, label: &str, hash: &[u8; 64], drawn: &[(String, Scalar)]) -> Scalar {
        let honest = || encoding::scalar_from_wide(hash);
        match self {
            Self::Honest | Self::Deaf(_) => honest(),
            Self::Frozen(seed) => frozen(*seed, label),
            Self::Known(own) if label.starts_with(own) => frozen(0, label),
            Self::Programmed { label: own, answer } if *own == label => *answer,
            Self::Shared { label: own, with } if *own == label => {
                drawn.iter().find(|(l, _)| l == with).map_or_else(honest, |(_, c)| *c)
            }
            Self::Known(_) | Self::Programmed { .. } | Self::Shared { .. } => honest(),
            Self::Truncated(bits) => truncated(hash, *bits),
            Self::Recorded(known) => known.get(label).copied().unwrap_or_else(honest),
        }
    }
}

fn frozen(seed: u64, label: &str) -> Scalar {
    let mut state = Params::new().hash_length(64).personal(b"intaglio-frozen").to_state();
    state.update(&seed.to_le_bytes()).update(label.as_bytes());
    encoding::scalar_from_wide(state.finalize().as_array())
}

fn truncated(hash: &[u8; 64], bits: u32) -> Scalar {
    let mut low = [0; 64];
    for (index, (to, from)) in low.iter_mut().zip(hash).enumerate() {
        let left = u64::from(bits).saturating_sub(8 * index as u64).min(8);
        *to = u8::try_from(u64::from(*from) & ((1 << left) - 1)).unwrap_or(0);
    }
    encoding::scalar_from_wide(&low)
}
