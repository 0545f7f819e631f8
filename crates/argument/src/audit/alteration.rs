//! Mutants of a schedule: what a recorder does differently. They exist in the audit only; no proof is made with one.

use crate::form::Form;

/// One deviation from the schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alteration {
    /// The schedule as it stands.
    None,
    /// An equation that is never stated.
    DropEquation(&'static str),
    /// An evaluation of an earlier message, counted from 0, that an equation does not take up: a lost claim.
    LoseClaim(&'static str, usize),
    /// The first evaluation of its own message, left out of an equation.
    ForgetOwn(&'static str),
    /// A slot left out of every equation.
    Orphan(&'static str),
    /// A challenge that is another one again.
    Share {
        /// The challenge.
        label: &'static str,
        /// Whose value it has.
        with: &'static str,
    },
    /// A challenge that is always 1.
    One(&'static str),
    /// A product times one more polynomial at the end point: degree three.
    ThirdFactor(&'static str),
    /// A product that takes up slots of earlier messages: the claim stands where an operand belongs.
    SquareClaim(&'static str),
}

/// `form` without the terms of `slot`.
pub(super) fn without(form: &Form, slot: u32) -> Form {
    let terms = form.terms.iter().filter(|(s, _)| *s != slot).copied().collect();
    Form { constant: form.constant, terms }
}
