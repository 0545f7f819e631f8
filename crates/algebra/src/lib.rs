//! Field, group and the vector kernels that everything else stands on.
//!
//! One prime field (`Scalar`, order about 2^250.2) and one twisted Edwards curve over [`Base`]:
//! Edwards-BLS12, `−x² + y² = 1 + 3021·x²·y²`, cofactor 4. arkworks is the definition of both. The
//! kernels are second implementations of hot loops, chosen at run time, tested equal to it.
//!
//! Secrets: arkworks' field arithmetic is not constant-time, so neither is most of this crate. What
//! is meant to be constant-time in its scalars is [`group::msm_secret`], and it says so.

#![deny(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::todo,
        clippy::unimplemented,
        clippy::integer_division_remainder_used,
        clippy::float_arithmetic
    )
)]

pub mod encoding;
pub mod eq;
pub mod generators;
pub mod group;
pub mod kernels;
#[cfg(feature = "prove")]
pub mod random;

pub use ark_ec::{AdditiveGroup, AffineRepr, CurveGroup, PrimeGroup};
pub use ark_ff::{Field, One, PrimeField, Zero};

/// The field of every witness, weight and challenge: integers modulo the order of the curve's prime subgroup.
pub type Scalar = ark_ed_on_bls12_377::Fr;
/// The field of the curve's coordinates.
pub type Base = ark_ed_on_bls12_377::Fq;
/// A point of the curve by its coordinates.
pub type Affine = ark_ed_on_bls12_377::EdwardsAffine;
/// A point of the curve in extended coordinates, cheap to add.
pub type Projective = ark_ed_on_bls12_377::EdwardsProjective;
