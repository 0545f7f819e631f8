//! Column reduction: every claim on a committed tensor becomes one evaluation of one combined row.
//!
//! ```text
//! claim j      Σ_i a_j(i)·<row_i, e_j> = v_j            a_j, e_j tensor products
//! merge        claims with one e, by powers of ν drawn after all v_j
//! sum          Σ_k δ^k <y_k, e_k> = Σ_k δ^k v_k          y_k = Σ_i a_k(i)·row_i, over column coordinates
//! end          ŷ_k = y_k(r);   Σ_k δ^k e_k(r)·ŷ_k = claim
//! opening      <eq(r,·), Σ_i c_i·row_i> = Σ_k μ^k ŷ_k,   c_i = Σ_k μ^k a_k(i)
//! ```
//!
//! # Soundness
//!
//! `(Σ(g−1) + 2(J−1) + 2·log C)/r` for J merged claims of g members each (spec/security.md, Lemma 9).

#[cfg(feature = "prove")]
pub mod prove;

use crate::form::Form;
use crate::party::{Ask, Party, Slot, Sum};
use crate::plan::Plan;
use crate::point::{Coordinate, Point, first, half, last, names, values};
use crate::rules::Check;
use crate::schedule::TensorClaim;
use crate::sumcheck;
use crate::system::TensorId;
use intaglio_algebra::eq::{eq_at, eq_table};
use intaglio_algebra::{Field, One, Scalar};

/// Claims with one column vector, merged by powers of ν.
#[derive(Clone, Debug)]
pub struct Merged {
    /// The coordinates of the column vector `e`, `log C` of them.
    pub columns: Point,
    /// `(first row, weights of the rows from there)`, overlapping segments add.
    pub rows: Vec<(usize, Vec<Scalar>)>,
    /// `Σ ν^i v_i`.
    pub value: Form,
}

/// The last equation: `<eq(point, ·), Σ coefficients·rows> + form = 0`.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The weight of each row, imported and witness, in order of groups.
    pub coefficients: Vec<Scalar>,
    /// The column point `r`.
    pub point: Point,
    /// `−Σ μ^k ŷ_k`.
    pub form: Form,
}

/// Discharges all claims.
pub(crate) fn run<P: Party>(party: &mut P, plan: &Plan, claims: Vec<TensorClaim>) -> Opening {
    let nu = party.challenge("columns.nu").value;
    let merged = merge(plan, claims, nu);
    let delta = party.challenge("columns.delta").value;
    let tau: Point = vec![Coordinate::half(); plan.system().column_vars()];
    let mut claim = Form::default();
    let mut weight = half().pow([tau.len() as u64]);
    for m in &merged {
        claim.add(weight, &m.value);
        weight *= delta;
    }
    party.begin(Sum::Columns { merged: &merged, delta }, &tau);
    let (point, claim) = sumcheck::run(party, "columns", &tau, claim);

    let at = values(&point);
    let mut end = claim.negated();
    let mut weight = Scalar::one();
    let mut evaluations = Vec::with_capacity(merged.len());
    for (k, m) in merged.iter().enumerate() {
        let y = party.scalar(&format!("columns.row.{k}"), Slot::Plain, Ask::Factor(k, false));
        end.add(weight * eq_at(&values(&m.columns), &at), &y);
        weight *= delta;
        evaluations.push(y);
    }
    party.equation("columns", Vec::new(), end);
    combine(party, plan, &merged, &evaluations, point)
}

/// Draws μ and combines rows and evaluations.
fn combine<P: Party>(party: &mut P, plan: &Plan, merged: &[Merged], evaluations: &[Form], point: Point) -> Opening {
    let mu = party.challenge("columns.mu").value;
    let mut coefficients = vec![Scalar::default(); plan.num_rows()];
    let mut form = Form::default();
    let mut weight = Scalar::one();
    for (m, y) in merged.iter().zip(evaluations) {
        form.add(-weight, y);
        for (start, weights) in &m.rows {
            for (c, w) in coefficients.iter_mut().skip(*start).zip(weights) {
                *c += weight * w;
            }
        }
        weight *= mu;
    }
    Opening { coefficients, point, form }
}

/// Whether the claims on a tensor reach the rows.
fn is_discharged(plan: &Plan, tensor: TensorId) -> bool {
    let own = plan.system().tensors().get(tensor.0 as usize);
    own.is_none_or(|t| plan.rules().has(Check::Claims(&t.name)))
}

/// Merges claims whose column coordinates are the same in the schedule.
fn merge(plan: &Plan, claims: Vec<TensorClaim>, nu: Scalar) -> Vec<Merged> {
    let mut merged: Vec<(Merged, Scalar)> = Vec::new();
    for TensorClaim { tensor, point, form } in claims {
        let Some(place) = plan.place(tensor).filter(|_| is_discharged(plan, tensor)) else { continue };
        let columns: Point = place
            .prefix(plan.system().column_vars())
            .chain(last(&point, place.column_vars()).iter().copied())
            .collect();
        let high = first(&point, point.len() - place.column_vars());
        let key = names(&columns);
        let (group, weight) = match merged.iter().position(|(m, _)| names(&m.columns) == key) {
            Some(index) => match merged.get_mut(index) {
                Some((m, w)) => (m, w),
                None => continue,
            },
            None => {
                merged.push((Merged { columns, rows: Vec::new(), value: Form::default() }, Scalar::one()));
                match merged.last_mut() {
                    Some((m, w)) => (m, w),
                    None => continue,
                }
            }
        };
        group.value.add(*weight, &form);
        let rows = eq_table(&values(high)).into_iter().map(|e| e * *weight).collect();
        group.rows.push((place.first_row(), rows));
        *weight *= nu;
    }
    merged.into_iter().map(|(m, _)| m).collect()
}
