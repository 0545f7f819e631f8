//! A checksum at the end of files that nothing else protects: weights in clear, plain secrets, plain openings.
//!
//! It finds damage, not malice: whoever can change such a file can also write its checksum. What a stranger hands over
//! (commitments, evidence, openings of elements) has none: every byte of it is bound by a proof.

use super::reader::{DecodeError, Read};
use blake2b_simd::Params;

/// Bytes of a checksum.
pub const CHECKSUM: usize = 32;

fn checksum(bytes: &[u8]) -> blake2b_simd::Hash {
    Params::new().hash_length(CHECKSUM).personal(b"intaglio-file-v2").hash(bytes)
}

/// Appends the checksum of all that precedes.
pub fn append_checksum(bytes: &mut Vec<u8>) {
    let sum = checksum(bytes);
    bytes.extend_from_slice(sum.as_bytes());
}

/// What stands before the checksum.
///
/// # Errors
///
/// [`DecodeError::Checksum`] if any byte is another than when the file was written.
pub fn strip_checksum(bytes: &[u8]) -> Read<&[u8]> {
    let at = bytes.len().saturating_sub(CHECKSUM);
    let (body, sum) = bytes.split_at_checked(at).ok_or(DecodeError::Checksum)?;
    if checksum(body).as_bytes() == sum { Ok(body) } else { Err(DecodeError::Checksum) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_change_of_any_byte_is_found() {
        let mut whole = b"some bytes of a file".to_vec();
        append_checksum(&mut whole);
        assert_eq!(strip_checksum(&whole).ok(), Some(&b"some bytes of a file"[..]));
        for index in 0..whole.len() {
            let mut changed = whole.clone();
            changed[index] ^= 1 << (index % 8);
            assert_eq!(strip_checksum(&changed), Err(DecodeError::Checksum), "byte {index}");
            assert_eq!(strip_checksum(&whole[..index]), Err(DecodeError::Checksum), "cut at {index}");
        }
    }
}
