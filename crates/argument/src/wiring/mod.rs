//! Wired views: one sum moves every claim on a view to its committed tensor.
//!
//! ```text
//! view(q) = Σ_b A(q, b)·t(b),   A(q, b) = Σ_a eq(q, a)·weight(a, b)   public and sparse
//! Σ_l δ^l view_l(q_l) = Σ_t Σ_b (Σ_l δ^l A_l(q_l, b))·t(b)            one term a tensor, SUM(½)
//! ```
//!
//! # Soundness
//!
//! `(claims − 1 + 2·rounds)/r`; δ is drawn after the last claim (spec/security.md, Lemma 8).

#[cfg(feature = "prove")]
pub mod prove;

use crate::form::Form;
use crate::party::{Ask, Party, Slot, Sum};
use crate::plan::Plan;
use crate::point::{Coordinate, Point, half, last, values};
use crate::schedule::{Claims, TensorClaim};
use crate::sumcheck;
use crate::system::{AxisMap, Factor, SourceId, SourceKind, TensorId, Wiring};
use intaglio_algebra::{Field, One, Scalar, Zero, eq::eq_table};

/// Runs all open wiring claims; each target tensor gets one claim.
pub fn run<P: Party>(party: &mut P, plan: &Plan, claims: &mut Claims) {
    let open = claims.take_wired();
    if open.is_empty() {
        return;
    }
    let delta = party.challenge("wiring.delta").value;
    let mut targets: Vec<TensorId> = Vec::new();
    let mut claim = Form::default();
    let mut weight = Scalar::one();
    for c in &open {
        let Some((tensor, _)) = wired(plan, c.source) else { continue };
        if !targets.contains(&tensor) {
            targets.push(tensor);
        }
        claim.add(weight * half().pow([plan.tensor_vars(tensor) as u64]), &c.form);
        weight *= delta;
    }
    let tau: Point = vec![Coordinate::half(); targets.iter().map(|t| plan.tensor_vars(*t)).max().unwrap_or(0)];
    let named: Vec<(SourceId, Vec<Coordinate>)> = open.iter().map(|c| (c.source, c.point.clone())).collect();
    party.begin(Sum::Wiring { claims: &named, targets: &targets, delta }, &tau);
    let (point, claim) = sumcheck::run(party, "wiring", &tau, claim);

    let mut end = claim.negated();
    for (index, tensor) in targets.iter().enumerate() {
        let at = last(&point, plan.tensor_vars(*tensor));
        let mut public = Scalar::zero();
        let mut weight = Scalar::one();
        for (source, q) in &named {
            if let Some((t, wiring)) = wired(plan, *source) {
                if t == *tensor {
                    public += weight * evaluate(wiring, q, at);
                }
                weight *= delta;
            }
        }
        let form = party.scalar(&format!("wiring.target.{index}"), Slot::Plain, Ask::Factor(index, true));
        end.add(public, &form);
        claims.push_tensor(TensorClaim { tensor: *tensor, point: at.to_vec(), form });
    }
    party.equation("wiring", Vec::new(), end);
}

fn wired(plan: &Plan, source: SourceId) -> Option<(TensorId, &Wiring)> {
    match plan.system().sources().get(source.0 as usize).map(|s| &s.kind) {
        Some(SourceKind::Wired { tensor, wiring }) => Some((*tensor, wiring)),
        _ => None,
    }
}

fn coordinates(point: &[Coordinate], positions: &[usize]) -> Vec<Coordinate> {
    positions.iter().map(|&i| point.get(i).copied().unwrap_or_else(Coordinate::zero)).collect()
}

/// `A(q, t)`: the wiring polynomial at a point of the view and a point of the tensor.
///
/// # Cost
///
/// One addition for each entry, one product for each cell of the view's sparse axes.
#[must_use]
pub fn evaluate(wiring: &Wiring, view: &[Coordinate], tensor: &[Coordinate]) -> Scalar {
    let mut product = Scalar::one();
    for factor in &wiring.factors {
        let q = coordinates(view, &factor.view);
        let t = coordinates(tensor, &factor.tensor);
        product *= match &factor.map {
            AxisMap::Identity => intaglio_algebra::eq::eq_at(&values(&q), &values(&t)),
            AxisMap::Sparse(_) => evaluate_sparse(factor, &values(&q), &values(&t)),
        };
    }
    product
}

fn evaluate_sparse(factor: &Factor, q: &[Scalar], t: &[Scalar]) -> Scalar {
    let AxisMap::Sparse(entries) = &factor.map else { return Scalar::zero() };
    let view = eq_table(q);
    let tensor = eq_table(t);
    let mut total = Scalar::zero();
    let mut row = Scalar::zero();
    let mut current = None;
    for entry in entries {
        if current != Some(entry.view) {
            if let Some(previous) = current {
                total += row * view.get(previous as usize).copied().unwrap_or_default();
            }
            current = Some(entry.view);
            row = Scalar::zero();
        }
        let cell = tensor.get(entry.tensor as usize).copied().unwrap_or_default();
        row += if entry.weight == 1 { cell } else { cell * intaglio_algebra::encoding::small(entry.weight) };
    }
    if let Some(previous) = current {
        total += row * view.get(previous as usize).copied().unwrap_or_default();
    }
    total
}
