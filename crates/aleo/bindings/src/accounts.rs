//! Accounts and their records.

use crate::errors;
use intaglio_aleo_ledger::account::{Account, decrypt, serial_number};
use pyo3::prelude::*;

/// Private key, view key and address of a fresh account.
#[pyfunction]
pub(crate) fn new_account(py: Python<'_>) -> PyResult<(String, String, String)> {
    Account::new().map(texts).map_err(|e| errors::ledger(py, &e))
}

/// The same of a private key.
#[pyfunction]
pub(crate) fn account_of(py: Python<'_>, private_key: &str) -> PyResult<(String, String, String)> {
    Account::parse(private_key).map(texts).map_err(|e| errors::ledger(py, &e))
}

fn texts(account: Account) -> (String, String, String) {
    (account.private.to_string(), account.view.to_string(), account.address.to_string())
}

/// A signature over a value.
#[pyfunction]
pub(crate) fn sign(py: Python<'_>, private_key: &str, value: &str) -> PyResult<String> {
    Account::parse(private_key).and_then(|account| account.sign(value)).map_err(|e| errors::ledger(py, &e))
}

/// The record behind a ciphertext.
#[pyfunction]
pub(crate) fn decrypt_record(py: Python<'_>, view_key: &str, record: &str) -> PyResult<String> {
    decrypt(view_key, record).map_err(|e| errors::ledger(py, &e))
}

/// What a transaction shows that spends a record, by the record's commitment.
#[pyfunction]
pub(crate) fn record_serial_number(py: Python<'_>, private_key: &str, commitment: &str) -> PyResult<String> {
    let account = Account::parse(private_key);
    account.and_then(|account| serial_number(&account, commitment)).map_err(|e| errors::ledger(py, &e))
}

/// The name that a program gives a value: its hash by Poseidon of rate 8, as a field literal.
#[pyfunction]
pub(crate) fn hash_value(py: Python<'_>, value: &str) -> PyResult<String> {
    intaglio_aleo_ledger::account::hash(value).map_err(|e| errors::ledger(py, &e))
}
