//! The writer of canonical bytes.

/// Appends canonical encodings.
#[derive(Clone, Debug, Default)]
pub struct Writer(pub Vec<u8>);

impl Writer {
    /// The magic and version of a file.
    #[must_use]
    pub fn headed(magic: &[u8; 16], version: u16) -> Self {
        let mut bytes = magic.to_vec();
        bytes.extend_from_slice(&version.to_le_bytes());
        Self(bytes)
    }

    /// Bytes as they are.
    pub fn raw(&mut self, v: &[u8]) {
        self.0.extend_from_slice(v);
    }

    /// Counted bytes.
    pub fn blob(&mut self, v: &[u8]) {
        self.count(v.len());
        self.raw(v);
    }

    /// A flag and, if there is one, an item.
    pub fn optional<T>(&mut self, v: Option<T>, item: impl FnOnce(&mut Self, T)) {
        self.u8(u8::from(v.is_some()));
        if let Some(v) = v {
            item(self, v);
        }
    }

    /// One byte.
    pub fn u8(&mut self, v: u8) {
        self.0.push(v);
    }

    /// A 32-bit number.
    pub fn u32(&mut self, v: u32) {
        self.0.extend_from_slice(&v.to_le_bytes());
    }

    /// A signed 64-bit number.
    pub fn i64(&mut self, v: i64) {
        self.0.extend_from_slice(&v.to_le_bytes());
    }

    /// A length or index, in 32 bits.
    pub fn count(&mut self, v: usize) {
        self.u32(u32::try_from(v).unwrap_or(u32::MAX));
    }

    /// A counted text.
    pub fn text(&mut self, v: &str) {
        self.count(v.len());
        self.0.extend_from_slice(v.as_bytes());
    }

    /// A counted list of lengths.
    pub fn sizes(&mut self, v: &[usize]) {
        self.count(v.len());
        v.iter().for_each(|x| self.count(*x));
    }
}
