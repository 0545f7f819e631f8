//! Accounts, and the records that they own.

use crate::Net;
use crate::error::{LedgerError, text};
use snarkvm_console::account::{Address, PrivateKey, ViewKey};
use snarkvm_console::network::prelude::*;
use snarkvm_console::program::{Ciphertext, Plaintext, Record};
use snarkvm_console::types::Field;

/// A private key and what follows from it.
#[derive(Clone)]
pub struct Account {
    /// Signs.
    pub private: PrivateKey<Net>,
    /// Decrypts.
    pub view: ViewKey<Net>,
    /// Names.
    pub address: Address<Net>,
}

impl Account {
    /// A fresh account, from the operating system's randomness.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Ledger`] if no key can be drawn.
    pub fn new() -> Result<Self, LedgerError> {
        Self::of(PrivateKey::new(&mut rand::rng()).map_err(crate::error::ledger)?)
    }

    /// The account of a private key, `APrivateKey1…`.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Text`]; the message does not repeat the key.
    pub fn parse(private: &str) -> Result<Self, LedgerError> {
        let parsed = PrivateKey::from_str(private.trim());
        let refused = |_| LedgerError::Text { what: "private key", cause: "it does not decode".into() };
        Self::of(parsed.map_err(refused)?)
    }

    fn of(private: PrivateKey<Net>) -> Result<Self, LedgerError> {
        let view = ViewKey::try_from(&private).map_err(text("private key"))?;
        Ok(Self { private, view, address: view.to_address() })
    }

    /// A signature over a value's fields: what `signature.verify` checks in a program.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Text`] if the value does not parse.
    pub fn sign(&self, value: &str) -> Result<String, LedgerError> {
        let value = Plaintext::<Net>::from_str(value).map_err(text("value"))?;
        let fields = value.to_fields().map_err(text("value"))?;
        let signature = self.private.sign(&fields, &mut rand::rng()).map_err(text("value"))?;
        Ok(signature.to_string())
    }
}

/// The record behind a ciphertext, `record1…`, if the account owns it.
///
/// # Errors
///
/// [`LedgerError::Foreign`] if another account owns it, [`LedgerError::Text`] if it is no record or key.
pub fn decrypt(view: &str, record: &str) -> Result<String, LedgerError> {
    let view = ViewKey::<Net>::from_str(view)
        .map_err(|_| LedgerError::Text { what: "view key", cause: "it does not decode".into() })?;
    let record = Record::<Net, Ciphertext<Net>>::from_str(record).map_err(text("record"))?;
    if !record.is_owner(&view) {
        return Err(LedgerError::Foreign);
    }
    Ok(record.decrypt(&view).map_err(|_| LedgerError::Foreign)?.to_string())
}

/// The serial number of a record of an account, by the record's commitment (a field literal): a transaction that shows it
/// has spent the record.
///
/// # Errors
///
/// [`LedgerError::Text`].
pub fn serial_number(account: &Account, commitment: &str) -> Result<String, LedgerError> {
    let commitment = Field::<Net>::from_str(commitment).map_err(text("commitment"))?;
    let number =
        Record::<Net, Plaintext<Net>>::serial_number(account.private, commitment).map_err(text("commitment"))?;
    Ok(number.to_string())
}

/// The name that our contracts give a value: its hash by Poseidon of rate 8, as a field literal.
///
/// # Errors
///
/// [`LedgerError::Text`] if the value does not parse.
pub fn hash(value: &str) -> Result<String, LedgerError> {
    let value = Plaintext::<Net>::from_str(value).map_err(text("value"))?;
    let fields = value.to_fields().map_err(text("value"))?;
    Ok(Net::hash_psd8(&fields).map_err(text("value"))?.to_string())
}
