//! The one reader of untrusted bytes.

use super::unsound::{UNSOUND, unsound};
use crate::program::ProgramError;

/// Why bytes are no program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Bytes that cannot be read.
    #[error("byte {at}: {what}")]
    Bytes {
        /// Offset.
        at: usize,
        /// What is wrong there.
        what: &'static str,
    },
    /// A version that this build does not know.
    #[error("format version {got}, this build reads {expected}")]
    Version {
        /// In the file.
        got: u16,
        /// By this build.
        expected: u16,
    },
    /// A version that had a hole: what it says proves nothing.
    #[error("format version {version} is unsound ({name}): it proves nothing, see SECURITY.md")]
    Unsound {
        /// In the file.
        version: u16,
        /// The name of the hole.
        name: &'static str,
    },
    /// The checksum at the end is not that of the bytes before it.
    #[error("the file is damaged: its checksum does not fit")]
    Checksum,
    /// Well-formed bytes of something that is no program.
    #[error(transparent)]
    Program(#[from] ProgramError),
}

/// Walks bytes; every read is bounded by what is left.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// What a read gives.
pub type Read<T> = Result<T, DecodeError>;

impl<'a> Reader<'a> {
    /// From the first byte.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Offset of the next byte.
    #[must_use]
    pub fn at(&self) -> usize {
        self.at
    }

    /// Succeeds at the end only.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Bytes`] if bytes are left.
    pub fn end(&self) -> Read<()> {
        if self.at == self.bytes.len() { Ok(()) } else { self.fail("bytes after the end") }
    }

    /// The magic and version of a file.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if it is another file, another version, or one that is known to be unsound.
    pub fn head(&mut self, magic: &[u8; 16], version: u16) -> Read<()> {
        if self.take(magic.len())? != magic {
            return Err(DecodeError::Bytes { at: 0, what: "this is another kind of file" });
        }
        let got = u16::from_le_bytes(self.array()?);
        if let Some(name) = unsound(magic, got, UNSOUND) {
            return Err(DecodeError::Unsound { version: got, name });
        }
        if got == version { Ok(()) } else { Err(DecodeError::Version { got, expected: version }) }
    }

    /// A flag and, if set, an item.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Bytes`], or the item's.
    pub fn optional<T>(&mut self, item: impl FnOnce(&mut Self) -> Read<T>) -> Read<Option<T>> {
        if self.flag()? { Ok(Some(item(self)?)) } else { Ok(None) }
    }

    /// Counted bytes.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Bytes`].
    pub fn blob(&mut self) -> Read<&'a [u8]> {
        let len = self.count(1)?;
        self.take(len)
    }

    /// A failure at the current offset.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn fail<T>(&self, what: &'static str) -> Read<T> {
        Err(DecodeError::Bytes { at: self.at, what })
    }

    /// The next `len` bytes.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Bytes`].
    pub fn take(&mut self, len: usize) -> Read<&'a [u8]> {
        let end = self.at.saturating_add(len);
        match self.bytes.get(self.at..end) {
            Some(part) => {
                self.at = end;
                Ok(part)
            }
            None => self.fail("the bytes end here"),
        }
    }

    /// The next `N` bytes.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Bytes`].
    pub fn array<const N: usize>(&mut self) -> Read<[u8; N]> {
        let part = self.take(N)?;
        <[u8; N]>::try_from(part).or_else(|_| self.fail("the bytes end here"))
    }

    /// A 32-bit number.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Bytes`].
    pub fn u32(&mut self) -> Read<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// A signed 64-bit number.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Bytes`].
    pub fn i64(&mut self) -> Read<i64> {
        Ok(i64::from_le_bytes(self.array()?))
    }

    /// A signed number that fits 32 bits, stored in 64.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Bytes`].
    pub fn i32(&mut self) -> Read<i32> {
        let wide = self.i64()?;
        i32::try_from(wide).or_else(|_| self.fail("an exponent out of range"))
    }

    /// A length or index, stored in 32 bits.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Bytes`].
    pub fn size(&mut self) -> Read<usize> {
        Ok(self.u32()? as usize)
    }

    /// A tag below `bound`.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Bytes`].
    pub fn below(&mut self, bound: u8) -> Read<u8> {
        let [v] = self.array()?;
        if v < bound { Ok(v) } else { self.fail("an unknown tag") }
    }

    /// A flag: 0 or 1.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Bytes`].
    pub fn flag(&mut self) -> Read<bool> {
        Ok(self.below(2)? == 1)
    }

    /// A count of items of at least `least` bytes each: checked against what is left before anything is allocated.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Bytes`].
    pub fn count(&mut self, least: usize) -> Read<usize> {
        let count = self.size()?;
        if count.saturating_mul(least.max(1)) > self.bytes.len().saturating_sub(self.at) {
            return self.fail("a count larger than the bytes that are left");
        }
        Ok(count)
    }

    /// A counted list of items of at least `least` bytes each.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Bytes`].
    pub fn list<T>(&mut self, least: usize, mut item: impl FnMut(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        let count = self.count(least)?;
        let mut out = Vec::with_capacity(count);
        for _ in 0..count {
            out.push(item(self)?);
        }
        Ok(out)
    }

    /// A text in UTF-8.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Bytes`].
    pub fn text(&mut self) -> Read<String> {
        let len = self.count(1)?;
        let bytes = self.take(len)?;
        std::str::from_utf8(bytes).map(str::to_owned).or_else(|_| self.fail("a text that is not UTF-8"))
    }

    /// A counted list of lengths.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Bytes`].
    pub fn sizes(&mut self) -> Read<Vec<usize>> {
        self.list(4, Self::size)
    }
}
