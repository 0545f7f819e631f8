//! Inner products and elementwise products, in batches that share their eq point.
//!
//! ```text
//! acc(z) = Σ_b eq(z_shared, b) Σ_k left(z, b, k)·right(z, b, k)
//!        = 2^summed · SUM((z_shared, ½, …, ½))
//! ```
//!
//! Claims whose τ is a suffix of another's join its run. Each run has its own δ, drawn after all its claims.
//!
//! # Soundness
//!
//! `(terms − 1 + 2·rounds)/r` a run (spec/security.md, Lemma 8).

#[cfg(feature = "prove")]
pub mod prove;

use crate::form::Form;
use crate::party::{Ask, Party, Slot, Sum};
use crate::plan::Plan;
use crate::point::{Coordinate, Name, Point, half, last, names};
use crate::schedule::{Claim, Claims};
use crate::sumcheck;
use crate::system::{Inner, Operand, OperandCoord, SourceId, SourceKind};
use intaglio_algebra::{Field, One, Scalar};

/// One claim of a run.
struct Item<'a> {
    source: SourceId,
    inner: &'a Inner,
    point: Point,
    form: Form,
}

impl Item<'_> {
    /// `(shared coordinates, ½ for each summed variable)`.
    fn tau(&self) -> Point {
        let shared = self.inner.shared.iter().map(|&i| self.point.get(i).copied().unwrap_or_else(Coordinate::zero));
        shared.chain((0..self.inner.summed).map(|_| Coordinate::half())).collect()
    }
}

/// Runs every open inner product; its operands become claims.
pub fn run<P: Party>(party: &mut P, plan: &Plan, claims: &mut Claims) {
    for (index, (tau, items)) in batches(plan, claims.take_inner()).into_iter().enumerate() {
        let delta = party.challenge(&format!("inner.{index}.delta")).value;
        let mut claim = Form::default();
        let mut weight = Scalar::one();
        for item in &items {
            claim.add(weight * half().pow([item.inner.summed as u64]), &item.form);
            weight *= delta;
        }
        let named: Vec<(SourceId, Vec<Coordinate>)> = items.iter().map(|i| (i.source, i.point.clone())).collect();
        party.begin(Sum::Inner { items: &named, delta }, &tau);
        let (point, claim) = sumcheck::run(party, &format!("inner.{index}"), &tau, claim);

        let mut products = Vec::with_capacity(items.len());
        let mut weight = Scalar::one();
        for (l, item) in items.iter().enumerate() {
            let own = last(&point, item.inner.shared.len() + item.inner.summed);
            let mut factor = |operand: &Operand, right: bool| {
                let at = operand_point(operand, &item.point, item.inner, own);
                let side = if right { "right" } else { "left" };
                let form = party.scalar(&format!("inner.{index}.{l}.{side}"), Slot::Operand, Ask::Factor(l, right));
                claims.push(plan, Claim { source: operand.source, point: at, form: form.clone() });
                form
            };
            products.push((weight, factor(&item.inner.left, false), factor(&item.inner.right, true)));
            weight *= delta;
        }
        party.equation(&format!("inner products {index}"), products, claim.negated());
    }
}

/// The point of an operand: own output coordinates, and the bound shared and summed ones.
fn operand_point(operand: &Operand, out: &[Coordinate], inner: &Inner, own: &[Coordinate]) -> Point {
    let pick = |c: &OperandCoord| match c {
        OperandCoord::Out(i) => out.get(*i),
        OperandCoord::Shared(i) => own.get(*i),
        OperandCoord::Summed(i) => own.get(inner.shared.len() + i),
    };
    operand.coords.iter().map(|c| pick(c).copied().unwrap_or_else(Coordinate::zero)).collect()
}

/// Groups the claims into runs: longest τ first, joined where a τ is a suffix of the run's.
fn batches(plan: &Plan, open: Vec<Claim>) -> Vec<(Point, Vec<Item<'_>>)> {
    let mut items: Vec<Item<'_>> = Vec::with_capacity(open.len());
    for Claim { source, point, form } in open {
        if let Some(SourceKind::Inner(inner)) = plan.system().sources().get(source.0 as usize).map(|s| &s.kind) {
            items.push(Item { source, inner, point, form });
        }
    }
    items.sort_by_key(|item| std::cmp::Reverse(item.inner.shared.len() + item.inner.summed));
    let mut runs: Vec<(Point, Vec<Item<'_>>)> = Vec::new();
    for item in items {
        let tau = item.tau();
        let suffix = |run: &Point| -> Vec<Name> { names(last(run, tau.len())) };
        match runs.iter_mut().find(|(run, _)| suffix(run) == names(&tau)) {
            Some((_, members)) => members.push(item),
            None => runs.push((tau, vec![item])),
        }
    }
    runs
}
