//! The verifier's one group equation.
//!
//! ```text
//! [4]·( Σ_j z_j B_j + ξ·e·<z, a_R>·Q
//!       − X·( T + e·Σ c_i Row_i + e·κ·P − ζ·H − <Z_Q, K_Q> − Z_σ·S + ξ·v·Q )
//!       − Σ_j w_j (L_j + x_j² R_j) ) = O
//! v = u0 + e·u1 − Z_σ − 𝒬(Z_Q) − e²·c' − e·<a_Q, Z_Q>
//! ```
//!
//! `B_R` is the row basis followed by the pad basis in plain slots; `X` is the product of the fold challenges.

use super::Combined;
use crate::plan::Plan;
use crate::proof::Proof;
use crate::statement::ImportedRows;
use crate::transcript::Transcript;
use intaglio_algebra::{Affine, One, Scalar, generators, group};

/// The closing equation does not hold: some equation of the schedule is false, or the opening is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the closing equation does not hold")]
pub struct ClosingError;

/// Checks the closing argument of `proof` for the combined equation.
///
/// # Errors
///
/// [`ClosingError`] if the group equation fails.
pub fn check(
    transcript: &mut Transcript,
    plan: &Plan,
    combined: &Combined,
    imported: &[ImportedRows],
    proof: &Proof,
) -> Result<(), ClosingError> {
    let shape = plan.shape();
    transcript.absorb("closing.mask", &intaglio_algebra::encoding::encode_point(&proof.mask));
    proof.cross.iter().for_each(|u| transcript.absorb_scalar("closing.cross", u));
    let e = transcript.challenge("closing.e");
    absorb_response(transcript, &proof.blind, &proof.operands, &proof.sigma);
    let xi = transcript.challenge("closing.xi");
    let folds = fold_challenges(transcript, &proof.folds);

    let mut shown = vec![Scalar::default(); shape.slots];
    let mut linear = Scalar::default();
    for (slot, z) in shape.operands.iter().zip(&proof.operands) {
        if let Some(s) = shown.get_mut(*slot as usize) {
            *s = *z;
        }
        linear += *z * combined.slots.get(*slot as usize).copied().unwrap_or_default();
    }
    let [u0, u1] = proof.cross;
    let v = u0 + e * u1 - proof.sigma - combined.quadratic(&shown) - e * e * combined.constant - e * linear;

    // z over the row basis, then over the pad basis; a shown operand is subtracted from the other side
    let response = expand(&folds, &proof.tail);
    let scale: Scalar = folds.iter().product();
    let num_columns = 1usize << plan.system().column_vars();
    let on_rows = response.get(..num_columns).unwrap_or(&[]);
    let on_plain = response.get(num_columns..).unwrap_or(&[]);
    let mut functional = intaglio_algebra::kernels::dot(on_rows, &combined.columns);
    let mut on_pads: Vec<Scalar> = shown.iter().map(|z| scale * z).collect();
    for (slot, z) in shape.plain.iter().zip(on_plain) {
        functional += *z * combined.slots.get(*slot as usize).copied().unwrap_or_default();
        if let Some(s) = on_pads.get_mut(*slot as usize) {
            *s = *z;
        }
    }

    let on_product = xi * e * functional - scale * xi * v;
    let (points, scalars) = fresh_points(plan, combined, proof, &folds, e, scale);
    let mut parts = Vec::with_capacity(imported.len() + 5);
    let rows = generators::rows(num_columns);
    let pads = generators::pads(shape.slots);
    let special = generators::special();
    let special_scalars = [scale * proof.sigma, scale * proof.blind, on_product];
    parts.push((&*rows, on_rows));
    parts.push((&*pads, on_pads.as_slice()));
    parts.push((&*special, special_scalars.as_slice()));
    let imported_scalars = split_imported(plan, combined, -(scale * e));
    for (rows, scalars) in imported.iter().zip(&imported_scalars) {
        parts.push((rows.basis(), scalars.as_slice()));
    }
    let sum = group::msm_mixed(&parts, &points, &scalars);
    if group::is_identity_times_cofactor(&sum) { Ok(()) } else { Err(ClosingError) }
}

/// Binds ζ, Z_Q and Z_σ.
pub(crate) fn absorb_response(transcript: &mut Transcript, blind: &Scalar, operands: &[Scalar], sigma: &Scalar) {
    transcript.absorb_scalar("closing.blind", blind);
    operands.iter().for_each(|z| transcript.absorb_scalar("closing.operand", z));
    transcript.absorb_scalar("closing.sigma", sigma);
}

/// Binds one pair `L, R` and draws its challenge.
pub(super) fn fold_challenge(transcript: &mut Transcript, index: usize, pair: &[Affine; 2]) -> Scalar {
    for point in pair {
        transcript.absorb("closing.fold", &intaglio_algebra::encoding::encode_point(point));
    }
    transcript.challenge(&format!("closing.fold.{index}"))
}

fn fold_challenges(transcript: &mut Transcript, folds: &[[Affine; 2]]) -> Vec<Scalar> {
    folds.iter().enumerate().map(|(i, pair)| fold_challenge(transcript, i, pair)).collect()
}

/// `z_{b·m' + i} = s_b·tail_i`, `s_b` the product of the fold challenges whose bit of `b` selects the low half.
fn expand(folds: &[Scalar], tail: &[Scalar]) -> Vec<Scalar> {
    let mut weights = vec![Scalar::one()];
    for x in folds {
        weights = weights.iter().flat_map(|w| [*w * x, *w]).collect();
    }
    weights.iter().flat_map(|w| tail.iter().map(move |z| *w * z)).collect()
}

/// The points of the proof with their scalars: witness rows, P, T, and every L, R.
fn fresh_points(
    plan: &Plan,
    combined: &Combined,
    proof: &Proof,
    folds: &[Scalar],
    e: Scalar,
    scale: Scalar,
) -> (Vec<Affine>, Vec<Scalar>) {
    let mut points = Vec::with_capacity(proof.rows.len() + 2 + 2 * folds.len());
    let mut scalars = Vec::with_capacity(points.capacity());
    let mut push = |point: &Affine, scalar: Scalar| {
        points.push(*point);
        scalars.push(scalar);
    };
    for (point, c) in proof.rows.iter().zip(witness_coefficients(plan, combined)) {
        push(point, -(scale * e * c));
    }
    push(&proof.pads, -(scale * e * combined.kappa));
    push(&proof.mask, -scale);
    let mut later = Scalar::one();
    for (x, [left, right]) in folds.iter().zip(&proof.folds).rev() {
        push(left, -later);
        push(right, -(later * x * x));
        later *= x;
    }
    (points, scalars)
}

/// Row coefficients of each group with its rows.
fn group_coefficients<'a>(
    plan: &'a Plan,
    combined: &'a Combined,
) -> impl Iterator<Item = (crate::system::Origin, &'a [Scalar])> {
    let mut start = 0;
    plan.system().groups().iter().zip(plan.group_rows()).map(move |(group, rows)| {
        let own = combined.rows.get(start..start + rows).unwrap_or(&[]);
        start += rows;
        (group.origin, own)
    })
}

fn witness_coefficients<'a>(plan: &'a Plan, combined: &'a Combined) -> impl Iterator<Item = Scalar> + 'a {
    group_coefficients(plan, combined)
        .filter(|(origin, _)| *origin == crate::system::Origin::Witness)
        .flat_map(|(_, c)| c.iter().copied())
}

fn split_imported(plan: &Plan, combined: &Combined, weight: Scalar) -> Vec<Vec<Scalar>> {
    group_coefficients(plan, combined)
        .filter(|(origin, _)| *origin == crate::system::Origin::Imported)
        .map(|(_, c)| c.iter().map(|c| weight * c).collect())
        .collect()
}
