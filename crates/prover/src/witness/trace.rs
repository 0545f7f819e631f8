//! What one run leaves behind.

use intaglio_program::tensor::IntTensor;
use zeroize::Zeroize;

/// Cells of one run: everything that the columns are made of.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// Padded cells of each value; empty for views.
    pub physical: Vec<Vec<i64>>,
    /// Saturated cells of each requantisation, true cells only.
    pub saturated: Vec<Saturation>,
    /// Row-major cells of each output.
    pub outputs: Vec<IntTensor>,
}

/// Wipes the cells of all values. A proof does so; a bare run, whose outputs go to the caller anyway, does not.
impl Zeroize for Trace {
    fn zeroize(&mut self) {
        self.physical.iter_mut().for_each(Zeroize::zeroize);
        self.outputs.iter_mut().for_each(|output| output.data.zeroize());
    }
}

/// How often one requantisation saturated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saturation {
    /// Which node.
    pub node: usize,
    /// True cells beyond the range; a ReLU's lower side is its function and does not count.
    pub cells: usize,
}
