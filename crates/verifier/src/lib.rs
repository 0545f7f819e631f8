//! The verifier: evidence and a checked model commitment in, what was established out.
//!
//! ```text
//! commitment bytes ── check ──▶ CheckedModel          once: well-formedness of every row
//! evidence bytes + CheckedModel + what the verifier asked for ── verify ──▶ Verified
//! ```
//!
//! Any bytes give a typed [`Rejection`] that names the stage and the cause. Nothing here panics, allocates by a length
//! that a stranger wrote without checking it, or reads a clock.

#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::todo,
        clippy::unimplemented,
        clippy::integer_division_remainder_used,
        clippy::float_arithmetic
    )
)]

mod budget;
mod checks;
mod evidence;
mod model;
mod opening;
mod plans;
mod receipt;
mod rejection;
mod statement;
mod verify;

pub use budget::Budget;
pub use checks::Check;
pub use evidence::Evidence;
pub use model::{CheckedModel, Commitment};
#[cfg(feature = "mutants")]
pub use opening::insecure_verify_opening;
pub use opening::{CommittedBoundary, Opening, OpeningStatement, boundary_rows, verify_opening};
pub use plans::{LaidOut, Plans};
pub use receipt::{Receipt, ReceiptKey};
pub use rejection::{Rejection, Stage};
pub use statement::{Boundary, Statement};
#[cfg(feature = "mutants")]
pub use verify::insecure_verify;
pub use verify::{Policy, Request, Verified, imported_groups, public_tensors, verify};

/// Most bytes of a nonce.
pub const MAX_NONCE: usize = 1 << 10;
/// Most bytes of an audience.
pub const MAX_AUDIENCE: usize = 1 << 10;
