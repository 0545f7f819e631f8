//! Integer programs as circuits that the Aleo chain verifies.
//!
//! ```text
//! program + weights + input ── circuit ──▶ R1CS ── varuna ──▶ proof (957 bytes)      verifying key (673 bytes)
//! ```
//!
//! The rank-1 constraint system is our own, over the scalar field of BLS12-377. Its Varuna V3 proofs are what the
//! instruction `snark.verify` checks. Weights are constants of the circuit (*baked*), and the verifying key identifies the
//! model; or they are private, and a commitment to them stands in the statement.
//! `parameters` asks beforehand whether the powers that a circuit needs are there; nothing is ever downloaded.

pub mod bridge;
pub mod circuit;
pub mod commitments;
pub mod edwards;
pub mod element;
pub mod gadgets;
pub mod instructions;
mod linear;
mod operators;
pub mod parameters;
pub mod poseidon;
pub mod r1cs;
pub mod varuna;
