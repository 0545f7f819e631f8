//! Mutants of the verifier, each of which lacks one thing that stops a forgery.

use super::Oracle;
use crate::rules::Check;
use crate::system::System;

/// One deviation from the rules, shared by a mutant verifier and whoever proves to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// A check that is not made, an equation that is not shown, a relation that is not claimed.
    Without(Check<'static>),
    /// Challenges that are not what they should be.
    Under(Oracle),
    /// A compiler that asks for something else.
    Compiled(Alteration),
}

/// Changes a system.
#[derive(Clone, Copy, Debug)]
pub struct Alteration {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub apply: fn(&mut System),
}

impl PartialEq for Alteration {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Alteration {}

impl Mutant {
    /// The oracle behind the transcript.
    pub(crate) fn oracle(&self) -> Oracle {
        match self {
            Self::Under(oracle) => oracle.clone(),
            Self::Without(_) | Self::Compiled(_) => Oracle::Honest,
        }
    }

    /// What becomes of a system.
    pub(crate) fn alter(&self, system: &mut System) {
        if let Self::Compiled(alteration) = self {
            (alteration.apply)(system);
        }
    }

    /// Bits of a challenge, where that is not the field's.
    pub(crate) fn challenge_bits(&self) -> Option<u32> {
        match self {
            Self::Under(Oracle::Truncated(bits)) => Some(*bits),
            Self::Under(_) | Self::Without(_) | Self::Compiled(_) => None,
        }
    }
}
