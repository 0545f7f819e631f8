//! What tests need and no product has: mutants of the verifier with provers that deviate, a simulator, and an adversary
//! that knows the witness.

#[cfg(feature = "prove")]
mod adversary;
mod decode;
#[cfg(feature = "prove")]
mod deviation;
mod mutant;
mod oracle;
#[cfg(feature = "prove")]
mod simulator;

#[cfg(feature = "prove")]
pub use adversary::{Recovered, recover};
pub(crate) use decode::{reduced_point, reduced_scalar};
#[cfg(feature = "prove")]
pub(crate) use deviation::on_product;
#[cfg(feature = "prove")]
pub use deviation::{Deviation, Returns};
pub use mutant::{Alteration, Mutant};
pub use oracle::Oracle;
#[cfg(feature = "prove")]
pub use simulator::{Simulated, simulate};
