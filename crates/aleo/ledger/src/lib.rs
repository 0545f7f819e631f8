//! Aleo programs, transactions and a ledger in memory, behind concrete types.
//!
//! ```text
//! program ── Author ──▶ transaction ── Chain ──▶ accepted · rejected · aborted ──▶ mappings, records
//! ```
//!
//! [`author`] makes transactions for any node of the network; [`chain`] is a whole ledger with the network's own consensus
//! code, in memory. All calls that are generic in snarkVM stand here with concrete types, so that what uses this crate links
//! in seconds. Nothing is ever downloaded: each function's circuit is counted and compared with the powers that are there
//! before snarkVM is asked for keys.

pub mod account;
pub mod author;
pub mod chain;
pub mod contracts;
pub mod error;
pub mod functions;
mod genesis;
#[cfg(feature = "unproven")]
pub mod unproven;

use snarkvm_ledger::store::helpers::memory::ConsensusMemory;

/// The network whose rules and encodings are used.
pub type Net = snarkvm_console::network::TestnetV0;
/// The circuits of that network.
pub type Circuits = snarkvm_circuit::AleoTestnetV0;
/// Where the ledger lives.
pub type Store = ConsensusMemory<Net>;
