//! Zerochecks: `Σ A·B = 0` at every cell, all relations in one sum.
//!
//! ```text
//! 0 = Σ_x eq(τ, x) Σ_l ω^l g_l(x),   τ common, shorter relations on its last coordinates
//! ```
//!
//! # Soundness
//!
//! For `L` relations on at most `n` variables the error is `(L − 1 + 3n)/r` (spec/security.md, Lemma 8).

#[cfg(feature = "prove")]
pub mod prove;

use crate::form::Form;
use crate::party::{Party, Slot, Sum};
use crate::plan::Plan;
use crate::point::{Point, last};
use crate::rules::Check;
use crate::schedule::{Claims, Reader};
use crate::sumcheck;
use crate::system::SourceId;
use intaglio_algebra::{One, Scalar};
use std::collections::BTreeSet;

/// Runs all zerochecks; every operand at the end point becomes a claim.
pub fn run<P: Party>(party: &mut P, plan: &Plan, claims: &mut Claims) {
    let checks = plan.system().zerochecks();
    let Some(num_vars) = checks.iter().map(|c| c.num_vars).max() else { return };
    let omega = party.challenge("zerocheck.omega").value;
    let tau: Point = (0..num_vars).map(|i| party.challenge(&format!("zerocheck.tau.{i}"))).collect();
    party.begin(Sum::Zerochecks { omega }, &tau);
    let (point, claim) = sumcheck::run(party, "zerocheck", &tau, Form::default());

    let multiplied = multiplied_sources(plan);
    let mut reader = Reader::new("zerocheck", claims);
    let mut products = Vec::new();
    let mut weight = Scalar::one();
    for check in checks {
        let at = last(&point, check.num_vars);
        let own = plan.rules().weigh(Check::Zerocheck(&check.name), weight);
        for (a, b) in &check.products {
            let mut read = |form: &crate::system::Affine| {
                reader.affine_with(party, plan, form, at, |s| {
                    if multiplied.contains(&s) { Slot::Operand } else { Slot::Plain }
                })
            };
            products.push((own, read(a), read(b)));
        }
        weight *= omega;
    }
    party.equation("zerocheck", products, claim.negated());
}

/// Sources that stand in a product with another hidden factor.
fn multiplied_sources(plan: &Plan) -> BTreeSet<SourceId> {
    let mut multiplied = BTreeSet::new();
    for check in plan.system().zerochecks() {
        for (a, b) in &check.products {
            if !a.terms.is_empty() && !b.terms.is_empty() {
                multiplied.extend(a.terms.iter().chain(&b.terms).map(|(_, s)| *s));
            }
        }
    }
    multiplied
}
