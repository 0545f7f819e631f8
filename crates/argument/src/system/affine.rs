//! Affine forms: the factors of zerochecks, the keys and outputs of lookups.

use super::SourceId;

/// Names one public polynomial of a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicId(pub u32);

/// A multilinear polynomial that the verifier evaluates on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Public {
    /// One on the true cells of a padded tensor, zero on its padding: the product over the axes of `index < len`.
    /// Axes from the highest bits to the lowest, each `(num_vars, len)`.
    Mask {
        /// `(num_vars, len)` of each axis.
        axes: Vec<(usize, u64)>,
    },
    /// The values of one public tensor, `2^num_vars` cells; they come with the statement, in order of declaration of
    /// the `Values` of the system. Missing cells at the end are zero.
    Values {
        /// Name for messages.
        name: String,
        /// Number of variables.
        num_vars: usize,
    },
}

impl Public {
    /// Number of variables.
    #[must_use]
    pub fn num_vars(&self) -> usize {
        match self {
            Self::Mask { axes } => axes.iter().map(|(n, _)| n).sum(),
            Self::Values { num_vars, .. } => *num_vars,
        }
    }
}

/// `(constant + Σ coefficient·source + Σ coefficient·public) / 2^denominator_bits`, cell by cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Affine {
    /// The constant.
    pub constant: i128,
    /// Coefficients and sources; all of the number of variables of the relation.
    pub terms: Vec<(i64, SourceId)>,
    /// Coefficients and public polynomials.
    pub publics: Vec<(i64, PublicId)>,
    /// The whole form is divided by this power of two: the top limb of a virtual value.
    pub denominator_bits: u32,
}

impl Affine {
    /// A constant.
    #[must_use]
    pub fn constant(value: i128) -> Self {
        Self { constant: value, ..Self::default() }
    }

    /// One source.
    #[must_use]
    pub fn source(source: SourceId) -> Self {
        Self::default().plus(1, source)
    }

    /// One public polynomial.
    #[must_use]
    pub fn public(public: PublicId) -> Self {
        Self::default().plus_public(1, public)
    }

    /// Adds `coefficient · source`. Call before [`Self::divided`].
    #[must_use]
    pub fn plus(mut self, coefficient: i64, source: SourceId) -> Self {
        self.terms.push((coefficient, source));
        self
    }

    /// Adds `coefficient · public`. Call before [`Self::divided`].
    #[must_use]
    pub fn plus_public(mut self, coefficient: i64, public: PublicId) -> Self {
        self.publics.push((coefficient, public));
        self
    }

    /// Adds a constant. Call before [`Self::divided`].
    #[must_use]
    pub fn plus_constant(mut self, value: i128) -> Self {
        self.constant += value;
        self
    }

    /// Divides by `2^bits`.
    #[must_use]
    pub fn divided(mut self, bits: u32) -> Self {
        self.denominator_bits += bits;
        self
    }
}
