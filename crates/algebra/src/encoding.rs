//! Bytes of scalars and points, and integers as scalars.
//!
//! Everything is little-endian and canonical: one value has one encoding, any other bytes are refused.
//! No function here panics, whatever it is given.

use crate::{Affine, Base, Scalar};
use ark_ff::{BigInt, PrimeField};

/// Why bytes are not the encoding of a scalar or a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodingError {
    /// The bytes, as an integer, are not below the order of the scalar field.
    #[error("the scalar is not below the order of the field")]
    ScalarRange,
    /// A coordinate, as an integer, is not below the order of the base field.
    #[error("a coordinate is not below the order of the base field")]
    CoordinateRange,
    /// The coordinates do not satisfy the equation of the curve.
    #[error("the point is not on the curve")]
    OffCurve,
}

/// Encodes a scalar as its canonical integer, little-endian.
#[must_use]
pub fn encode_scalar(scalar: &Scalar) -> [u8; 32] {
    limbs_to_bytes(scalar.into_bigint())
}

/// Reads a scalar.
///
/// # Errors
///
/// [`EncodingError::ScalarRange`] if the integer is not below the order.
pub fn decode_scalar(bytes: &[u8; 32]) -> Result<Scalar, EncodingError> {
    Scalar::from_bigint(bytes_to_limbs(bytes)).ok_or(EncodingError::ScalarRange)
}

/// Encodes a point as `x ‖ y`. The neutral element is `(0, 1)` like any other point.
#[must_use]
pub fn encode_point(point: &Affine) -> [u8; 64] {
    let mut bytes = [0; 64];
    let (x, y) = bytes.split_at_mut(32);
    x.copy_from_slice(&limbs_to_bytes(point.x.into_bigint()));
    y.copy_from_slice(&limbs_to_bytes(point.y.into_bigint()));
    bytes
}

/// Reads a point of the curve; it may have a part of small order.
///
/// # Soundness
///
/// A persistent point also needs [`in_subgroup`]; an ephemeral one needs an equation times the cofactor.
///
/// # Errors
///
/// [`EncodingError::CoordinateRange`] or [`EncodingError::OffCurve`].
pub fn decode_point(bytes: &[u8; 64]) -> Result<Affine, EncodingError> {
    let point = point_unchecked(bytes)?;
    if point.is_on_curve() { Ok(point) } else { Err(EncodingError::OffCurve) }
}

/// Reads two coordinates, without the equation of the curve: for bytes that are ours.
pub(crate) fn point_unchecked(bytes: &[u8; 64]) -> Result<Affine, EncodingError> {
    let (mut x, mut y) = ([0; 32], [0; 32]);
    let (first, second) = bytes.split_at(32);
    x.copy_from_slice(first);
    y.copy_from_slice(second);
    let coordinate = |b: &[u8; 32]| Base::from_bigint(bytes_to_limbs(b)).ok_or(EncodingError::CoordinateRange);
    Ok(Affine::new_unchecked(coordinate(&x)?, coordinate(&y)?))
}

/// Whether a point of the curve lies in the subgroup of prime order.
#[must_use]
pub fn in_subgroup(point: &Affine) -> bool {
    point.is_in_correct_subgroup_assuming_on_curve()
}

/// Reduces 64 bytes, as a little-endian integer, modulo the order.
///
/// Of uniform bytes it makes a scalar within 2^-261 of uniform.
#[must_use]
pub fn scalar_from_wide(bytes: &[u8; 64]) -> Scalar {
    // Pieces of 31 bytes are below the order, so each is canonical as it stands.
    let shift = Scalar::from(1u128 << 124) * Scalar::from(1u128 << 124);
    let mut sum = Scalar::default();
    for piece in [bytes.get(62..64), bytes.get(31..62), bytes.get(0..31)].into_iter().flatten() {
        let mut padded = [0; 32];
        for (to, from) in padded.iter_mut().zip(piece) {
            *to = *from;
        }
        sum = sum * shift + Scalar::from_bigint(bytes_to_limbs(&padded)).unwrap_or_default();
    }
    sum
}

/// A signed integer as a scalar.
pub fn small(value: i64) -> Scalar {
    let magnitude = Scalar::from(value.unsigned_abs());
    if value < 0 { -magnitude } else { magnitude }
}

/// A signed integer of up to 128 bits as a scalar.
pub fn small128(value: i128) -> Scalar {
    let magnitude = Scalar::from(value.unsigned_abs());
    if value < 0 { -magnitude } else { magnitude }
}

fn limbs_to_bytes(BigInt(limbs): BigInt<4>) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (to, limb) in bytes.chunks_exact_mut(8).zip(limbs) {
        to.copy_from_slice(&limb.to_le_bytes());
    }
    bytes
}

fn bytes_to_limbs(bytes: &[u8; 32]) -> BigInt<4> {
    let mut limbs = [0u64; 4];
    for (limb, from) in limbs.iter_mut().zip(bytes.chunks_exact(8)) {
        *limb = from.iter().rev().fold(0, |acc, b| acc << 8 | u64::from(*b));
    }
    BigInt(limbs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AdditiveGroup, CurveGroup, Field, Projective};
    use ark_ec::PrimeGroup;
    use proptest::prelude::*;

    fn integer(BigInt(limbs): BigInt<4>) -> [u8; 32] {
        limbs_to_bytes(BigInt(limbs))
    }

    #[test]
    fn a_scalar_at_or_above_the_order_is_refused() {
        let mut order = Scalar::MODULUS;
        assert_eq!(decode_scalar(&integer(order)), Err(EncodingError::ScalarRange));
        assert_eq!(decode_scalar(&[0xff; 32]), Err(EncodingError::ScalarRange));
        order.0[0] -= 1;
        assert_eq!(decode_scalar(&integer(order)), Ok(-Scalar::ONE), "control");
    }

    #[test]
    fn a_coordinate_at_or_above_the_order_is_refused() {
        let generator = Projective::generator().into_affine();
        let mut bytes = encode_point(&generator);
        assert_eq!(decode_point(&bytes), Ok(generator), "control");
        bytes[..32].copy_from_slice(&integer(Base::MODULUS));
        assert_eq!(decode_point(&bytes), Err(EncodingError::CoordinateRange));
    }

    #[test]
    fn a_point_off_the_curve_is_refused() {
        let mut point = Projective::generator().into_affine();
        point.x += Base::ONE;
        assert_eq!(decode_point(&encode_point(&point)), Err(EncodingError::OffCurve));
    }

    #[test]
    fn a_point_of_small_order_is_read_but_is_not_in_the_subgroup() {
        let two_torsion = Affine::new_unchecked(Base::ZERO, -Base::ONE);
        assert_eq!(decode_point(&encode_point(&two_torsion)), Ok(two_torsion));
        assert!(!in_subgroup(&two_torsion));
        let generator = Projective::generator();
        assert!(in_subgroup(&generator.into_affine()), "control");
        assert!(!in_subgroup(&(generator + two_torsion).into_affine()));
    }

    #[test]
    fn signed_integers_are_themselves_modulo_the_order() {
        assert_eq!(small(i64::MIN) + Scalar::from(1u64 << 63), Scalar::ZERO);
        assert_eq!(small(-7) + small(7), Scalar::ZERO);
        assert_eq!(small128(i128::MIN) + Scalar::from(1u128 << 127), Scalar::ZERO);
        assert_eq!(small128(i128::from(i64::MIN)), small(i64::MIN));
    }

    proptest! {
        #[test]
        fn wide_bytes_reduce_as_in_arkworks(lo: [u8; 32], hi: [u8; 32]) {
            let mut wide = [0; 64];
            wide[..32].copy_from_slice(&lo);
            wide[32..].copy_from_slice(&hi);
            let scalar = scalar_from_wide(&wide);
            prop_assert_eq!(scalar, Scalar::from_le_bytes_mod_order(&wide));
            prop_assert_eq!(decode_scalar(&encode_scalar(&scalar)), Ok(scalar));
        }
    }
}
