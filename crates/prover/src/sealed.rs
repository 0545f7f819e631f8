//! Files with secrets: plain, or encrypted under a passphrase.
//!
//! ```text
//! head ‖ 0 ‖ plain ‖ checksum          without a passphrase: the file's mode protects it, the checksum finds damage
//! head ‖ 1 ‖ salt ‖ nonce ‖ box        key = Argon2id(passphrase, salt), box = XChaCha20-Poly1305(key, nonce, plain; head)
//! ```

use crate::error::ProverError;
use argon2::Argon2;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use intaglio_program::bytes::{CHECKSUM, Reader, Writer, append_checksum, strip_checksum};
use std::ops::Deref;
use zeroize::Zeroizing;

const SALT: usize = 16;
const NONCE: usize = 24;

fn key(passphrase: &[u8], salt: &[u8]) -> Result<Zeroizing<[u8; 32]>, ProverError> {
    let mut key = Zeroizing::new([0; 32]);
    Argon2::default().hash_password_into(passphrase, salt, &mut *key).map_err(|_| ProverError::Passphrase)?;
    Ok(key)
}

/// Writes a secret file.
pub(crate) fn seal(
    magic: &[u8; 16],
    version: u16,
    plain: Zeroizing<Vec<u8>>,
    passphrase: Option<&[u8]>,
) -> Result<Vec<u8>, ProverError> {
    let mut w = Writer::headed(magic, version);
    w.u8(u8::from(passphrase.is_some()));
    let Some(passphrase) = passphrase else {
        // room for the checksum: a buffer that grows leaves copies behind
        w.0.reserve_exact(plain.len() + CHECKSUM);
        w.raw(&plain);
        append_checksum(&mut w.0);
        return Ok(w.0);
    };
    let head = w.0.clone();
    let mut random = [0; SALT + NONCE];
    getrandom::fill(&mut random).map_err(|e| ProverError::Random(e.to_string()))?;
    let (salt, nonce) = random.split_at(SALT);
    let cipher = XChaCha20Poly1305::new_from_slice(&*key(passphrase, salt)?).map_err(|_| ProverError::Passphrase)?;
    let nonce_bytes: [u8; NONCE] = nonce.try_into().map_err(|_| ProverError::Passphrase)?;
    let payload = Payload { msg: &plain, aad: &head };
    let boxed = cipher.encrypt(&XNonce::from(nonce_bytes), payload).map_err(|_| ProverError::Passphrase)?;
    w.raw(&random);
    w.raw(&boxed);
    Ok(w.0)
}

/// What a secret file says: where it stands if it is in clear, or decrypted.
pub(crate) enum Plain<'a> {
    Clear(&'a [u8]),
    Decrypted(Zeroizing<Vec<u8>>),
}

impl Deref for Plain<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Clear(bytes) => bytes,
            Self::Decrypted(bytes) => bytes,
        }
    }
}

/// Reads a secret file. What stands in clear is not copied.
pub(crate) fn open<'a>(
    magic: &[u8; 16],
    version: u16,
    file: &'static str,
    bytes: &'a [u8],
    passphrase: Option<&[u8]>,
) -> Result<Plain<'a>, ProverError> {
    let bad = ProverError::file(file);
    let mut r = Reader::new(bytes);
    r.head(magic, version).map_err(&bad)?;
    let encrypted = r.flag().map_err(&bad)?;
    let rest = &bytes[r.at()..];
    match (encrypted, passphrase) {
        (false, None) => {
            let whole = strip_checksum(bytes).map_err(&bad)?;
            Ok(Plain::Clear(whole.get(bytes.len() - rest.len()..).unwrap_or_default()))
        }
        (false, Some(_)) => {
            Err(ProverError::File { file, cause: "it is not encrypted, but a passphrase was given".into() })
        }
        (true, None) => Err(ProverError::File { file, cause: "it is encrypted, and no passphrase was given".into() }),
        (true, Some(passphrase)) => {
            let salt = r.take(SALT).map_err(&bad)?;
            let nonce: [u8; NONCE] = r.array().map_err(&bad)?;
            let head = &bytes[..bytes.len() - rest.len()];
            let cipher =
                XChaCha20Poly1305::new_from_slice(&*key(passphrase, salt)?).map_err(|_| ProverError::Passphrase)?;
            let payload = Payload { msg: &bytes[r.at()..], aad: head };
            let plain = cipher.decrypt(&XNonce::from(nonce), payload).map_err(|_| ProverError::Passphrase)?;
            Ok(Plain::Decrypted(Zeroizing::new(plain)))
        }
    }
}
