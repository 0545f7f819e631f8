//! From the core's committed outputs to Aleo: a row is a point of Aleo's own group.
//!
//! ```text
//! row = Σ cell_j·G_j + ρ·H          Aleo writes a point of the prime-order subgroup as its x-coordinate
//! ```
//!
//! The circuit of an opening says: I know cells and ρ behind this row, and each cell lies between its public bounds. Nothing
//! else of them is told.

use crate::edwards::{Point, coordinates};
use crate::gadgets::{Misfit, Number, bits, loose_bits};
use crate::r1cs::{R1cs, Value, Wire};
use intaglio_algebra::encoding::{decode_point, encode_scalar, in_subgroup};
use intaglio_algebra::{Affine, Scalar, generators};
use snarkvm_curves::bls12_377::Fr;
use snarkvm_curves::edwards_bls12::EdwardsAffine;
use snarkvm_curves::{AffineCurve, ProjectiveCurve};
use snarkvm_utilities::ToBytes;
use std::str::FromStr;

/// Most cells of a row that is opened in a circuit.
pub const MAX_CELLS: usize = 4;
/// Bits of a cell, its sign included.
pub const CELL_BITS: u32 = 16;
/// Bits of a blind.
const BLIND_BITS: u32 = 251;

/// Why a point has no place on the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BridgeError {
    /// No canonical point of the curve.
    #[error("these bytes are no canonical point of the curve")]
    Point,
    /// A part of small order: Aleo's group has no such point.
    #[error("the point has a part of small order, which Aleo's group does not know")]
    SmallOrder,
    /// No group literal.
    #[error(
        "this is no group literal: an x-coordinate in decimal of a point of the prime-order subgroup, then 'group'"
    )]
    Literal,
    /// More cells or wider ones than a circuit opens.
    #[error("a circuit opens rows of at most {MAX_CELLS} cells of {CELL_BITS} bits")]
    Size,
    /// A cell does not lie between its bounds.
    #[error("a cell does not lie between its bounds")]
    Bounds,
}

impl From<Misfit> for BridgeError {
    fn from(_: Misfit) -> Self {
        Self::Bounds
    }
}

/// The group literal of a row's 64 bytes.
///
/// # Errors
///
/// [`BridgeError`] if it is no point of the prime-order subgroup.
pub fn to_group(bytes: &[u8; 64]) -> Result<String, BridgeError> {
    let point = decode_point(bytes).map_err(|_| BridgeError::Point)?;
    if !in_subgroup(&point) {
        return Err(BridgeError::SmallOrder);
    }
    Ok(format!("{}group", coordinates(&point)[0]))
}

/// The 64 bytes of a group literal. Of the two points with an x-coordinate one lies in the subgroup.
///
/// # Errors
///
/// [`BridgeError::Literal`].
pub fn from_group(literal: &str) -> Result<[u8; 64], BridgeError> {
    let digits = literal.strip_suffix("group").ok_or(BridgeError::Literal)?;
    let x = Fr::from_str(digits).map_err(|_| BridgeError::Literal)?;
    if x.to_string() != digits {
        return Err(BridgeError::Literal);
    }
    let on_curve = [false, true].into_iter().filter_map(|greatest| EdwardsAffine::from_x_coordinate(x, greatest));
    let point = on_curve.into_iter().find(|p| p.to_projective().to_affine().is_in_correct_subgroup_assuming_on_curve());
    let point = point.ok_or(BridgeError::Literal)?;
    let mut bytes = [0; 64];
    for (half, coordinate) in bytes.chunks_mut(32).zip([point.x, point.y]) {
        half.copy_from_slice(&coordinate.to_bytes_le().map_err(|_| BridgeError::Literal)?);
    }
    Ok(bytes)
}

/// What is known of a committed row, and what shall be told.
pub struct Opening<'a> {
    /// Cells in order, padding included: all columns that the row has.
    pub cells: &'a [i64],
    /// ρ.
    pub blind: Scalar,
    /// Bounds of each cell, both ends included: all of 16 bits where nothing shall be told.
    pub bounds: &'a [(i64, i64)],
    /// What the verifier wants bound.
    pub context: Fr,
}

/// The row that an opening is of.
pub fn row(cells: &[i64], blind: Scalar) -> Affine {
    let columns = generators::rows(cells.len());
    let scalars: Vec<Scalar> = cells.iter().map(|c| intaglio_algebra::encoding::small(*c)).collect();
    let sum = intaglio_algebra::group::msm(&columns, &scalars) + generators::blind() * blind;
    sum.into()
}

/// The circuit of an opening. Public values: x-coordinate of the row, context, both bounds of each cell.
///
/// # Errors
///
/// [`BridgeError::Size`] or [`BridgeError::Bounds`].
pub fn synthesise(opening: &Opening<'_>) -> Result<R1cs, BridgeError> {
    let Opening { cells, blind, bounds, context } = *opening;
    let half = 1i64 << (CELL_BITS - 1);
    let inside = |v: &i64| (-half..half).contains(v);
    let fit = bounds.iter().all(|(lo, hi)| inside(lo) && inside(hi)) && cells.iter().all(inside);
    if cells.is_empty() || cells.len() > MAX_CELLS || bounds.len() != cells.len() || !fit {
        return Err(BridgeError::Size);
    }
    let [x, _] = coordinates(&row(cells, blind));
    let mut publics = vec![Value::Field(x), Value::Field(context)];
    publics.extend(bounds.iter().flat_map(|(lo, hi)| [*lo, *hi]).map(|v| Value::Number(v.into())));
    let mut cs = R1cs::new(publics);
    // every cell is known by its bits, with 2^15 added: a constant point takes that off again
    let offset: Vec<i64> = vec![-half; cells.len()];
    let mut sum = Point::constant(&row(&offset, Scalar::default()));
    let columns = generators::rows(cells.len());
    for (index, cell) in cells.iter().enumerate() {
        let raw = bits_of(&mut cs, i128::from(*cell + half), CELL_BITS);
        let number =
            raw.iter().enumerate().fold(Number::constant(-i128::from(half)), |sum, (i, bit)| sum.plus(1 << i, bit));
        let place = 3 + 2 * index as u32;
        let (lo, hi) = bounds[index];
        let [lo, hi] = [(place, lo), (place + 1, hi)].map(|(wire, v)| Number::wire(Wire(wire), v.into()));
        bits(&mut cs, &number.plus(-1, &lo), CELL_BITS)?;
        bits(&mut cs, &hi.plus(-1, &number), CELL_BITS)?;
        sum = sum.plus_multiple(&mut cs, &columns.points()[index], &raw);
    }
    let bytes = encode_scalar(&blind);
    let digits: Vec<Number> =
        (0..BLIND_BITS as usize).map(|i| loose_bits(&mut cs, i128::from(bytes[i / 8] >> (i % 8) & 1), 1)).collect();
    sum = sum.plus_multiple(&mut cs, &generators::blind(), &digits);
    sum.x.state(&mut cs, Wire(1));
    Ok(cs)
}

fn bits_of(cs: &mut R1cs, value: i128, n: u32) -> Vec<Number> {
    (0..n).map(|i| loose_bits(cs, value >> i & 1, 1)).collect()
}
