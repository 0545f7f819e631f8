//! Closing: all equations and the opening become one quadratic equation in the pads and the combined row.
//!
//! ```text
//! Σ_k η^k E_k:   𝒬(p_Q) + <l, p> + θ·<χ, x> + c = 0          θ = η^M, the weight of the opening
//! with p̂ = κ·p:  𝒬(p̂_Q) + <a, (x ‖ p̂)> + c' = 0            a = (κ²θχ ‖ κl),  c' = κ²c
//! E := Σ_i c_i·Row_i + κ·P = <x, G> + <p̂, K> + ρ_E·H
//! ```
//!
//! κ is drawn after everything else and multiplies the pads: stray parts of `P` on the row basis, or of rows on the pad
//! basis, give a cubic in κ whose κ² coefficient is the wanted equation (spec/security.md, Lemma 2).

pub(crate) mod check;
#[cfg(feature = "prove")]
pub mod prove;

pub use check::{ClosingError, check};

use crate::columns::Opening;
use crate::form::{Equation, Form};
use crate::plan::Plan;
use crate::point::values;
use crate::rules::Check;
use crate::transcript::Transcript;
use intaglio_algebra::eq::eq_table;
use intaglio_algebra::{One, Scalar};

/// A linear form in operand pads.
type Linear = Vec<(u32, Scalar)>;

/// The combined equation.
#[derive(Clone, Debug)]
pub struct Combined {
    /// κ.
    pub kappa: Scalar,
    /// `𝒬`: products of two linear forms in operand slots.
    quadratic: Vec<(Scalar, Linear, Linear)>,
    /// `κ²θχ`, one for each column.
    pub columns: Vec<Scalar>,
    /// `κl`, one for each slot.
    pub slots: Vec<Scalar>,
    /// `c'`.
    pub constant: Scalar,
    /// Row coefficients `c_i`.
    pub rows: Vec<Scalar>,
}

fn apply(form: &Linear, z: &[Scalar]) -> Scalar {
    form.iter().map(|(slot, k)| *k * z.get(*slot as usize).copied().unwrap_or_default()).sum()
}

impl Combined {
    /// Draws η and κ and combines `equations` and the opening.
    #[must_use]
    pub fn new(transcript: &mut Transcript, plan: &Plan, equations: &[Equation], opening: &Opening) -> Self {
        let eta = transcript.challenge("closing.eta");
        let kappa = transcript.challenge("closing.kappa");
        let mut sums = Sums {
            slots: vec![Scalar::default(); plan.shape().slots],
            constant: Scalar::default(),
            quadratic: Vec::new(),
        };
        let mut weight = Scalar::one();
        for equation in equations {
            let own = plan.rules().weigh(Check::Equation(&equation.name), weight);
            sums.linear(own, &equation.form);
            for (c, a, b) in &equation.products {
                sums.product(own * c, a, b);
            }
            weight *= eta;
        }
        let weight = plan.rules().weigh(Check::Equation("opening"), weight);
        sums.linear(weight, &opening.form);
        let square = kappa * kappa;
        let chi = eq_table(&values(&opening.point));
        Self {
            kappa,
            quadratic: sums.quadratic,
            columns: chi.into_iter().map(|e| square * weight * e).collect(),
            slots: sums.slots.into_iter().map(|l| kappa * l).collect(),
            constant: square * sums.constant,
            rows: opening.coefficients.clone(),
        }
    }

    /// `𝒬(z)`, `z` indexed by slot.
    #[must_use]
    pub fn quadratic(&self, z: &[Scalar]) -> Scalar {
        self.quadratic.iter().map(|(c, a, b)| *c * apply(a, z) * apply(b, z)).sum()
    }

    /// The polar form `𝒬(u + v) − 𝒬(u) − 𝒬(v)`.
    #[must_use]
    pub fn polar(&self, u: &[Scalar], v: &[Scalar]) -> Scalar {
        let cross = |(c, a, b): &(Scalar, Linear, Linear)| *c * (apply(a, u) * apply(b, v) + apply(a, v) * apply(b, u));
        self.quadratic.iter().map(cross).sum()
    }
}

/// Running sums over the equations.
struct Sums {
    slots: Vec<Scalar>,
    constant: Scalar,
    quadratic: Vec<(Scalar, Linear, Linear)>,
}

impl Sums {
    fn linear(&mut self, weight: Scalar, form: &Form) {
        self.constant += weight * form.constant;
        self.pads(weight, form);
    }

    fn pads(&mut self, weight: Scalar, form: &Form) {
        for (slot, k) in &form.terms {
            if let Some(l) = self.slots.get_mut(*slot as usize) {
                *l += weight * k;
            }
        }
    }

    /// `w·(α + A)(β + B) = w·αβ + w·β·A + w·α·B + w·A·B`.
    fn product(&mut self, weight: Scalar, a: &Form, b: &Form) {
        self.constant += weight * a.constant * b.constant;
        self.pads(weight * b.constant, a);
        self.pads(weight * a.constant, b);
        if !a.terms.is_empty() && !b.terms.is_empty() {
            self.quadratic.push((weight, a.terms.clone(), b.terms.clone()));
        }
    }
}
