//! The integer program: one output for each input, exactly; and the relations that prove it was run.
//!
//! ```text
//! Program ── bytes, digest          identity
//!    │ ── interpret                 the integer meaning, slow and obvious: the definition
//!    └─── lower                     systems of relations for the argument
//! ```
//!
//! Everything a verifier needs stands here, so nothing in this crate panics, uses floats or trusts its input.

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

pub mod bytes;
#[cfg(feature = "describe")]
pub mod description;
pub mod interpret;
pub mod layout;
pub mod lower;
pub mod ops;
pub mod program;
pub mod tensor;
pub mod view;
