//! Shape and range of a requantisation, and which sides can saturate.

use super::Requantise;
use crate::ops::{Context, ShapeError};
use crate::program::{Class, Overflow, Value};

/// How far `q` can lie outside the range, by declared types; 0 where it cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sides {
    /// Greatest distance below `lo`.
    pub below: i64,
    /// Greatest distance above `hi`.
    pub above: i64,
}

impl Requantise {
    pub(crate) fn shape(&self, cx: Context<'_>) -> Result<Value, ShapeError> {
        let x = cx.inputs.first().ok_or("an input is missing")?;
        if x.class == Class::View {
            return Err("a view is not requantised: requantise the tensor behind it");
        }
        if self.shift > 40 || self.lo >= self.hi || self.lo < -(1 << 40) || self.hi > 1 << 40 {
            return Err("a shift of at most 40 bits and lo < hi within 2^40");
        }
        // the columns' coefficients, 2^s times a bit of the distance, must stay integers of 62 bits
        let Sides { below, above } = self.sides(x, Overflow::Saturate);
        if i128::from(below.max(above)) << self.shift >= 1 << 61 {
            return Err("the kept range lies too far from what its input can reach, for this shift");
        }
        let (shape, layout) = (x.shape.clone(), x.layout.clone());
        let padding = (self.lo.min(0), self.hi.max(0));
        Ok(Value { shape, lo: self.lo, hi: self.hi, class: Class::Tensor, layout, padding })
    }

    /// The rounded quotient.
    #[must_use]
    pub fn quotient(&self, acc: i64) -> i64 {
        match self.shift.checked_sub(1) {
            Some(half) => (acc + (1i64 << half)) >> self.shift,
            None => acc,
        }
    }

    /// Whether the lower bound is the function itself, not an overflow.
    #[must_use]
    pub fn is_relu(&self) -> bool {
        self.lo == 0
    }

    /// Which sides can saturate for an accumulator of this declared type. Under [`Overflow::Refuse`] only a ReLU's lower
    /// side is exact; beyond the range there is no proof. Cells beyond the tensor are nobody's choice, so they saturate
    /// all the same, as far as they can lie outside.
    #[must_use]
    pub fn sides(&self, acc: &Value, overflow: Overflow) -> Sides {
        let below = (self.lo - self.quotient(acc.lo.min(0))).max(0);
        let above = (self.quotient(acc.hi.max(0)) - self.hi).max(0);
        match overflow {
            Overflow::Saturate => Sides { below, above },
            Overflow::Refuse => {
                let reached = |distance: i64| if acc.layout.is_padded() { distance.max(0) } else { 0 };
                let above = reached(self.quotient(acc.padding.1) - self.hi);
                let padded_below = reached(self.lo - self.quotient(acc.padding.0));
                Sides { below: if self.is_relu() { below } else { padded_below }, above }
            }
        }
    }
}
