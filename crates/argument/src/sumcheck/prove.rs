//! The prover's tables of a sum and its rounds.

use crate::point::half;
use intaglio_algebra::eq::eq_table;
use intaglio_algebra::{Field, Scalar, Zero, kernels};
use zeroize::Zeroize;

/// A sum of products of two tables; shorter ones live on the last variables.
pub(crate) struct Products {
    terms: Vec<Term>,
}

struct Term {
    weight: Scalar,
    left: Vec<Scalar>,
    right: Vec<Scalar>,
}

/// Wiped with what lies behind the folded part: it still holds cells of the witness.
impl Drop for Term {
    fn drop(&mut self) {
        self.left.zeroize();
        self.right.zeroize();
    }
}

impl Products {
    /// `(weight, left, right)` of each term; both tables of a term have one length.
    pub(crate) fn new(terms: Vec<(Scalar, Vec<Scalar>, Vec<Scalar>)>) -> Self {
        Self { terms: terms.into_iter().map(|(weight, left, right)| Term { weight, left, right }).collect() }
    }

    /// `q1, q2` while `vars` variables are left; `eq` weights the other variables, `None` stands for `scale` everywhere.
    fn round(&self, vars: usize, eq: Option<&[Scalar]>, scale: Scalar) -> [Scalar; 2] {
        let (mut q1, mut q2) = (Scalar::zero(), Scalar::zero());
        for t in self.terms.iter().filter(|t| t.left.len() == 1 << vars) {
            let [f0, f1, f2] = kernels::product_round(&t.left, &t.right, eq);
            q1 += t.weight * (f1 - f0 - f2);
            q2 += t.weight * f2;
        }
        [q1 * scale, q2 * scale]
    }

    fn bind(&mut self, vars: usize, r: Scalar) {
        for t in self.terms.iter_mut().filter(|t| t.left.len() == 1 << vars) {
            kernels::fold(&mut t.left, r);
            kernels::fold(&mut t.right, r);
        }
    }

    /// A fully bound factor.
    pub(crate) fn factor(&self, index: usize, right: bool) -> Scalar {
        let table = self.terms.get(index).map(|t| if right { &t.right } else { &t.left });
        table.and_then(|t| t.first()).copied().unwrap_or_default()
    }
}

/// `n0, n1, d0, d1` of one level of the tree: `Σ eq·(d1·(n0 + λ·d0) + n1·d0)`.
pub(crate) struct Fractions {
    /// `n0 + λ·d0, n1, d0, d1`: λ is folded in once, not in every round.
    parts: [Vec<Scalar>; 4],
    lambda: Scalar,
}

impl Fractions {
    pub(crate) fn new(mut parts: [Vec<Scalar>; 4], lambda: Scalar) -> Self {
        let [n0, _, d0, _] = &mut parts;
        kernels::scale_add(n0, lambda, d0);
        Self { parts, lambda }
    }

    /// `n0, n1, d0, d1` when every variable is bound.
    pub(crate) fn bound(&self) -> [Scalar; 4] {
        let [mut n0, n1, d0, d1] =
            [0, 1, 2, 3].map(|i| self.parts.get(i).and_then(|p| p.first()).copied().unwrap_or_default());
        n0 -= self.lambda * d0;
        [n0, n1, d0, d1]
    }

    /// `q1, q2`, the linear coefficient from the claim `c = q0 + τ·(q1 + q2)`.
    fn round(&self, eq: &[Scalar], tau: Scalar, claim: Scalar) -> [Scalar; 2] {
        let [n0, n1, d0, d1] = &self.parts;
        let [q0, q2] = kernels::fraction_round(n0, n1, d0, d1, Scalar::zero(), eq);
        // τ = 0 has probability 1/r; the self-check would report the proof as broken
        let inverse = tau.inverse().unwrap_or_else(Scalar::zero);
        [(claim - q0) * inverse - q2, q2]
    }

    fn bind(&mut self, r: Scalar) {
        self.parts.iter_mut().for_each(|part| kernels::fold(part, r));
    }
}

/// What is summed.
pub(crate) enum Tables {
    Products(Products),
    Fractions(Fractions),
}

/// The current sum: tables, and the eq weights of the variables after the current one.
pub(crate) struct Running {
    pub(crate) tables: Tables,
    tau: Vec<Scalar>,
    eq: Option<Vec<Scalar>>,
    bound: usize,
}

impl Running {
    pub(crate) fn new(tables: Tables, tau: Vec<Scalar>) -> Self {
        let plain = matches!(tables, Tables::Products(_)) && tau.iter().all(|t| *t == half());
        let eq = (!plain).then(|| eq_table(tau.get(1..).unwrap_or(&[])));
        Self { tables, tau, eq, bound: 0 }
    }

    pub(crate) fn round(&self, claim: impl FnOnce() -> Scalar) -> [Scalar; 2] {
        let vars = self.tau.len() - self.bound;
        match (&self.tables, &self.eq) {
            (Tables::Products(p), None) => p.round(vars, None, half().pow([vars.saturating_sub(1) as u64])),
            (Tables::Products(p), Some(eq)) => p.round(vars, Some(eq), Scalar::from(1u64)),
            (Tables::Fractions(f), eq) => {
                let tau = self.tau.get(self.bound).copied().unwrap_or_default();
                f.round(eq.as_deref().unwrap_or(&[]), tau, claim())
            }
        }
    }

    pub(crate) fn bind(&mut self, r: Scalar) {
        let vars = self.tau.len() - self.bound;
        match &mut self.tables {
            Tables::Products(p) => p.bind(vars, r),
            Tables::Fractions(f) => f.bind(r),
        }
        self.bound += 1;
        if let Some(eq) = self.eq.as_mut().filter(|e| e.len() > 1) {
            kernels::eq_fold(eq);
        }
    }
}
