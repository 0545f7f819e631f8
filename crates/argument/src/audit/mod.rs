//! Static audit of a schedule (spec/security.md, section 11): what each hidden scalar can still change, and when.
//!
//! ```text
//! T1 touched     each slot has a non-zero derivative in some equation
//! T2 discharged  the slots of a message have full rank in later equations, modulo all earlier slots and the error of an
//!                honest run on a wrong witness (Proposition 7)
//! T3 cells       the batched column claim reads every cell of every tensor, and no other
//! T4 rows        row coefficients and κ have full rank over random challenges
//! T5 used        each evaluation stands in an equation that closes with its own message
//! T6 degrees     products have two hidden factors, both operands of their own message; coefficients are of degree one
//! ```
//!
//! It runs the very [`crate::schedule`]. It does not see a wrong constant, sign, table or tag, a relation that was never
//! asked for, or a lookup of the wrong cell.

mod alteration;
mod checks;
mod rank;
mod record;

pub use alteration::Alteration;
pub use checks::{Depth, Finding, Report, audit};
