//! How many constraints a function has, counted without snarkVM.
//!
//! A function pays for its call, then for each input and output: their elements are packed into fields of 252 bits, and
//! fields are hashed by Poseidon of rate 8, private ones twice because they are encrypted as well. Every figure here is held
//! against snarkVM's own count by `ledger/tests/instructions.rs`.

use super::{Port, Target};

/// Who sees an input or output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Everybody.
    Public,
    /// The account that calls.
    Private,
}

/// A call with one public input and one public output of one field each, their elements' bits not counted; the row that a
/// key has beside its circuit is.
const CALL: usize = 10_737;
/// What a private input or output costs more.
const PRIVATE: usize = 805;
/// One permutation of Poseidon.
const PERMUTATION: usize = 515;
/// Bits of a field that carry data.
const FIELD_BITS: usize = 252;
/// Bits that stand before an array: its kind and length.
const ARRAY_HEADER: usize = 34;
/// Bits that stand before each element: its length, kind, type and length again.
const ELEMENT_HEADER: usize = 42;

/// The narrowest word that holds both ends, or nothing.
#[must_use]
pub fn words(lo: i128, hi: i128) -> Option<u32> {
    [8u32, 16, 32, 64].into_iter().find(|bits| lo >= 0 && hi < 1 << bits)
}

/// What a function costs before its first line.
pub(super) fn function(target: &Target, takes: &Port, gives: &Port) -> usize {
    // each element is made of booleans
    CALL + takes.cells * takes.bits as usize + port(target.input, takes) + port(target.output, gives)
}

fn port(visibility: Visibility, port: &Port) -> usize {
    let bits = ARRAY_HEADER + port.cells * (ELEMENT_HEADER + port.bits as usize) + 1;
    let fields = bits.div_ceil(FIELD_BITS);
    match visibility {
        // three more elements are hashed beside the fields
        Visibility::Public => match (fields + 3).div_ceil(8) {
            1 => 5 * (fields - 1),
            blocks => 20 + 5 + PERMUTATION * (blocks - 1),
        },
        Visibility::Private => PRIVATE + 5 * (fields.min(8) - 1) + 2 * PERMUTATION * (fields.div_ceil(8) - 1),
    }
}

/// A cast of a field to a word.
pub(super) fn cast(bits: u32) -> usize {
    bits as usize + 1
}

/// A comparison of a word with a constant.
pub(super) fn compare(bits: u32) -> usize {
    bits as usize + 2
}

/// A choice between two fields, or an assertion of a truth value.
pub(super) const CHOICE: usize = 1;

/// An assertion that a field is zero.
pub(super) const ZERO: usize = 3;
