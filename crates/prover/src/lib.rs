//! The prover: everything that sees weights, inputs or blinds.
//!
//! ```text
//! weights ── commit ──▶ Secret + commitment bytes                once
//! Secret + inputs ── witness ── prove ──▶ evidence (+ openings)   each time
//! ```

#![forbid(unsafe_code)]

mod committed;
mod error;
mod estimate;
mod open;
mod prove;
mod sealed;
mod secret;
pub mod witness;

pub use committed::CommittedTensor;
pub use error::ProverError;
pub use estimate::{Estimate, estimate};
pub use intaglio_argument::prove::{Cancelled, Observer, Silent};
pub use open::open;
pub use prove::{Audience, Made, Task, prove};
pub use secret::{Parameters, Secret, commit};
