//! What the fuzz targets share: the files of `crates/prover/tests/mutations`, altered as the fuzzer says.
//!
//! ```text
//! input = kind ‖ place, two bytes ‖ bytes
//! kind 0   the bytes alone
//! kind 1   a valid file up to the place, then the bytes
//! kind 2   a valid file with the bytes written over it at the place
//! kind 3   a valid file with the bytes put in at the place
//! ```

#[path = "../../crates/prover/tests/support/mod.rs"]
#[expect(dead_code, reason = "the programs of every operator are not altered here")]
mod support;
#[path = "../../crates/prover/tests/mutations/targets.rs"]
#[expect(dead_code, reason = "libFuzzer has limits of its own, and finds words itself")]
mod targets;

use targets::{Target, targets};

/// A valid file and what reads it. Made once for each process.
pub struct Subject(Target);

impl Subject {
    /// The target of this name.
    ///
    /// # Panics
    ///
    /// Without such a target, or if its own file is refused.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let target = targets().into_iter().find(|t| t.name == name).expect("a target of this name");
        assert!((target.accepts)(&target.good), "the control");
        Self(target)
    }

    /// Tries one input.
    ///
    /// # Panics
    ///
    /// If an altered file is accepted, or shows a defect.
    pub fn try_input(&self, input: &[u8]) {
        let Self(target) = self;
        let Some(([kind, low, high], rest)) = input.split_first_chunk::<3>() else { return };
        let place = usize::from(u16::from_le_bytes([*low, *high])) % target.good.len();
        let (head, tail) = target.good.split_at(place);
        let bytes = match kind % 4 {
            0 => rest.to_vec(),
            1 => [head, rest].concat(),
            2 => [head, rest, tail.get(rest.len()..).unwrap_or(&[])].concat(),
            _ => [head, rest, tail].concat(),
        };
        assert!(bytes == target.good || !(target.accepts)(&bytes), "an altered {} is accepted", target.name);
    }
}
