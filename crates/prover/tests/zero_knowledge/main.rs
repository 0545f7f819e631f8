//! Zero-knowledge: what a proof shows does not depend on what it hides. `spec/security.md` §8 has the theorems.
//!
//! The number of proofs in each statistical test is 1000, or what `INTAGLIO_ZK_PROOFS` says. Thresholds are such that
//! honest proofs fail any of them about once in a hundred thousand runs.

mod game;
mod independence;
mod positions;
mod reuse;
mod simulation;
mod statistics;
mod tiny;
mod unblind;
