//! Points whose coordinates remember where they came from.
//!
//! Two claims are merged, or two inner products batched, when their coordinates agree *in the schedule*: by the challenge
//! that they are, never by value.

use intaglio_algebra::{Field, One, Scalar, Zero};

/// Where a coordinate came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Name {
    /// The constant 0.
    Zero,
    /// The constant 1.
    One,
    /// The constant ½: summed over.
    Half,
    /// The `n`-th challenge of the proof.
    Challenge(u32),
}

/// One coordinate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coordinate {
    /// Its origin.
    pub name: Name,
    /// Its value.
    pub value: Scalar,
}

/// Coordinates, highest bit first.
pub type Point = Vec<Coordinate>;

/// ½ in the field.
#[must_use]
pub fn half() -> Scalar {
    Scalar::from(2u64).inverse().unwrap_or_else(Scalar::zero)
}

impl Coordinate {
    /// The constant 0.
    #[must_use]
    pub fn zero() -> Self {
        Self { name: Name::Zero, value: Scalar::zero() }
    }

    /// The constant 1.
    #[must_use]
    pub fn one() -> Self {
        Self { name: Name::One, value: Scalar::one() }
    }

    /// The constant ½.
    #[must_use]
    pub fn half() -> Self {
        Self { name: Name::Half, value: half() }
    }

    /// The bit `b` of an index.
    #[must_use]
    pub fn bit(b: bool) -> Self {
        if b { Self::one() } else { Self::zero() }
    }
}

/// The values of a point.
#[must_use]
pub fn values(point: &[Coordinate]) -> Vec<Scalar> {
    point.iter().map(|c| c.value).collect()
}

/// The origins of a point.
#[must_use]
pub fn names(point: &[Coordinate]) -> Vec<Name> {
    point.iter().map(|c| c.name).collect()
}

/// The last `n` coordinates.
#[must_use]
pub fn last(point: &[Coordinate], n: usize) -> &[Coordinate] {
    point.get(point.len().saturating_sub(n)..).unwrap_or(&[])
}

/// The first `n` coordinates.
#[must_use]
pub fn first(point: &[Coordinate], n: usize) -> &[Coordinate] {
    point.get(..n).unwrap_or(point)
}

/// `eq(bits of index, point)`: the weight of one cell, `index` written with `point.len()` bits.
#[must_use]
pub fn weight_of(index: u64, point: &[Coordinate]) -> Scalar {
    let n = point.len();
    let mut weight = Scalar::one();
    for (i, c) in point.iter().enumerate() {
        let shift = u32::try_from(n - 1 - i).unwrap_or(u32::MAX);
        let bit = index.checked_shr(shift).unwrap_or(0) & 1 == 1;
        weight *= if bit { c.value } else { Scalar::one() - c.value };
    }
    weight
}
