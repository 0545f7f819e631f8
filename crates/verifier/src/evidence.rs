//! Evidence: a statement and its proof.

use crate::checks::Check;
use crate::rejection::Rejection;
use crate::statement::Statement;
use intaglio_argument::rules::Rules;
use intaglio_program::bytes::{Reader, Writer};

const MAGIC: &[u8; 16] = b"INTAGLIO-EVIDENC";
const VERSION: u16 = 1;

/// A statement and the bytes that prove it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What is claimed.
    pub statement: Statement,
    /// The argument's proof.
    pub proof: Vec<u8>,
}

impl Evidence {
    /// The canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::headed(MAGIC, VERSION);
        w.raw(&self.statement.to_bytes());
        w.blob(&self.proof);
        w.0
    }

    /// Reads canonical bytes, to the last one.
    ///
    /// # Errors
    ///
    /// [`Rejection`] at stage decode.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Rejection> {
        Self::read(bytes, &Rules::default())
    }

    /// The same under the rules at hand.
    pub(crate) fn read(bytes: &[u8], rules: &Rules) -> Result<Self, Rejection> {
        let mut r = Reader::new(bytes);
        let head = r.head(MAGIC, VERSION);
        if Check::Version.is_made(rules) {
            head?;
        }
        let statement = Statement::read(&mut r, rules)?;
        let proof = r.blob()?.to_vec();
        if Check::End.is_made(rules) {
            r.end()?;
        }
        Ok(Self { statement, proof })
    }
}
