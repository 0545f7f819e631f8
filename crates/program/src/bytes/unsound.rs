//! Format versions that must never be believed again, each under a name.
//!
//! A version that is merely old fails as unknown. One that is listed here had a hole: whoever meets such a file must learn
//! that it proves nothing, not that a newer tool would read it. Entries are added, never removed.

/// One version of one file that is refused by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsound {
    /// First bytes of the file.
    pub magic: &'static [u8; 16],
    /// Its version.
    pub version: u16,
    /// The name under which the hole is known: an entry of SECURITY.md.
    pub name: &'static str,
}

/// All of them. Version 0 stands for the drafts before the first release, of which nothing was ever promised.
pub const UNSOUND: &[Unsound] = &[
    Unsound { magic: b"INTAGLIO-MODEL\0\0", version: 0, name: "draft-0" },
    Unsound { magic: b"INTAGLIO-EVIDENC", version: 0, name: "draft-0" },
    Unsound { magic: b"INTAGLIO-OPENING", version: 0, name: "draft-0" },
];

/// The name of a version's hole, if it has one.
#[must_use]
pub fn unsound(magic: &[u8; 16], version: u16, known: &[Unsound]) -> Option<&'static str> {
    known.iter().find(|u| u.magic == magic && u.version == version).map(|u| u.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::{DecodeError, Reader, Writer};

    #[test]
    fn a_listed_version_is_refused_by_its_name_and_an_unlisted_one_as_unknown() {
        let evidence = b"INTAGLIO-EVIDENC";
        let read = |version| Reader::new(&Writer::headed(evidence, version).0).head(evidence, 1);
        assert_eq!(read(1), Ok(()));
        assert_eq!(read(0), Err(DecodeError::Unsound { version: 0, name: "draft-0" }));
        assert_eq!(read(7), Err(DecodeError::Version { got: 7, expected: 1 }));
    }

    #[test]
    fn a_version_that_this_build_would_read_is_refused_too_once_it_is_listed() {
        let known = [Unsound { magic: b"INTAGLIO-EVIDENC", version: 1, name: "a hole" }];
        assert_eq!(unsound(b"INTAGLIO-EVIDENC", 1, &known), Some("a hole"));
        assert_eq!(unsound(b"INTAGLIO-MODEL\0\0", 1, &known), None);
        assert_eq!(unsound(b"INTAGLIO-EVIDENC", 2, &known), None);
    }
}
