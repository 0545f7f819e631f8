//! The zero-knowledge argument: rows, claims, schedules, relations. It knows nothing of neural networks.
//!
//! ```text
//! System ── Plan (rows, leaves, slots, sizes) ── prove ─▶ proof bytes ─▶ verify ─▶ Accepted
//!                            │
//!                            └── schedule: one function, run by both sides
//! ```
//!
//! A prover scalar travels as value + one-time pad and is an affine [`form::Form`] in the pads for everybody. The
//! schedule is the only way to send one; each form stands in an equation, and the closing argument shows all equations
//! at once. `spec/protocol.md` owns the bytes and the equations.

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

#[cfg(feature = "audit")]
#[cfg_attr(not(test), expect(clippy::integer_division_remainder_used, reason = "a test's own tool"))]
pub mod audit;
pub mod closing;
pub mod columns;
pub mod form;
pub mod inner;
pub mod lookup;
#[cfg(feature = "mutants")]
pub mod mutants;
pub mod party;
pub mod plan;
pub mod point;
pub mod proof;
pub mod rules;
pub mod schedule;
pub mod soundness;
pub mod statement;
pub mod sumcheck;
pub mod system;
pub mod transcript;
pub mod verify;
pub mod wiring;
pub mod zerocheck;

#[cfg(feature = "prove")]
pub mod prove;
