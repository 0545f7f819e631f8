//! Where the cells of a parameter are: the inner axis of its product in the columns, its output index in the rows, so
//! that folding it along its outputs is a combination of rows.

use crate::layout::Layout;
use crate::ops::Op;
use crate::program::{ParameterId, Program};
use crate::tensor::{cells, split};

/// The physical layout of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterLayout {
    /// Axes as they lie in memory.
    pub layout: Layout,
    /// Convolution weights `[M, C/G, kernel]` lie as `[kernel][G][M/G][C/G]`: `(M, C/G, volume)`.
    kernel: Option<(usize, usize, usize)>,
}

impl ParameterLayout {
    /// The layout of a parameter, by the node that reads it.
    #[must_use]
    pub fn of(program: &Program, id: ParameterId) -> Self {
        let shape = program.parameters().get(id.0 as usize).map_or(&[][..], |p| p.shape.as_slice());
        let reader = program.nodes().iter().map(|n| &n.op).find(|op| op.parameters().contains(&id));
        Self::read_by(reader, id, shape)
    }

    /// The layout of a parameter of this shape, read by this operator.
    pub(crate) fn read_by(reader: Option<&Op>, id: ParameterId, shape: &[usize]) -> Self {
        match (reader, shape) {
            (Some(Op::Conv(conv)), [m, c, kernel @ ..]) if conv.weight == id => {
                let volume = cells(kernel);
                let axes = vec![volume, conv.groups, split(*m, conv.groups).0, *c];
                Self { layout: Layout::new(axes), kernel: Some((*m, *c, volume)) }
            }
            (Some(Op::Conv(conv)), _) if conv.bias == Some(id) => {
                let m = cells(shape);
                let axes = vec![conv.groups, split(m, conv.groups).0];
                Self { layout: Layout::new(axes), kernel: None }
            }
            _ => Self { layout: Layout::separate(shape), kernel: None },
        }
    }

    /// The physical cell of a row-major index.
    #[must_use]
    pub fn cell_of(&self, flat: usize) -> usize {
        match self.kernel {
            None => self.layout.cell_of(flat),
            Some((m, c, volume)) => {
                let (row, offset) = split(flat, volume);
                let (out, inner) = split(row, c);
                self.layout.cell_of((offset * m + out) * c + inner)
            }
        }
    }

    /// Number of variables.
    #[must_use]
    pub fn num_vars(&self) -> usize {
        self.layout.num_vars()
    }

    /// A padded array from row-major cells; padding is zero.
    #[must_use]
    pub fn scatter(&self, logical: &[i64]) -> Vec<i64> {
        let mut out = vec![0; 1 << self.num_vars()];
        self.place(logical.iter().copied(), &mut out);
        out
    }

    /// Writes row-major cells where they belong in a padded array.
    pub fn place(&self, logical: impl IntoIterator<Item = i64>, out: &mut [i64]) {
        for (flat, value) in logical.into_iter().enumerate() {
            if let Some(cell) = out.get_mut(self.cell_of(flat)) {
                *cell = value;
            }
        }
    }

    /// The row-major cells of a padded array.
    #[must_use]
    pub fn gather(&self, physical: &[i64]) -> Vec<i64> {
        (0..self.layout.cells()).map(|flat| physical.get(self.cell_of(flat)).copied().unwrap_or(0)).collect()
    }
}
