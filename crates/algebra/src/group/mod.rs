//! Points: prepared bases, multi-scalar products, commitments to rows of integers.

#[cfg(test)]
mod agreement;
mod basis;
mod fixed;
mod portable;

pub use basis::Basis;
pub use fixed::FixedBase;

use crate::{AdditiveGroup, Affine, CurveGroup, Projective, Scalar, Zero, kernels};

/// `Σ scalars_j·basis_j`, variable time.
pub fn msm(basis: &Basis, scalars: &[Scalar]) -> Projective {
    msm_mixed(&[(basis, scalars)], &[], &[])
}

/// `Σ scalars_j·points_j` for points that are not prepared, variable time.
pub fn msm_points(points: &[Affine], scalars: &[Scalar]) -> Projective {
    msm_mixed(&[], points, scalars)
}

/// `Σ` over prepared bases and fresh points together, in one run of Pippenger's method. Variable time.
pub fn msm_mixed(parts: &[(&Basis, &[Scalar])], points: &[Affine], scalars: &[Scalar]) -> Projective {
    in_lanes(parts, points, scalars).unwrap_or_else(|| portable::msm_mixed(parts, points, scalars))
}

fn in_lanes(parts: &[(&Basis, &[Scalar])], points: &[Affine], scalars: &[Scalar]) -> Option<Projective> {
    let fresh = kernels::points::records(points)?;
    let mut all = Vec::with_capacity(parts.len() + 1);
    for (basis, scalars) in parts {
        all.push((basis.records()?, *scalars));
    }
    all.push((&fresh, scalars));
    kernels::points::msm(&all)
}

/// `Σ scalars_j·basis_j`, with no branch and no address that depends on the scalars.
///
/// For pads and masks; for many multiples of one point see [`FixedBase`]. Signed windows, masked selection from tables, complete addition.
pub fn msm_secret(basis: &Basis, scalars: &[Scalar]) -> Projective {
    let scalars = scalars.get(..basis.len()).unwrap_or(scalars);
    let in_lanes =
        basis.tables(scalars.len()).and_then(|(tables, skip)| kernels::points::msm_secret(&tables, skip, scalars));
    in_lanes.unwrap_or_else(|| portable::msm_secret(basis.points(), scalars))
}

/// `Σ_j row_j·basis_j` for each row of integers. Variable time in the cells.
#[must_use]
pub fn commit_rows(basis: &Basis, rows: &[&[i64]]) -> Vec<Projective> {
    let in_lanes = basis.records().and_then(|records| kernels::points::commit_rows(records, rows));
    in_lanes.unwrap_or_else(|| portable::commit_rows(basis.points(), rows))
}

/// The coordinates of many points at the price of one inversion.
#[must_use]
pub fn to_affine_batch(points: &[Projective]) -> Vec<Affine> {
    Projective::normalize_batch(points)
}

/// Whether `[4]·point` is the neutral element: the point is zero up to a part of small order.
#[must_use]
pub fn is_identity_times_cofactor(point: &Projective) -> bool {
    point.double().double().is_zero()
}
