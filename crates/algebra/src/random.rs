//! Uniform scalars from the operating system's generator.
//!
//! Each call takes a fresh seed, so a fork of the process or a snapshot of the machine never repeats a
//! blind or a pad. There is no constructor from a fixed seed.

use crate::{Scalar, encoding::scalar_from_wide};
use chacha20::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use zeroize::Zeroize;

/// The operating system gave no randomness.
#[derive(Debug, thiserror::Error)]
#[error("the operating system's random generator failed: {0}")]
pub struct RandomError(getrandom::Error);

/// `n` uniform scalars: ChaCha20 from a fresh 32-byte seed, 64 bytes modulo the order for each.
///
/// # Errors
///
/// [`RandomError`] if the operating system refuses the seed.
pub fn random_scalars(n: usize) -> Result<Vec<Scalar>, RandomError> {
    let mut seed = [0u8; 32];
    getrandom::fill(&mut seed).map_err(RandomError)?;
    let mut rng = ChaCha20Rng::from_seed(seed);
    seed.zeroize();
    let mut wide = [0u8; 64];
    let scalars = (0..n)
        .map(|_| {
            rng.fill_bytes(&mut wide);
            scalar_from_wide(&wide)
        })
        .collect();
    wide.zeroize();
    Ok(scalars)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn two_calls_share_no_scalar() {
        let (a, b) = (random_scalars(50).unwrap(), random_scalars(50).unwrap());
        let all: HashSet<_> = a.iter().chain(&b).collect();
        assert_eq!(all.len(), 100);
    }
}
