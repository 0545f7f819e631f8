//! The physical layout of a tensor: axes, each padded to a power of two on its own.
//!
//! An axis is a group of consecutive dimensions, flattened (the spatial ones of an image are one axis). Cells beyond the
//! tensor exist and obey the relations with their wired inputs zero.

use crate::tensor::{cells, split};

/// Axes from the highest bits to the lowest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    axes: Vec<usize>,
}

/// `⌈log2 len⌉`, 0 for an axis of one cell.
#[must_use]
pub fn vars_for(len: usize) -> usize {
    let vars = usize::BITS - len.saturating_sub(1).leading_zeros();
    vars as usize
}

impl Layout {
    /// One axis for all cells, row-major: model inputs, outputs at the boundary.
    #[must_use]
    pub fn flat(shape: &[usize]) -> Self {
        Self { axes: vec![cells(shape)] }
    }

    /// Every dimension its own axis.
    #[must_use]
    pub fn separate(shape: &[usize]) -> Self {
        Self { axes: shape.to_vec() }
    }

    /// `[N][C][spatial]`, or `[N][G][C/G][spatial]` for grouped channels.
    #[must_use]
    pub fn image(shape: &[usize], groups: usize) -> Self {
        let dim = |i: usize| shape.get(i).copied().unwrap_or(1);
        let spatial = cells(shape.get(2..).unwrap_or(&[]));
        let axes = match groups {
            0 | 1 => vec![dim(0), dim(1), spatial],
            g => vec![dim(0), g, split(dim(1), g).0, spatial],
        };
        Self { axes }
    }

    /// Given axes.
    #[must_use]
    pub fn new(axes: Vec<usize>) -> Self {
        Self { axes }
    }

    /// Lengths of the axes.
    #[must_use]
    pub fn axes(&self) -> &[usize] {
        &self.axes
    }

    /// Variables of each axis.
    #[must_use]
    pub fn axis_vars(&self) -> Vec<usize> {
        self.axes.iter().map(|len| vars_for(*len)).collect()
    }

    /// Variables of the whole.
    #[must_use]
    pub fn num_vars(&self) -> usize {
        self.axes.iter().map(|len| vars_for(*len)).sum()
    }

    /// The variables of axis `i`, as positions in a point.
    #[must_use]
    pub fn vars_of(&self, axis: usize) -> Vec<usize> {
        let start: usize = self.axes.iter().take(axis).map(|len| vars_for(*len)).sum();
        let own = self.axes.get(axis).map_or(0, |len| vars_for(*len));
        (start..start + own).collect()
    }

    /// True if some cell is padding.
    #[must_use]
    pub fn is_padded(&self) -> bool {
        self.axes.iter().any(|len| !len.is_power_of_two())
    }

    /// Number of true cells.
    #[must_use]
    pub fn cells(&self) -> usize {
        cells(&self.axes)
    }

    /// The physical cell of a logical row-major index.
    #[must_use]
    pub fn cell_of(&self, mut flat: usize) -> usize {
        let mut cell = 0;
        let mut shift = 0;
        for len in self.axes.iter().rev() {
            let (rest, own) = split(flat, *len);
            cell |= own << shift;
            flat = rest;
            shift += vars_for(*len);
        }
        cell
    }

    /// `(num_vars, len)` of each axis, as masks want it.
    #[must_use]
    pub fn mask(&self) -> Vec<(usize, u64)> {
        self.axes.iter().map(|len| (vars_for(*len), *len as u64)).collect()
    }

    /// A padded array from logical cells; padding is `fill`.
    #[must_use]
    pub fn scatter(&self, logical: &[i64], fill: i64) -> Vec<i64> {
        let mut out = vec![fill; 1 << self.num_vars()];
        for (flat, value) in logical.iter().enumerate() {
            if let Some(cell) = out.get_mut(self.cell_of(flat)) {
                *cell = *value;
            }
        }
        out
    }

    /// The logical cells of a padded array.
    #[must_use]
    pub fn gather(&self, physical: &[i64]) -> Vec<i64> {
        (0..self.cells()).map(|flat| physical.get(self.cell_of(flat)).copied().unwrap_or(0)).collect()
    }
}
