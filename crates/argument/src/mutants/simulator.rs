//! Accepting transcripts without a witness (`spec/security.md`, Theorems 4 and 5).
//!
//! ```text
//! rows, P, m, e, Z, ζ, u1   uniform
//! u0 = 𝒬(Z_op) + Z_σ + e⟨a,Z⟩ + e²a₀ − e·u1
//! T  = ⟨Z,(G‖K)⟩ + Z_σ·S + ζ·H − e·E
//! L, R, Z_fin               from Z, with honest challenges
//! ```
//!
//! The oracle is programmed at e and nowhere else.

use crate::closing::check::absorb_response;
use crate::closing::prove::Folding;
use crate::mutants::Oracle;
use crate::plan::Plan;
use crate::proof::Proof;
use crate::prove::ProveError;
use crate::statement::Statement;
use crate::system::Origin;
use crate::verify::combine;
use intaglio_algebra::encoding::encode_point;
use intaglio_algebra::random::random_scalars;
use intaglio_algebra::{Affine, Projective, Scalar, generators, group, kernels};

/// A simulated proof, and the oracle under which it is accepted.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// The proof.
    pub proof: Proof,
    /// e is programmed.
    pub oracle: Oracle,
}

/// Simulates a proof of `statement`, true or not.
///
/// # Errors
///
/// [`ProveError`] if the statement does not fit the plan, or without randomness.
pub fn simulate(plan: &Plan, statement: &Statement<'_>) -> Result<Simulated, ProveError> {
    let shape = plan.shape();
    let columns = 1usize << plan.system().column_vars();
    let mut proof = Proof {
        rows: uniform_points(shape.witness_rows)?,
        pads: uniform_points(1)?.first().copied().unwrap_or_default(),
        messages: random_scalars(shape.slots)?,
        mask: Affine::default(),
        cross: [Scalar::default(); 2],
        blind: Scalar::default(),
        operands: Vec::new(),
        sigma: Scalar::default(),
        folds: Vec::new(),
        tail: Vec::new(),
    };
    let on_columns = random_scalars(columns)?;
    let on_slots = random_scalars(shape.slots)?;
    let rest = random_scalars(4)?;
    let [e, zeta, sigma, u1] = [0, 1, 2, 3].map(|i| rest.get(i).copied().unwrap_or_default());
    let oracle = Oracle::Programmed { label: "closing.e", answer: e };

    let mut transcript = statement.open(plan)?.insecure_under(oracle.clone());
    let combined = combine(plan, statement, &mut transcript, &proof);
    let linear = kernels::dot(&combined.columns, &on_columns) + kernels::dot(&combined.slots, &on_slots);
    let u0 = combined.quadratic(&on_slots) + sigma + e * linear + e * e * combined.constant - e * u1;
    let response = group::msm(&generators::rows(columns), &on_columns)
        + group::msm(&generators::pads(shape.slots), &on_slots)
        + group::msm(&generators::special(), &[sigma, zeta]);
    let combination = all_rows(plan, statement, &proof.rows, &combined.rows) + proof.pads * combined.kappa;
    proof.mask = (response - combination * e).into();
    proof.cross = [u0, u1];
    proof.blind = zeta;
    proof.sigma = sigma;
    let pick =
        |slots: &[u32]| -> Vec<Scalar> { slots.iter().filter_map(|s| on_slots.get(*s as usize).copied()).collect() };
    proof.operands = pick(&shape.operands);

    transcript.absorb("closing.mask", &encode_point(&proof.mask));
    proof.cross.iter().for_each(|u| transcript.absorb_scalar("closing.cross", u));
    let programmed = transcript.challenge("closing.e");
    absorb_response(&mut transcript, &proof.blind, &proof.operands, &proof.sigma);
    let xi = transcript.challenge("closing.xi");
    let mut folded = on_columns;
    folded.extend(pick(&shape.plain));
    folded.resize(shape.response_len(), Scalar::default());
    let mut folding = Folding::new(plan, &combined, folded, xi * programmed);
    proof.folds = (0..shape.folds).map(|i| folding.fold(&mut transcript, i)).collect();
    proof.tail = folding.response;
    Ok(Simulated { proof, oracle })
}

/// Multiples of H: uniform in the subgroup.
fn uniform_points(count: usize) -> Result<Vec<Affine>, ProveError> {
    Ok(group::to_affine_batch(&generators::blind_base().scale_secret(&random_scalars(count)?)))
}

/// `Σ f_i·Row_i` over imported and witness rows.
fn all_rows(plan: &Plan, statement: &Statement<'_>, witness: &[Affine], coefficients: &[Scalar]) -> Projective {
    let mut imported = statement.imported.iter();
    let mut witness = witness.iter();
    let mut points = Vec::new();
    for (own, rows) in plan.system().groups().iter().zip(plan.group_rows()) {
        match own.origin {
            Origin::Imported => points.extend(imported.next().map_or(&[][..], |i| i.basis().points())),
            Origin::Witness => points.extend(witness.by_ref().take(*rows)),
        }
    }
    group::msm_points(&points, coefficients)
}
