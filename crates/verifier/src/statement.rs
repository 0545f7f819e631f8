//! What evidence claims: the statement, canonically encoded. The proof binds every byte of it.

use crate::checks::Check;
use crate::rejection::Rejection;
use crate::{MAX_AUDIENCE, MAX_NONCE};
use blake2b_simd::Params;
use intaglio_algebra::Affine;
use intaglio_algebra::encoding::{decode_point, encode_point};
use intaglio_argument::rules::Rules;
use intaglio_program::bytes::{Read, Reader, Writer};
use intaglio_program::lower::{Level, Visibility};

/// One input or output in a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Boundary {
    /// Its integers, row-major.
    Public(Vec<i64>),
    /// Salted commitments to its standard rows.
    Committed(Vec<Affine>),
    /// Nothing.
    Private,
}

/// Model, inputs, outputs, and whom it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Identity of the model commitment.
    pub model: [u8; 32],
    /// The inputs, in order of the program.
    pub inputs: Vec<Boundary>,
    /// The outputs, in order of the program.
    pub outputs: Vec<Boundary>,
    /// Fresh bytes of the verifier.
    pub nonce: Option<Vec<u8>>,
    /// Whom the evidence is for.
    pub audience: Option<String>,
}

impl Boundary {
    /// Who sees it.
    #[must_use]
    pub fn level(&self) -> Level {
        match self {
            Self::Public(_) => Level::Public,
            Self::Committed(_) => Level::Committed,
            Self::Private => Level::Private,
        }
    }

    fn write(&self, w: &mut Writer) {
        match self {
            Self::Public(cells) => {
                w.u8(0);
                w.count(cells.len());
                cells.iter().for_each(|c| w.i64(*c));
            }
            Self::Committed(rows) => {
                w.u8(1);
                w.count(rows.len());
                rows.iter().for_each(|row| w.raw(&encode_point(row)));
            }
            Self::Private => w.u8(2),
        }
    }

    fn read(r: &mut Reader<'_>) -> Read<Self> {
        Ok(match r.below(3)? {
            0 => Self::Public(r.list(8, Reader::i64)?),
            1 => Self::Committed(
                r.list(64, |r| decode_point(&r.array()?).or_else(|_| r.fail("a row that is no canonical point")))?,
            ),
            _ => Self::Private,
        })
    }
}

impl Statement {
    /// The visibility that it has.
    #[must_use]
    pub fn visibility(&self) -> Visibility {
        let levels = |side: &[Boundary]| side.iter().map(Boundary::level).collect();
        Visibility { inputs: levels(&self.inputs), outputs: levels(&self.outputs) }
    }

    /// The canonical bytes: the context of the argument's transcript.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Exhaustive on purpose: a new field does not compile until it is bound.
        let Self { model, inputs, outputs, nonce, audience } = self;
        let mut w = Writer::default();
        w.raw(model);
        for side in [inputs, outputs] {
            w.count(side.len());
            side.iter().for_each(|b| b.write(&mut w));
        }
        w.optional(nonce.as_ref(), |w, n| w.blob(n));
        w.optional(audience.as_ref(), |w, a| w.text(a));
        w.0
    }

    /// Reads what [`Self::to_bytes`] writes.
    ///
    /// # Errors
    ///
    /// [`Rejection`] at stage decode.
    pub(crate) fn read(r: &mut Reader<'_>, rules: &Rules) -> Result<Self, Rejection> {
        let statement = Self {
            model: r.array()?,
            inputs: r.list(1, Boundary::read)?,
            outputs: r.list(1, Boundary::read)?,
            nonce: r.optional(|r| Ok(r.blob()?.to_vec()))?,
            audience: r.optional(Reader::text)?,
        };
        let long = statement.nonce.as_ref().is_some_and(|n| n.len() > MAX_NONCE)
            || statement.audience.as_ref().is_some_and(|a| a.len() > MAX_AUDIENCE);
        Check::NonceLength.demand(rules, !long, || "nonce or audience is too long".into())?;
        Ok(statement)
    }

    /// The identity of the claim. Replay protection, payment and caches use this, never a hash of a proof: a prover can
    /// make any number of proofs of one statement.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let hash = Params::new().hash_length(32).personal(b"intaglio-stmt-v1").hash(&self.to_bytes());
        let mut digest = [0; 32];
        digest.iter_mut().zip(hash.as_bytes()).for_each(|(d, b)| *d = *b);
        digest
    }
}
