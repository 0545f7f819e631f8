//! What tests of zero-knowledge need and no product has: a simulator, and an adversary that knows the witness.

mod adversary;
mod simulator;

pub use adversary::{Recovered, recover};
pub use simulator::{Simulated, simulate};
