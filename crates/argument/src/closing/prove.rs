//! The prover's half of the closing argument.
//!
//! ```text
//! T = <t, (G‖K)> + τ_t·H,   u0 = 𝒬(t_Q) + t_σ,   u1 = B(t_Q, p̂_Q) + <a, t> + p̂_σ
//! Z = t + e·X,  ζ = τ_t + e·ρ_E;   then Z_R is folded k times
//! ```

use super::Combined;
use super::check::{absorb_response, fold_challenge};
use crate::plan::Plan;
use crate::prove::Parts;
use crate::transcript::Transcript;
use intaglio_algebra::encoding::encode_point;
use intaglio_algebra::{Affine, One, Scalar, generators, group, kernels};
use zeroize::Zeroizing;

/// What the response is made of.
pub(crate) struct Secrets<'a> {
    /// `x = Σ c_i·row_i`.
    pub(crate) row: Zeroizing<Vec<Scalar>>,
    /// Pads and masks.
    pub(crate) random: &'a Parts<'a>,
    /// `ρ_E`.
    pub(crate) row_blind: Scalar,
    /// What a forger does otherwise.
    #[cfg(feature = "mutants")]
    pub(crate) deviation: &'a crate::mutants::Deviation<'a>,
}

/// The closing messages.
pub(crate) struct Closed {
    pub(crate) mask: Affine,
    pub(crate) cross: [Scalar; 2],
    pub(crate) blind: Scalar,
    pub(crate) operands: Vec<Scalar>,
    pub(crate) sigma: Scalar,
    pub(crate) folds: Vec<[Affine; 2]>,
    pub(crate) tail: Vec<Scalar>,
    /// What the scalar equation leaves.
    #[cfg(feature = "mutants")]
    pub(crate) residual: Scalar,
}

/// Closes a proof. `t` never leaves but inside `Z`.
pub(crate) fn close(transcript: &mut Transcript, plan: &Plan, combined: &Combined, secrets: &Secrets<'_>) -> Closed {
    let shape = plan.shape();
    let num_columns = secrets.row.len();
    let Parts { mask_columns: t_row, mask_slots: t_pads, mask_special, .. } = *secrets.random;
    let masked_pads = Zeroizing::new(secrets.random.pads.iter().map(|p| combined.kappa * p).collect::<Vec<_>>());
    let (pads, sigma) = masked_pads.split_at(shape.slots);
    let sigma = sigma.first().copied().unwrap_or_default();

    let point = group::msm_secret(&generators::rows(num_columns), t_row)
        + group::msm_secret(&generators::pads(shape.slots), t_pads)
        + group::msm_secret(&generators::special(), mask_special);
    let mask = group::to_affine_batch(&[point]).first().copied().unwrap_or_default();
    let u0 = mask_special.iter().take(1).fold(combined.quadratic(t_pads), |sum, t| sum + t);
    let u1 = combined.polar(t_pads, pads)
        + kernels::dot(&combined.columns, t_row)
        + kernels::dot(&combined.slots, t_pads)
        + sigma;
    #[cfg(feature = "mutants")]
    let (mask, u0) = (secrets.deviation.late_mask(mask), u0 + secrets.deviation.lie("closing.cross"));
    transcript.absorb("closing.mask", &encode_point(&mask));
    [u0, u1].iter().for_each(|u| transcript.absorb_scalar("closing.cross", u));
    let e = transcript.challenge("closing.e");

    let respond = |t: &[Scalar], x: &[Scalar]| -> Vec<Scalar> { t.iter().zip(x).map(|(t, x)| *t + e * x).collect() };
    let on_row = respond(t_row, &secrets.row);
    #[cfg(feature = "mutants")]
    let on_row = secrets.deviation.late_response(on_row);
    let on_pads = respond(t_pads, pads);
    let on_special = respond(mask_special, &[sigma, secrets.row_blind]);
    let [sigma, blind] = [0, 1].map(|i| on_special.get(i).copied().unwrap_or_default());
    let pick =
        |slots: &[u32]| -> Vec<Scalar> { slots.iter().filter_map(|s| on_pads.get(*s as usize).copied()).collect() };
    let operands = pick(&shape.operands);
    absorb_response(transcript, &blind, &operands, &sigma);
    let xi = transcript.challenge("closing.xi");
    #[cfg(feature = "mutants")]
    let residual = {
        let linear = kernels::dot(&combined.columns, &on_row) + kernels::dot(&combined.slots, &on_pads);
        u0 + e * u1 - sigma - combined.quadratic(&on_pads) - e * e * combined.constant - e * linear
    };

    let mut response = on_row;
    response.extend(pick(&shape.plain));
    response.resize(shape.response_len(), Scalar::default());
    let mut folding = Folding::new(plan, combined, response, xi * e);
    #[cfg(feature = "mutants")]
    {
        folding.first_left = secrets.deviation.lie("closing.fold");
    }
    let folds = (0..shape.folds).map(|i| folding.fold(transcript, i)).collect();
    Closed {
        mask,
        cross: [u0, u1],
        blind,
        operands,
        sigma,
        folds,
        tail: folding.response,
        #[cfg(feature = "mutants")]
        residual,
    }
}

/// The response as it is folded; the basis stays in its original points, with weights.
pub(crate) struct Folding<'a> {
    plan: &'a Plan,
    pub(crate) response: Vec<Scalar>,
    /// `ξ·e·a` in the order of the response.
    functional: Vec<Scalar>,
    /// Weight of each block of the original basis.
    weights: Vec<Scalar>,
    /// A part of the first L on the inner-product generator that does not belong there.
    #[cfg(feature = "mutants")]
    first_left: Scalar,
}

impl<'a> Folding<'a> {
    pub(crate) fn new(plan: &'a Plan, combined: &Combined, response: Vec<Scalar>, scale: Scalar) -> Self {
        let slots = plan.shape().plain.iter().filter_map(|s| combined.slots.get(*s as usize));
        let mut functional: Vec<Scalar> = combined.columns.iter().chain(slots).map(|a| scale * a).collect();
        functional.resize(response.len(), Scalar::default());
        Self {
            plan,
            response,
            functional,
            weights: vec![Scalar::one()],
            #[cfg(feature = "mutants")]
            first_left: Scalar::default(),
        }
    }

    /// `L = <Z_lo, B'_hi>`, `R = <Z_hi, B'_lo>`, then `Z ← Z_lo + x·Z_hi`, `B' ← x·B'_lo + B'_hi`.
    pub(crate) fn fold(&mut self, transcript: &mut Transcript, index: usize) -> [Affine; 2] {
        let half = self.response.len() >> 1;
        let (low, high) = self.response.split_at(half);
        let (left, right) = rayon::join(|| self.product(low, true), || self.product(high, false));
        #[cfg(feature = "mutants")]
        let left = left + crate::mutants::on_product(std::mem::take(&mut self.first_left));
        let points = group::to_affine_batch(&[left, right]);
        let pair = [0, 1].map(|i| points.get(i).copied().unwrap_or_default());
        let x = fold_challenge(transcript, index, &pair);
        self.response = low.iter().zip(high).map(|(l, h)| *l + x * h).collect();
        self.weights = self.weights.iter().flat_map(|w| [*w * x, *w]).collect();
        pair
    }

    /// `<z, half of B'>` over the original points.
    fn product(&self, z: &[Scalar], upper: bool) -> intaglio_algebra::Projective {
        let len = 2 * z.len();
        let mut scalars = vec![Scalar::default(); self.functional.len()];
        for (block, weight) in self.weights.iter().enumerate() {
            let start = block * len + if upper { z.len() } else { 0 };
            scalars.iter_mut().skip(start).zip(z).for_each(|(s, z)| *s = *weight * z);
        }
        let on_product = kernels::dot(&scalars, &self.functional);
        let columns = 1usize << self.plan.system().column_vars();
        let shape = self.plan.shape();
        let mut on_pads = vec![Scalar::default(); shape.slots];
        for (slot, s) in shape.plain.iter().zip(scalars.iter().skip(columns)) {
            if let Some(p) = on_pads.get_mut(*slot as usize) {
                *p = *s;
            }
        }
        let rows = generators::rows(columns);
        let pads = generators::pads(shape.slots);
        let special = generators::special();
        let on_special = [Scalar::default(), Scalar::default(), on_product];
        let parts = [
            (&*rows, scalars.get(..columns).unwrap_or(&[])),
            (&*pads, on_pads.as_slice()),
            (&*special, on_special.as_slice()),
        ];
        group::msm_mixed(&parts, &[], &[])
    }
}
