//! Shape and range of a weighted sum.

use super::Add;
use crate::layout::Layout;
use crate::ops::{Context, ShapeError, accumulator, product_range, with_zero};
use crate::program::{Class, Value};
use crate::tensor::broadcast;

impl Add {
    pub(crate) fn shape(&self, cx: Context<'_>) -> Result<Value, ShapeError> {
        if cx.inputs.len() != self.coefficients.len() || cx.inputs.is_empty() {
            return Err("one coefficient for each input, at least one input");
        }
        let parameters: Option<Vec<_>> =
            self.parameters.iter().map(|(id, c)| cx.parameters.get(id.0 as usize).map(|p| (p, *c))).collect();
        let parameters = parameters.ok_or("a parameter does not exist")?;
        let shapes = cx.inputs.iter().map(|v| &v.shape).chain(parameters.iter().map(|(p, _)| &p.shape));
        let mut shape = Vec::new();
        for s in shapes {
            shape = broadcast(&shape, s).ok_or("the shapes cannot be broadcast together")?;
        }
        let bounded = |c: i64| c.unsigned_abs() < 1 << 40;
        if !self.coefficients.iter().all(|c| bounded(*c))
            || !parameters.iter().all(|(_, c)| bounded(*c))
            || !bounded(self.constant)
        {
            return Err("a coefficient has more than 40 bits");
        }
        let (mut lo, mut hi) = (i128::from(self.constant), i128::from(self.constant));
        // tensors and parameters are read through true cells
        let mut padding = (lo, hi);
        for (value, c) in cx.inputs.iter().zip(&self.coefficients) {
            let (a, b) = product_range(with_zero(value.lo, value.hi), ((*c).into(), (*c).into()));
            lo += a;
            hi += b;
            if value.class == Class::Accumulator {
                let own = (value.padding.0.into(), value.padding.1.into());
                let (a, b) = product_range(own, ((*c).into(), (*c).into()));
                padding = (padding.0 + a, padding.1 + b);
            }
        }
        for (p, c) in &parameters {
            let (w_lo, w_hi) = p.range();
            let (a, b) = product_range((w_lo.into(), w_hi.into()), ((*c).into(), (*c).into()));
            lo += a;
            hi += b;
        }
        let layout = layout_of(cx, &shape)?;
        accumulator(shape, layout, (lo, hi), padding)
    }
}

/// The layout of the accumulators among the inputs, which must agree; else of the first input with the output's shape.
fn layout_of(cx: Context<'_>, shape: &[usize]) -> Result<Layout, ShapeError> {
    let mut accumulators = cx.inputs.iter().filter(|v| v.class == Class::Accumulator);
    if let Some(first) = accumulators.next() {
        if first.shape != shape || accumulators.any(|v| v.layout != first.layout || v.shape != shape) {
            return Err(
                "accumulators that are added must have the output's shape and one layout: requantise one first",
            );
        }
        return Ok(first.layout.clone());
    }
    let same = cx.inputs.iter().find(|v| v.shape == shape && v.class == Class::Tensor);
    Ok(same.map_or_else(|| Layout::separate(shape), |v| v.layout.clone()))
}
