//! Points of Edwards-BLS12 in a circuit: its base field is the field of the circuit.
//!
//! ```text
//! (x₁, y₁) + (x₂, y₂) = ( (x₁y₂ + y₁x₂)/(1 + d·t), (y₁y₂ + x₁x₂)/(1 − d·t) ),   t = x₁x₂y₁y₂,  d = 3021
//! ```
//!
//! The law is complete: d is no square, so no denominator is zero on the curve. An addition costs six constraints, a
//! constant point times two bits one more.

use crate::element::Element;
use crate::gadgets::Number;
use crate::r1cs::R1cs;
use intaglio_algebra::encoding::encode_point;
use intaglio_algebra::{AdditiveGroup, Affine, CurveGroup, Projective};
use snarkvm_curves::bls12_377::Fr;
use snarkvm_fields::{One, Zero};
use snarkvm_utilities::FromBytes;

/// Constraints of an addition.
pub const ADDITION: usize = 6;

/// A point, as its coordinates.
#[derive(Clone, Debug)]
pub struct Point {
    /// The first coordinate.
    pub x: Element,
    /// The second.
    pub y: Element,
}

/// The coordinates of a point of the core.
#[must_use]
pub fn coordinates(point: &Affine) -> [Fr; 2] {
    let bytes = encode_point(point);
    let (x, y) = bytes.split_at(32);
    [x, y].map(|half| Fr::read_le(half).unwrap_or_default())
}

impl Point {
    /// A constant.
    #[must_use]
    pub fn constant(point: &Affine) -> Self {
        let [x, y] = coordinates(point).map(Element::constant);
        Self { x, y }
    }

    /// A sum: [`ADDITION`] constraints.
    #[must_use]
    pub fn plus(&self, cs: &mut R1cs, other: &Self) -> Self {
        let one = Element::constant(Fr::one());
        let d = Fr::from(3021u128);
        let (beta, gamma) = (self.x.times(cs, &other.y), self.y.times(cs, &other.x));
        let both = self.x.plus(Fr::one(), &self.y).times(cs, &other.x.plus(Fr::one(), &other.y));
        let t = beta.times(cs, &gamma);
        let x = one.plus(d, &t).divide(cs, &beta.plus(Fr::one(), &gamma));
        let rest = both.plus(-Fr::one(), &beta).plus(-Fr::one(), &gamma);
        let y = one.plus(-d, &t).divide(cs, &rest);
        Self { x, y }
    }

    /// `(low + 2·high)·point` for a constant point: one constraint.
    fn selected(cs: &mut R1cs, point: Projective, low: &Number, high: &Number) -> Self {
        let [low, high] = [low, high].map(Element::number);
        let both = low.times(cs, &high);
        let multiples = [Projective::default(), point, point.double(), point.double() + point].map(|p| p.into_affine());
        let [zero, one, two, three] = multiples.map(|p| coordinates(&p));
        // the polynomial in both bits that takes these four values
        let pick = |i: usize| {
            let sum = Element::constant(zero[i]).plus(one[i] - zero[i], &low).plus(two[i] - zero[i], &high);
            sum.plus(three[i] - two[i] - one[i] + zero[i], &both)
        };
        Self { x: pick(0), y: pick(1) }
    }

    /// `self + Σ 2^i·bits_i·point` for a constant point: seven constraints for two bits.
    #[must_use]
    pub fn plus_multiple(self, cs: &mut R1cs, point: &Affine, bits: &[Number]) -> Self {
        let (mut sum, mut power) = (self, Projective::from(*point));
        let none = Number::constant(0);
        for pair in bits.chunks(2) {
            let own = Self::selected(cs, power, &pair[0], pair.get(1).unwrap_or(&none));
            sum = sum.plus(cs, &own);
            power = power.double().double();
        }
        sum
    }
}

impl Point {
    /// `Σ 2^i·bits_i·self` for a point of the run: fourteen constraints for a bit.
    ///
    /// # Soundness
    ///
    /// The point must be known to lie on the curve; nothing here asks for it.
    #[must_use]
    pub fn times(&self, cs: &mut R1cs, bits: &[Number]) -> Self {
        let one = Element::constant(Fr::one());
        let mut sum = Self { x: Element::constant(Fr::zero()), y: one.clone() };
        for bit in bits.iter().rev().map(Element::number) {
            sum = sum.plus(cs, &sum.clone());
            let x = self.x.times(cs, &bit);
            let y = self.y.plus(-Fr::one(), &one).times(cs, &bit).plus(Fr::one(), &one);
            sum = sum.plus(cs, &Self { x, y });
        }
        sum
    }
}

/// The neutral element's coordinates.
#[must_use]
pub fn neutral() -> [Fr; 2] {
    [Fr::zero(), Fr::one()]
}
