//! Receipts: this machine's own note that it has checked a commitment, so that it need not check it again.
//!
//! ```text
//! receipt = BLAKE2b-256 keyed by a local secret (place, version of the check, digest of all bytes of the commitment)
//! ```
//!
//! # Soundness
//!
//! A receipt is as good as the secrecy of its key: whoever knows the key can make one for a commitment that nobody checked.
//! So a key is drawn by the machine that uses it, never leaves it, and is bound to the place where it lies. Receipts and
//! keys of somebody else must never be taken over.

use crate::checks::Check;
use crate::model::{CheckedModel, Commitment};
use crate::rejection::Rejection;
use blake2b_simd::Params;
use intaglio_argument::rules::Rules;
use intaglio_program::bytes::Writer;

/// Version of the check of commitments. To be raised whenever the check refuses more than before: old receipts then say
/// nothing.
const CHECK_VERSION: u32 = 1;

/// The local secret under which receipts are made.
pub struct ReceiptKey {
    key: [u8; 32],
    place: Vec<u8>,
}

/// A receipt.
pub type Receipt = [u8; 32];

impl ReceiptKey {
    /// A key that lies at `place`, whatever identifies one place on one machine.
    #[must_use]
    pub fn new(key: [u8; 32], place: &[u8]) -> Self {
        Self { key, place: place.to_vec() }
    }

    fn hash(&self, digest: &[u8; 32], rules: &Rules) -> blake2b_simd::Hash {
        let Self { key, place } = self;
        let mut w = Writer::default();
        w.u32(CHECK_VERSION);
        w.text(env!("CARGO_PKG_VERSION"));
        w.blob(place);
        if Check::ReceiptDigest.is_made(rules) {
            w.raw(digest);
        }
        Params::new().hash_length(32).key(key).personal(b"intaglio-receipt").hash(&w.0)
    }

    /// The receipt of a model that was checked.
    #[must_use]
    pub fn issue(&self, model: &CheckedModel) -> Receipt {
        self.issued(model, &Rules::default())
    }

    /// As [`Self::issue`] by a mutant.
    #[cfg(feature = "mutants")]
    #[must_use]
    pub fn insecure_issue(&self, model: &CheckedModel, rules: &Rules) -> Receipt {
        self.issued(model, rules)
    }

    fn issued(&self, model: &CheckedModel, rules: &Rules) -> Receipt {
        let mut receipt = [0; 32];
        receipt.iter_mut().zip(self.hash(model.digest(), rules).as_bytes()).for_each(|(r, b)| *r = *b);
        receipt
    }

    /// The model behind bytes that this key's owner has checked before; `None` if the receipt does not say so.
    ///
    /// # Errors
    ///
    /// [`Rejection`] at stage decode or model.
    pub fn redeem(&self, bytes: &[u8], receipt: &[u8]) -> Result<Option<CheckedModel>, Rejection> {
        self.redeemed(bytes, receipt, &Rules::default())
    }

    /// As [`Self::redeem`] by a mutant.
    ///
    /// # Errors
    ///
    /// As [`Self::redeem`].
    #[cfg(feature = "mutants")]
    pub fn insecure_redeem(
        &self,
        bytes: &[u8],
        receipt: &[u8],
        rules: &Rules,
    ) -> Result<Option<CheckedModel>, Rejection> {
        self.redeemed(bytes, receipt, rules)
    }

    fn redeemed(&self, bytes: &[u8], receipt: &[u8], rules: &Rules) -> Result<Option<CheckedModel>, Rejection> {
        let receipt: &Receipt = match receipt.try_into() {
            Ok(receipt) => receipt,
            Err(_) => return Ok(None),
        };
        // compared in constant time
        let same = self.hash(&Commitment::digest(bytes), rules) == *receipt.as_slice();
        if same || !Check::ReceiptKey.is_made(rules) { CheckedModel::known(bytes).map(Some) } else { Ok(None) }
    }
}
