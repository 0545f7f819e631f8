//! A compiled model as a file: a program with its weights in clear. Its owner keeps it; nobody else is ever given one.

use super::checksum::{append_checksum, strip_checksum};
use super::{Read, Reader, Writer};
use crate::program::Program;
use crate::tensor::{IntTensor, cells};

/// A program, its weights, and what the compiler wants to remember.
#[derive(Clone, Debug)]
pub struct CompiledModel {
    /// The program.
    pub program: Program,
    /// Row-major integers of each parameter, in order of the program.
    pub parameters: Vec<IntTensor>,
    /// JSON of the compiler: the fidelity report and counts.
    pub metadata: String,
}

impl CompiledModel {
    /// First bytes of such a file.
    pub const MAGIC: &[u8; 16] = b"INTAGLIO-COMPILE";
    const VERSION: u16 = 2;

    /// The bytes of the file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::headed(Self::MAGIC, Self::VERSION);
        w.blob(&self.program.to_bytes());
        self.parameters.iter().flat_map(|p| &p.data).for_each(|v| w.i64(*v));
        w.text(&self.metadata);
        append_checksum(&mut w.0);
        w.0
    }

    /// Reads such a file, to the last byte.
    ///
    /// # Errors
    ///
    /// [`super::DecodeError`] says where and what.
    pub fn from_bytes(bytes: &[u8]) -> Read<Self> {
        // the version first: another one may have no checksum
        Reader::new(bytes).head(Self::MAGIC, Self::VERSION)?;
        let mut r = Reader::new(strip_checksum(bytes)?);
        r.head(Self::MAGIC, Self::VERSION)?;
        let program = Program::from_bytes(r.blob()?)?;
        let mut parameters = Vec::new();
        for p in program.parameters() {
            let raw = r.take(cells(&p.shape).saturating_mul(8))?;
            let data = raw.chunks(8).map(|c| c.try_into().map_or(0, i64::from_le_bytes)).collect();
            parameters.push(IntTensor { shape: p.shape.clone(), data });
        }
        let metadata = r.text()?;
        r.end()?;
        Ok(Self { program, parameters, metadata })
    }
}
