//! Evidence: a statement and its proof.

use crate::rejection::Rejection;
use crate::statement::Statement;
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
        let mut r = Reader::new(bytes);
        r.head(MAGIC, VERSION)?;
        let statement = Statement::read(&mut r)?;
        let proof = r.blob()?.to_vec();
        r.end()?;
        Ok(Self { statement, proof })
    }
}
