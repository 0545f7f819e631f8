//! Canonical bytes of a program, and its identity.
//!
//! One encoding each: integers little-endian and of fixed width, lengths before data, texts in UTF-8, operators by tag.
//! The decoder checks every count against the bytes that are left before it allocates, rebuilds the program through
//! [`Program::new`], and accepts nothing that it would not write itself. `spec/format.md` owns the layout.

mod checksum;
mod compiled;
mod decode;
mod encode;
mod reader;
mod unsound;
mod writer;

pub use checksum::{CHECKSUM, append_checksum, strip_checksum};
pub use compiled::CompiledModel;
pub use reader::{DecodeError, Read, Reader};
pub use unsound::{UNSOUND, Unsound, unsound};
pub use writer::Writer;

use crate::program::Program;
use blake2b_simd::Params;

/// First bytes of an encoded program.
pub const MAGIC: &[u8; 16] = b"INTAGLIO-PROGRAM";
/// Version of the encoding and of the relations behind it.
pub const VERSION: u16 = 1;

impl Program {
    /// The canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        encode::program(self.parts())
    }

    /// Reads canonical bytes, to the last one.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] says where and what.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode::program(bytes)
    }

    /// The program's identity: BLAKE2b-256 of its canonical bytes.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let hash = Params::new().hash_length(32).personal(b"intaglio-program").hash(&self.to_bytes());
        let mut digest = [0; 32];
        digest.iter_mut().zip(hash.as_bytes()).for_each(|(d, b)| *d = *b);
        digest
    }
}
