//! The bytes of a proof. Their number is fixed by the plan; nothing in them is a length.
//!
//! ```text
//! rows · P · messages · T · u0 · u1 · ζ · Z_Q · Z_σ · (L · R)^k · Z_fin
//! ```

use crate::plan::Shape;
use crate::rules::{Check, Rules};
use intaglio_algebra::encoding::{self, EncodingError};
use intaglio_algebra::{Affine, Scalar};

/// A proof: points of 64 bytes, scalars of 32.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Commitments to the witness rows.
    pub rows: Vec<Affine>,
    /// Commitment to the pads.
    pub pads: Affine,
    /// Masked scalars of the schedule.
    pub messages: Vec<Scalar>,
    /// Commitment to the closing argument's mask.
    pub mask: Affine,
    /// `u0, u1`.
    pub cross: [Scalar; 2],
    /// Blind of the response.
    pub blind: Scalar,
    /// Response in the operand slots.
    pub operands: Vec<Scalar>,
    /// Response in the slot σ.
    pub sigma: Scalar,
    /// `L, R` of each fold.
    pub folds: Vec<[Affine; 2]>,
    /// The folded response.
    pub tail: Vec<Scalar>,
}

/// Why bytes are no proof of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Other length.
    #[error("a proof of this program has {expected} bytes, these are {got}")]
    Length {
        /// By the plan.
        expected: usize,
        /// Given.
        got: usize,
    },
    /// A point or scalar that is not canonical or not on the curve.
    #[error("bytes {at}..: {cause}")]
    Encoding {
        /// Offset.
        at: usize,
        /// What is wrong there.
        cause: EncodingError,
    },
}

impl Proof {
    /// The canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let Self { rows, pads, messages, mask, cross, blind, operands, sigma, folds, tail } = self;
        let mut out = Vec::new();
        let point = |out: &mut Vec<u8>, p: &Affine| out.extend_from_slice(&encoding::encode_point(p));
        let scalar = |out: &mut Vec<u8>, s: &Scalar| out.extend_from_slice(&encoding::encode_scalar(s));
        rows.iter().for_each(|p| point(&mut out, p));
        point(&mut out, pads);
        messages.iter().for_each(|s| scalar(&mut out, s));
        point(&mut out, mask);
        cross.iter().for_each(|s| scalar(&mut out, s));
        scalar(&mut out, blind);
        operands.iter().for_each(|s| scalar(&mut out, s));
        scalar(&mut out, sigma);
        folds.iter().flatten().for_each(|p| point(&mut out, p));
        tail.iter().for_each(|s| scalar(&mut out, s));
        out
    }

    /// Reads a proof of the given shape, to the last byte.
    ///
    /// # Errors
    ///
    /// [`ProofError`] for another length, a coordinate or scalar that is not reduced, a point off the curve.
    pub fn from_bytes(bytes: &[u8], shape: &Shape) -> Result<Self, ProofError> {
        Self::read(bytes, shape, &Rules::default())
    }

    /// Reads a proof under the rules at hand.
    pub(crate) fn read(bytes: &[u8], shape: &Shape, rules: &Rules) -> Result<Self, ProofError> {
        let length = rules.has(Check::ProofLength);
        if bytes.len() != shape.proof_bytes() && length {
            return Err(ProofError::Length { expected: shape.proof_bytes(), got: bytes.len() });
        }
        let mut r = Reader { bytes, at: 0, rules };
        let proof = Self {
            rows: r.many(shape.witness_rows, Reader::point)?,
            pads: r.point()?,
            messages: r.many(shape.slots, Reader::scalar)?,
            mask: r.point()?,
            cross: [r.scalar()?, r.scalar()?],
            blind: r.scalar()?,
            operands: r.many(shape.operands.len(), Reader::scalar)?,
            sigma: r.scalar()?,
            folds: r.many(shape.folds, |r| Ok([r.point()?, r.point()?]))?,
            tail: r.many(shape.tail, Reader::scalar)?,
        };
        if r.at != bytes.len() && length {
            return Err(ProofError::Length { expected: r.at, got: bytes.len() });
        }
        Ok(proof)
    }
}

/// Walks the bytes.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    rules: &'a Rules,
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], ProofError> {
        let end = self.at.saturating_add(N);
        let part = self.bytes.get(self.at..end).and_then(|b| <[u8; N]>::try_from(b).ok());
        let part = part.ok_or(ProofError::Length { expected: end, got: self.bytes.len() })?;
        self.at = end;
        Ok(part)
    }

    fn point(&mut self) -> Result<Affine, ProofError> {
        let at = self.at;
        let bytes = self.rules.point(self.take()?);
        encoding::decode_point(&bytes).map_err(|cause| ProofError::Encoding { at, cause })
    }

    fn scalar(&mut self) -> Result<Scalar, ProofError> {
        let at = self.at;
        let bytes = self.rules.scalar(self.take()?);
        encoding::decode_scalar(&bytes).map_err(|cause| ProofError::Encoding { at, cause })
    }

    fn many<T>(
        &mut self,
        count: usize,
        mut read: impl FnMut(&mut Self) -> Result<T, ProofError>,
    ) -> Result<Vec<T>, ProofError> {
        let mut out = Vec::with_capacity(count);
        for _ in 0..count {
            out.push(read(self)?);
        }
        Ok(out)
    }
}
