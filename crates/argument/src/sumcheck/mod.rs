//! One sumcheck everywhere: `c = Σ_x eq(τ, x) g(x)`, `g` a sum of products of two multilinears.
//!
//! ```text
//! round k: with q(X) = q0 + q1·X + q2·X² the inner polynomial without its eq factor, send q1, q2; draw r; set
//!          c ← c + (r − τ_k)·q1 + (r² − τ_k)·q2          because c = q0 + τ_k·(q1 + q2), and the next claim is q(r)
//! ```
//!
//! A plain sum `s` over `n` variables is the claim `2^-n·s` with `τ = (½, …, ½)`. Shorter summands live on the *last*
//! variables and join late (`q1 = q2 = 0` until then).
//!
//! # Soundness
//!
//! A false claim stays false in each round except with probability 2/r, for every τ: the sent pair defines `q0`
//! (spec/security.md, Lemma 5). Every summand must have degree at most two in each variable, public factors included.

#[cfg(feature = "prove")]
pub mod prove;

use crate::form::Form;
use crate::party::Party;
use crate::point::{Coordinate, Point};

/// Runs the rounds of one sum; returns the point and the claim `g(point)`, which an equation must discharge.
#[must_use = "a sumcheck proves nothing until its last claim stands in an equation"]
pub fn run<P: Party>(party: &mut P, label: &str, tau: &[Coordinate], mut claim: Form) -> (Point, Form) {
    let mut point = Vec::with_capacity(tau.len());
    for (k, t) in tau.iter().enumerate() {
        let name = format!("{label}.{k}");
        let [q1, q2] = party.round(&name, k, &claim);
        let r = party.challenge(&name);
        claim.add(r.value - t.value, &q1);
        claim.add(r.value * r.value - t.value, &q2);
        party.bind(&r);
        point.push(r);
    }
    (point, claim)
}
