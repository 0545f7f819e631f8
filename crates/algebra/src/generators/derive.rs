//! Hash to the curve, so that nobody chose a generator.

use crate::{AdditiveGroup, Affine, Base, CurveGroup, Field, One, PrimeField, Projective, Zero};
use ark_ec::twisted_edwards::TECurveConfig;
use ark_ed_on_bls12_377::EdwardsConfig;

/// The personalisation of the hash, which names the list of generators.
pub const LABEL: &str = "intaglio-gen-v1";

/// What a generator is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `G`: columns of rows.
    Rows,
    /// `K`: pads.
    Pads,
    /// `S`: the spare pad.
    Mask,
    /// `H`: blinds.
    Blind,
    /// `Q`: inner products.
    Product,
}

impl Family {
    /// The letter that is hashed.
    #[must_use]
    pub fn letter(self) -> u8 {
        match self {
            Self::Rows => b'G',
            Self::Pads => b'K',
            Self::Mask => b'S',
            Self::Blind => b'H',
            Self::Product => b'Q',
        }
    }
}

/// The generator `index` of a family.
///
/// For attempts `c = 0, 1, …` until one gives a point:
///
/// ```text
/// h  = BLAKE2b-512(person = "intaglio-gen-v1", letter ‖ index as 8 bytes ‖ c as 4 bytes), little-endian
/// y  = h mod p, h read as a little-endian integer
/// x² = (y² − 1) / (3021·y² + 1); no square root: next attempt
/// x  = the root that is even as an integer in 0..p
/// P  = [4](x, y); if P is the neutral element: next attempt
/// ```
///
/// # Soundness
///
/// In the random-oracle model a relation between the generators is a discrete logarithm.
pub fn derive(family: Family, index: u64) -> Affine {
    // Half of all attempts succeed, so u32 attempts fail with probability 2^-2^32.
    (0..u32::MAX).find_map(|attempt| try_once(family, index, attempt)).unwrap_or_default()
}

fn try_once(family: Family, index: u64, attempt: u32) -> Option<Affine> {
    let mut hash = blake2b_simd::Params::new().hash_length(64).personal(LABEL.as_bytes()).to_state();
    hash.update(&[family.letter()]).update(&index.to_le_bytes()).update(&attempt.to_le_bytes());
    let y = Base::from_le_bytes_mod_order(hash.finalize().as_bytes());
    let y2 = y.square();
    let x2 = (y2 - Base::one()) * (EdwardsConfig::COEFF_D * y2 + Base::one()).inverse()?;
    let root = x2.sqrt()?;
    let [lowest, ..] = root.into_bigint().0;
    let x = if lowest.is_multiple_of(2) { root } else { -root };
    let point = Projective::from(Affine::new_unchecked(x, y)).double().double();
    (!point.is_zero()).then(|| point.into_affine())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AffineRepr, encoding::in_subgroup};

    #[test]
    fn derived_generators_lie_in_the_subgroup_and_differ() {
        let families = [Family::Rows, Family::Pads, Family::Mask, Family::Blind, Family::Product];
        let points: Vec<Affine> = families.iter().flat_map(|f| (0..4).map(|i| derive(*f, i))).collect();
        for (i, point) in points.iter().enumerate() {
            assert!(point.is_on_curve() && in_subgroup(point) && !point.is_zero(), "point {i}");
            assert!(!points[..i].contains(point), "point {i} is repeated");
        }
    }
}
