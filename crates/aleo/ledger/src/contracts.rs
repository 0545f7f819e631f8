//! The fixed programs of `contracts/`, and the values that they take.

use crate::Net;
use crate::account::hash;
use crate::error::{LedgerError, text};
use snarkvm_console::network::prelude::*;
use snarkvm_console::types::Field;

/// Name and instructions of each, in the order in which they import each other.
pub const PROGRAMS: [(&str, &str); 6] = [
    ("intaglio_registry.aleo", include_str!("../../../../contracts/aleo/registry.aleo")),
    ("intaglio_attest.aleo", include_str!("../../../../contracts/aleo/attest.aleo")),
    ("intaglio_direct.aleo", include_str!("../../../../contracts/aleo/direct.aleo")),
    ("intaglio_vouch.aleo", include_str!("../../../../contracts/aleo/vouch.aleo")),
    ("intaglio_record.aleo", include_str!("../../../../contracts/aleo/record.aleo")),
    ("intaglio_release.aleo", include_str!("../../../../contracts/aleo/release.aleo")),
];

/// Those that the development chain has: what 2^16 powers suffice for.
pub const DEPLOYED: [&str; 4] =
    ["intaglio_registry.aleo", "intaglio_attest.aleo", "intaglio_vouch.aleo", "intaglio_release.aleo"];

/// Instructions of one of them.
#[must_use]
pub fn source(name: &str) -> Option<&'static str> {
    PROGRAMS.iter().find(|(own, _)| *own == name).map(|(_, source)| *source)
}

/// Bytes that one `put` brings in.
pub const PART_BYTES: usize = 240;
/// Integers of a claim after its first value.
pub const REST: usize = 12;

/// 240 bytes as `put` takes them, the last part filled up with zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// `[u128; 15]`.
    pub value: String,
    /// The name that the registry gives it.
    pub name: String,
}

/// A key or a proof in parts.
///
/// # Errors
///
/// [`LedgerError::Text`] never, for any bytes.
pub fn parts(bytes: &[u8]) -> Result<Vec<Part>, LedgerError> {
    bytes.chunks(PART_BYTES).map(part).collect()
}

fn part(bytes: &[u8]) -> Result<Part, LedgerError> {
    let mut whole = [0u8; PART_BYTES];
    whole[..bytes.len()].copy_from_slice(bytes);
    let words = whole.chunks(16).map(|word| {
        let value = word.iter().rev().fold(0u128, |sum, byte| sum << 8 | u128::from(*byte));
        format!("{value}u128")
    });
    let value = format!("[{}]", words.collect::<Vec<_>>().join(", "));
    let name = hash(&value)?;
    Ok(Part { value, name })
}

/// Names of parts as an array of fields.
#[must_use]
pub fn names(parts: &[Part]) -> String {
    format!("[{}]", parts.iter().map(|p| p.name.as_str()).collect::<Vec<_>>().join(", "))
}

/// 32 bytes as `[u128; 2]`.
#[must_use]
pub fn digest(bytes: &[u8; 32]) -> String {
    let half = |part: &[u8]| part.iter().rev().fold(0u128, |sum, byte| sum << 8 | u128::from(*byte));
    format!("[{}u128, {}u128]", half(&bytes[..16]), half(&bytes[16..]))
}

/// An edition of a model in the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// A field literal.
    pub model: String,
    /// From one on.
    pub version: u32,
}

impl Edition {
    /// As programs write it.
    #[must_use]
    pub fn value(&self) -> String {
        format!("{{ model: {}, version: {}u32 }}", self.model, self.version)
    }
}

/// What a proof's public values say of a registered model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The model.
    pub edition: Edition,
    /// A field literal.
    pub context: String,
    /// The first value after the context: a field literal.
    pub first: String,
    /// The rest.
    pub rest: Vec<i64>,
}

impl Claim {
    /// The claim behind a proof's public values in decimal: one, model, context, and at most thirteen more.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Text`] if there are none or too many after the context, or one after the first is no `i64`.
    pub fn of_statement(edition: Edition, publics: &[String]) -> Result<Self, LedgerError> {
        let refused = |cause: String| LedgerError::Text { what: "statement of a claim", cause };
        let [_, _, context, first, rest @ ..] = publics else {
            return Err(refused(format!("{} public values, a claim has at least 4", publics.len())));
        };
        if rest.len() > REST {
            let most = REST + 4;
            return Err(refused(format!("{} public values, the contract takes at most {most}", publics.len())));
        }
        let integer = |value: &String| small(value).ok_or_else(|| refused(format!("{value} is no 64-bit integer")));
        let rest = rest.iter().map(integer).collect::<Result<Vec<i64>, _>>()?;
        let [context, first] = [context, first].map(|v| format!("{v}field"));
        Ok(Self { edition, context, first, rest })
    }

    /// As programs write it.
    #[must_use]
    pub fn value(&self) -> String {
        let rest: Vec<String> =
            (0..REST).map(|i| format!("{}i64", self.rest.get(i).copied().unwrap_or_default())).collect();
        let (edition, rest) = (self.edition.value(), rest.join(", "));
        format!("{{ edition: {edition}, context: {}, first: {}, rest: [{rest}] }}", self.context, self.first)
    }

    /// The name that the contract gives it.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Text`] if a literal of it is none.
    pub fn name(&self) -> Result<String, LedgerError> {
        hash(&self.value())
    }
}

/// A field element in decimal as the signed integer that it stands for.
fn small(value: &str) -> Option<i64> {
    let parse = |text: String| Field::<Net>::from_str(&text).ok();
    let plain: Option<i64> = value.parse().ok();
    if plain.is_some() {
        return plain;
    }
    let negated = (-parse(format!("{value}field"))?).to_string();
    let positive: u64 = negated.strip_suffix("field")?.parse().ok()?;
    i64::try_from(-i128::from(positive)).ok()
}

/// A field literal of a number in decimal.
///
/// # Errors
///
/// [`LedgerError::Text`].
pub fn field_literal(decimal: &str) -> Result<String, LedgerError> {
    Field::<Net>::from_str(&format!("{decimal}field")).map(|f| f.to_string()).map_err(text("field element"))
}
