//! What each committed tensor of a lowered program holds.

use crate::program::{ParameterId, ValueId};
use intaglio_argument::system::TensorId;

/// A committed tensor and its meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The tensor.
    pub tensor: TensorId,
    /// What it holds.
    pub role: Role,
}

/// The meaning of a committed tensor. Multiplicities have none: the argument fills them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A parameter, in its physical layout.
    Parameter(ParameterId),
    /// Cells of a value, in its layout: an input, a requantised tensor, a table's output, a maximum, an index.
    Value(ValueId),
    /// `d⁺` of a requantisation.
    Upper(usize),
    /// Bits `shift .. shift + bits` of `m` of a requantisation.
    Miss {
        /// The node.
        node: usize,
        /// Lowest bit.
        shift: u32,
        /// Number of bits.
        bits: u32,
    },
    /// Bits of the remainder `r` of a requantisation.
    Remainder {
        /// The node.
        node: usize,
        /// Lowest bit.
        shift: u32,
        /// Number of bits.
        bits: u32,
    },
    /// Bits of a range-checked form.
    Limb {
        /// Which form.
        of: Span,
        /// Lowest bit.
        shift: u32,
        /// Number of bits.
        bits: u32,
    },
    /// Selector `i` of a pooled maximum.
    Selector {
        /// The node.
        node: usize,
        /// Which element of the window.
        element: usize,
    },
    /// The maximum of each row of an argmax.
    RowMaximum(usize),
    /// The selectors of an argmax.
    RowSelectors(usize),
    /// The committed copy of an output, flat.
    OutputCopy(usize),
}

/// A form that is range-checked by limbs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// `v − lo`.
    AboveLow(ValueId),
    /// `hi − v`.
    BelowHigh(ValueId),
    /// `M − x_i` of a pooled maximum, or its distance from the greatest possible one.
    PoolDifference {
        /// The node.
        node: usize,
        /// Which element of the window.
        element: usize,
        /// `max − (M − x_i)` instead of `M − x_i`.
        complement: bool,
    },
    /// `u − Σ_{j>i} s_j` of an argmax, or its distance from the greatest possible one.
    ArgDifference {
        /// The node.
        node: usize,
        /// The distance instead.
        complement: bool,
    },
    /// `W + 2^(bits−1)` of a parameter.
    Parameter(ParameterId),
}
