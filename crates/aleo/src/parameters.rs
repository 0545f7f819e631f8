//! The powers that Varuna needs, and whether they are there. Nothing is ever downloaded.
//!
//! The crates of snarkVM embed 2^15 powers. Further ones are files in `~/.aleo/resources`; snarkVM would fetch a missing one
//! from the network, so every circuit's degree is compared with what is there before snarkVM is asked for anything. It would
//! also remove a damaged one and say so on the standard output, so a file's hash is compared beforehand, too.

use crate::r1cs::Counts;
use sha2::{Digest, Sha256};
use snarkvm_algorithms::snark::varuna::{VarunaHidingMode, ahp::AHPForR1CS};
use snarkvm_curves::bls12_377::Fr;
use std::path::PathBuf;

/// Powers that need no file, as a power of two.
pub const EMBEDDED: u32 = 15;

/// A file of powers: `2^exponent` of them with those before.
struct File {
    exponent: u32,
    name: &'static str,
    sha256: &'static str,
}

impl File {
    /// Whether it holds what its hash says.
    fn is_whole(&self) -> Result<(), ParameterError> {
        let path = folder().join(self.name);
        let found = match std::fs::read(&path) {
            Ok(bytes) => {
                let hash: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
                if hash == self.sha256 {
                    return Ok(());
                }
                format!("SHA-256 {hash}")
            }
            Err(error) => format!("cannot be read: {error}"),
        };
        Err(ParameterError::Damaged { file: path.display().to_string(), expected: self.sha256, found })
    }
}

/// Files that this version knows, in order. Each needs those before it.
const FILES: [File; 1] = [File {
    exponent: 16,
    name: "powers-of-beta-16.usrs.84631bc",
    sha256: "84631bc11e1a6db99db085a8de586014e7dd10e97b42cbd766c105dea014bbd1",
}];

/// Powers are missing, or are not what their file's name says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// A file that is known is not there.
    #[error(
        "this circuit needs 2^{needed} powers ({counts}), the folder {folder} has 2^{have}: copy {missing} into it \
         (the network's public parameters)"
    )]
    Missing {
        /// What the circuit needs, as a power of two.
        needed: u32,
        /// What is there.
        have: u32,
        /// Sizes of the circuit.
        counts: String,
        /// The file.
        missing: &'static str,
        /// Where it belongs.
        folder: String,
    },
    /// More than this version can use.
    #[error("this circuit needs 2^{needed} powers ({counts}), at most 2^{most} are supported: use a smaller model")]
    TooLarge {
        /// What the circuit needs, as a power of two.
        needed: u32,
        /// Most.
        most: u32,
        /// Sizes of the circuit.
        counts: String,
    },
    /// A file holds something else.
    #[error("{file} is damaged ({found}, expected SHA-256 {expected}): put a whole copy in its place")]
    Damaged {
        /// The file, with its folder.
        file: String,
        /// What it should have.
        expected: &'static str,
        /// What it has, or why it cannot be read.
        found: String,
    },
}

/// Where files of powers are looked for.
#[must_use]
pub fn folder() -> PathBuf {
    let home = std::env::var_os("HOME").map_or_else(|| PathBuf::from("."), PathBuf::from);
    home.join(".aleo").join("resources")
}

/// How many powers a circuit needs, as a power of two.
#[must_use]
pub fn needed(counts: &Counts) -> u32 {
    let most = counts.non_zeros.into_iter().max().unwrap_or(0).max(1);
    // public values are padded to a power of two, the constant included
    let publics = (counts.publics + 1).next_power_of_two();
    let variables = counts.variables - 1 - counts.publics + publics;
    let rows = counts.constraints.max(1);
    let degree = AHPForR1CS::<Fr, VarunaHidingMode>::max_degree(rows, variables, most);
    degree.map_or(u32::MAX, |degree| (degree + 1).next_power_of_two().trailing_zeros())
}

/// How many powers are there, as a power of two.
#[must_use]
pub fn available() -> u32 {
    let there = |file: &&File| folder().join(file.name).is_file();
    FILES.iter().take_while(there).last().map_or(EMBEDDED, |file| file.exponent)
}

/// Whether a circuit can be set up and proven with the powers that are there.
///
/// # Errors
///
/// [`ParameterError`] says which power is missing and how to get it.
pub fn preflight(counts: &Counts) -> Result<u32, ParameterError> {
    let (needed, have) = (needed(counts), available());
    if needed <= have {
        for file in FILES.iter().take_while(|file| file.exponent <= needed) {
            file.is_whole()?;
        }
        return Ok(needed);
    }
    let [a, b, c] = counts.non_zeros;
    let counts = format!("{} constraints, {} variables, {a}/{b}/{c} non-zeros", counts.constraints, counts.variables);
    let most = FILES.last().map_or(EMBEDDED, |file| file.exponent);
    match FILES.iter().find(|file| file.exponent > have) {
        Some(file) if needed <= most => Err(ParameterError::Missing {
            needed,
            have,
            counts,
            missing: file.name,
            folder: folder().display().to_string(),
        }),
        _ => Err(ParameterError::TooLarge { needed, most, counts }),
    }
}
