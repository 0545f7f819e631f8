//! Reshapes and transposes composed down to the committed tensor behind them.

use crate::ops::Op;
use crate::program::{Class, Program, ValueId};
use crate::tensor::cells;

/// The committed tensor behind a value, and for each of the value's cells the flat index of the tensor's cell.
///
/// `None` as the map means: the value is the tensor itself.
#[must_use]
pub fn root(program: &Program, value: ValueId) -> (ValueId, Option<Vec<usize>>) {
    let Some(own) = program.value(value).filter(|v| v.class == Class::View) else { return (value, None) };
    let mut map: Vec<usize> = (0..cells(&own.shape)).collect();
    let mut at = value;
    while let Some((_, node)) = program.maker(at) {
        let Some(input) = node.inputs.first().copied() else { break };
        match &node.op {
            Op::Reshape(_) => {}
            Op::Transpose(t) => {
                let shape = program.value(input).map_or(&[][..], |v| v.shape.as_slice());
                map.iter_mut().for_each(|flat| *flat = t.source(*flat, shape));
            }
            _ => break,
        }
        at = input;
    }
    (at, Some(map))
}
