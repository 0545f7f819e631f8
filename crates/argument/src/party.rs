//! The two sides of the schedule behind one interface.
//!
//! [`Party::scalar`] is the only way to absorb a prover scalar. It returns the form that must then stand in an equation.

use crate::form::Form;
use crate::point::Coordinate;
use crate::system::SourceId;
use crate::system::TensorId;
use intaglio_algebra::Scalar;

/// Whether a slot may stand in a product of two hidden scalars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// It may: its masked value is shown unfolded in the closing argument.
    Operand,
    /// It stands in linear equations, or is multiplied by public values only.
    Plain,
}

/// Which value the prover is to send. The verifier does not look at it.
#[derive(Clone, Copy, Debug)]
pub enum Ask<'a> {
    /// The `i`-th of `n0, n1, d0, d1` of the current tree level.
    Fraction(usize),
    /// A source at a point of its own variables.
    Source(SourceId, &'a [Coordinate]),
    /// A tensor at a point of its own variables.
    Tensor(TensorId, &'a [Coordinate]),
    /// The first or second factor (`false`, `true`) of term `i` of the current sum, fully bound.
    Factor(usize, bool),
}

/// What is summed next: enough for the prover to build its tables.
#[derive(Clone, Debug)]
pub enum Sum<'a> {
    /// Level `level` of the fraction tree with the weight λ of the denominators.
    Tree {
        /// The level whose nodes the claim is about.
        level: usize,
        /// λ.
        lambda: Scalar,
    },
    /// All zerochecks, relation `l` weighted by `omega^l`.
    Zerochecks {
        /// ω.
        omega: Scalar,
    },
    /// A batch of inner products, product `l` weighted by `delta^l`; `(source, its point)`.
    Inner {
        /// The products.
        items: &'a [(SourceId, Vec<Coordinate>)],
        /// δ of this batch.
        delta: Scalar,
    },
    /// All wired views, claim `l` weighted by `delta^l`, one term a target tensor.
    Wiring {
        /// `(source, its point)` of each claim.
        claims: &'a [(SourceId, Vec<Coordinate>)],
        /// The target tensors, in order of their terms.
        targets: &'a [TensorId],
        /// δ of this batch.
        delta: Scalar,
    },
    /// The merged claims over column coordinates, claim `k` weighted by `delta^k`.
    Columns {
        /// The merged claims.
        merged: &'a [crate::columns::Merged],
        /// δ of this batch.
        delta: Scalar,
    },
}

/// One side of the schedule.
pub trait Party {
    /// Draws a challenge under a label of its own.
    fn challenge(&mut self, label: &str) -> Coordinate;

    /// Sends, or reads, one hidden scalar. Absorbed under `name`.
    #[must_use = "a sent scalar must stand in an equation"]
    fn scalar(&mut self, name: &str, slot: Slot, ask: Ask<'_>) -> Form;

    /// Records `Σ c·A·B + form = 0`.
    fn equation(&mut self, name: &str, products: Vec<(Scalar, Form, Form)>, form: Form);

    /// Announces a sum with its eq point and claim.
    fn begin(&mut self, sum: Sum<'_>, tau: &[Coordinate]);

    /// Sends, or reads, the two coefficients `q1, q2` of round `round` of the current sum.
    #[must_use = "round coefficients must enter the claim"]
    fn round(&mut self, name: &str, round: usize, claim: &Form) -> [Form; 2];

    /// Binds the current variable of the current sum.
    fn bind(&mut self, challenge: &Coordinate);

    /// All columns are committed; β and γ are known. The prover builds the fraction tree.
    fn begin_lookups(&mut self, beta: Scalar, gamma: Scalar);
}
