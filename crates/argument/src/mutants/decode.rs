//! Decoders of mutants: integers at or above the modulus are read as what they are congruent to.

use intaglio_algebra::{AdditiveGroup, Affine, Base, One, Scalar, encoding};

/// The bytes of a point with both coordinates reduced.
pub(crate) fn reduced_point(mut bytes: [u8; 64]) -> [u8; 64] {
    let least = encoding::encode_point(&Affine::new_unchecked(Base::ZERO, -Base::one()));
    let most = least.last_chunk::<32>().copied().unwrap_or_default();
    let (x, y) = bytes.split_at_mut(32);
    [x, y].into_iter().for_each(|coordinate| reduce(coordinate, &most));
    bytes
}

/// The bytes of a scalar, reduced.
pub(crate) fn reduced_scalar(mut bytes: [u8; 32]) -> [u8; 32] {
    reduce(&mut bytes, &encoding::encode_scalar(&-Scalar::one()));
    bytes
}

/// `bytes mod (most + 1)`, little-endian, by subtraction: the quotient is below 2^6.
fn reduce(bytes: &mut [u8], most: &[u8; 32]) {
    while bytes.iter().rev().gt(most.iter().rev()) {
        let mut borrow = true;
        for (own, other) in bytes.iter_mut().zip(most) {
            let (first, one) = own.overflowing_sub(*other);
            let (second, two) = first.overflowing_sub(u8::from(borrow));
            *own = second;
            borrow = one | two;
        }
    }
}
