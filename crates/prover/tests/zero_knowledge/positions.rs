//! A proof as a list of named 16-bit values: its scalars mod 2^16, its points hashed, and what a candidate makes of it.

use crate::tiny::shown;
use intaglio_algebra::encoding::{encode_point, encode_scalar};
use intaglio_algebra::{Affine, AffineRepr, Scalar};
use intaglio_argument::mutants::Recovered;
use intaglio_argument::proof::Proof;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The low bits of a scalar.
pub fn of_scalar(scalar: &Scalar) -> u64 {
    let bytes = encode_scalar(scalar);
    u64::from_le_bytes(std::array::from_fn(|i| bytes[i]))
}

/// A hash of a point; zero for the neutral element.
pub fn of_point(point: &Affine) -> u64 {
    if point.is_zero() {
        return 0;
    }
    let mut hasher = DefaultHasher::new();
    encode_point(point).hash(&mut hasher);
    hasher.finish()
}

/// Everything that a proof shows.
pub fn raw(proof: &Proof) -> Vec<(String, u64)> {
    let mut all: Vec<(String, u64)> = shown(proof).into_iter().map(|(name, s)| (name, of_scalar(&s))).collect();
    let points = proof.rows.iter().chain([&proof.pads, &proof.mask]).chain(proof.folds.iter().flatten());
    all.extend(points.enumerate().map(|(i, p)| (format!("point {i}"), of_point(p))));
    all
}

/// The randomness that a candidate would have used.
pub fn recovered(by: &str, found: &Recovered) -> Vec<(String, u64)> {
    let scalars = [("pad", &found.pads[..]), ("σ", &[found.sigma]), ("t_σ", &[found.mask_sigma]), ("t", &found.masks)];
    let mut all = Vec::new();
    for (name, list) in scalars {
        all.extend(list.iter().enumerate().map(|(i, s)| (format!("{name} {i} by {by}"), of_scalar(s))));
    }
    all.extend(found.blinding.iter().enumerate().map(|(i, p)| (format!("blinding {i} by {by}"), of_point(p))));
    all
}

/// The values, without names, mod 2^16.
pub fn short(list: &[(String, u64)]) -> Vec<u16> {
    list.iter().map(|(_, v)| *v as u16).collect()
}

/// The names alone.
pub fn names(list: &[(String, u64)]) -> Vec<String> {
    list.iter().map(|(name, _)| name.clone()).collect()
}
