//! Operators. A folder each: what it computes, its shape and range, its integer meaning, its relation.

pub mod add;
pub mod argmax;
pub mod conv;
pub mod lookup;
pub mod matmul;
pub mod max_pool;
pub mod product;
pub mod requantise;
pub mod sum_pool;
pub mod view;
pub mod window;

use crate::layout::Layout;
use crate::program::{Class, FunctionTable, Parameter, ParameterId, Value};
use crate::tensor::IntTensor;

/// An operator with its attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// Convolution by committed weights.
    Conv(conv::Conv),
    /// Product with a committed matrix.
    MatMul(matmul::MatMul),
    /// Product of two activations.
    Product(product::Product),
    /// Weighted sum of values and parameters.
    Add(add::Add),
    /// Sum or mean over windows.
    SumPool(sum_pool::SumPool),
    /// Shift, round, saturate; ReLU and Clip.
    Requantise(requantise::Requantise),
    /// A function of one tensor by table.
    Lookup(lookup::Lookup),
    /// Maximum over windows.
    MaxPool(max_pool::MaxPool),
    /// First index of the maximum along an axis.
    ArgMax(argmax::ArgMax),
    /// Reshape.
    Reshape(view::Reshape),
    /// Transpose.
    Transpose(view::Transpose),
}

/// What an operator sees of the program around it.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Types of the inputs, in order.
    pub inputs: &'a [&'a Value],
    /// All parameters.
    pub parameters: &'a [Parameter],
    /// All function tables.
    pub tables: &'a [FunctionTable],
}

/// What an operator computes from.
#[derive(Clone, Copy)]
pub struct Operands<'a> {
    /// Values of the inputs, in order.
    pub inputs: &'a [&'a IntTensor],
    /// Values of all parameters.
    pub parameters: &'a [IntTensor],
    /// All function tables.
    pub tables: &'a [FunctionTable],
}

/// Why an operator does not fit its inputs.
pub type ShapeError = &'static str;

impl Op {
    /// Stable name, as in descriptions.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Conv(_) => "conv",
            Self::MatMul(_) => "matmul",
            Self::Product(_) => "batch_matmul",
            Self::Add(_) => "add",
            Self::SumPool(_) => "sum_pool",
            Self::Requantise(_) => "requantise",
            Self::Lookup(_) => "lookup",
            Self::MaxPool(_) => "max_pool",
            Self::ArgMax(_) => "argmax",
            Self::Reshape(_) => "reshape",
            Self::Transpose(_) => "transpose",
        }
    }

    /// The parameters that it reads.
    #[must_use]
    pub fn parameters(&self) -> Vec<ParameterId> {
        match self {
            Self::Conv(op) => std::iter::once(op.weight).chain(op.bias).collect(),
            Self::MatMul(op) => std::iter::once(op.weight).chain(op.bias).collect(),
            Self::Add(op) => op.parameters.iter().map(|(id, _)| *id).collect(),
            Self::Product(_)
            | Self::SumPool(_)
            | Self::Requantise(_)
            | Self::Lookup(_)
            | Self::MaxPool(_)
            | Self::ArgMax(_)
            | Self::Reshape(_)
            | Self::Transpose(_) => Vec::new(),
        }
    }

    /// How many values it reads; none if that is its own choice.
    #[must_use]
    pub fn arity(&self) -> Option<usize> {
        match self {
            Self::Add(_) => None,
            Self::Product(_) => Some(2),
            Self::Conv(_)
            | Self::MatMul(_)
            | Self::SumPool(_)
            | Self::Requantise(_)
            | Self::Lookup(_)
            | Self::MaxPool(_)
            | Self::ArgMax(_)
            | Self::Reshape(_)
            | Self::Transpose(_) => Some(1),
        }
    }

    /// Windows times offsets, for an output of this shape; 0 for an operator without windows.
    #[must_use]
    pub fn taps(&self, out: &[usize]) -> usize {
        let window = match self {
            Self::Conv(op) => &op.window,
            Self::SumPool(op) => &op.window,
            Self::MaxPool(op) => &op.window,
            _ => return 0,
        };
        crate::tensor::cells(out.get(2..).unwrap_or(&[])).saturating_mul(window.volume())
    }

    /// The type of the output, from declared types alone.
    ///
    /// # Errors
    ///
    /// What does not fit.
    pub fn shape(&self, cx: Context<'_>) -> Result<Value, ShapeError> {
        match self {
            Self::Conv(op) => op.shape(cx),
            Self::MatMul(op) => op.shape(cx),
            Self::Product(op) => op.shape(cx),
            Self::Add(op) => op.shape(cx),
            Self::SumPool(op) => op.shape(cx),
            Self::Requantise(op) => op.shape(cx),
            Self::Lookup(op) => op.shape(cx),
            Self::MaxPool(op) => op.shape(cx),
            Self::ArgMax(op) => op.shape(cx),
            Self::Reshape(op) => op.shape(cx),
            Self::Transpose(op) => op.shape(cx),
        }
    }

    /// The integer meaning: the definition. Inputs must have the shapes that [`Self::shape`] accepted.
    #[must_use]
    pub fn evaluate(&self, operands: Operands<'_>, out: &Value) -> IntTensor {
        match self {
            Self::Conv(op) => op.evaluate(operands, out),
            Self::MatMul(op) => op.evaluate(operands, out),
            Self::Product(op) => op.evaluate(operands, out),
            Self::Add(op) => op.evaluate(operands, out),
            Self::SumPool(op) => op.evaluate(operands, out),
            Self::Requantise(op) => op.evaluate(operands),
            Self::Lookup(op) => op.evaluate(operands),
            Self::MaxPool(op) => op.evaluate(operands, out),
            Self::ArgMax(op) => op.evaluate(operands, out),
            Self::Reshape(op) => op.evaluate(operands),
            Self::Transpose(op) => op.evaluate(operands, out),
        }
    }
}

/// The first input, which may not be an accumulator.
pub(crate) fn tensor_input<'a>(cx: Context<'a>, index: usize) -> Result<&'a Value, ShapeError> {
    let value = cx.inputs.get(index).ok_or("an input is missing")?;
    match value.class {
        Class::Accumulator => Err("an accumulator must be requantised before it is used here"),
        Class::Tensor | Class::View => Ok(value),
    }
}

/// An accumulator of a range that stays exact everywhere. `padding` is what its cells beyond the tensor hold, where
/// everything wired or multiplied is zero.
pub(crate) fn accumulator(
    shape: Vec<usize>,
    layout: Layout,
    (lo, hi): (i128, i128),
    padding: (i128, i128),
) -> Result<Value, ShapeError> {
    const LIMIT: i128 = 1 << 52;
    if lo < -LIMIT || hi > LIMIT {
        return Err("the accumulator may exceed 2^52: use fewer weight bits");
    }
    let narrow = |v: i128| i64::try_from(v).map_err(|_| "the accumulator may exceed 2^52: use fewer weight bits");
    let padding = (narrow(padding.0)?, narrow(padding.1)?);
    Ok(Value { shape, lo: narrow(lo)?, hi: narrow(hi)?, class: Class::Accumulator, layout, padding })
}

/// The hull of a range and zero: what a padded or wired cell may hold.
pub(crate) fn with_zero(lo: i64, hi: i64) -> (i128, i128) {
    (i128::from(lo.min(0)), i128::from(hi.max(0)))
}

/// The range of one product of two ranges.
pub(crate) fn product_range(a: (i128, i128), b: (i128, i128)) -> (i128, i128) {
    let corners = [a.0 * b.0, a.0 * b.1, a.1 * b.0, a.1 * b.1];
    corners.iter().fold((0, 0), |(lo, hi), c| (lo.min(*c), hi.max(*c)))
}

/// `count` terms of a range.
pub(crate) fn times(range: (i128, i128), count: usize) -> (i128, i128) {
    let n = count as i128;
    (range.0.saturating_mul(n), range.1.saturating_mul(n))
}
