//! Rows: whole rows for long tensors, short ones side by side.

use crate::point::Coordinate;
use crate::system::{System, Tensor};

/// Where a tensor lives: cells `offset .. offset + 2^num_vars` of its group, row after row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Group index.
    pub group: usize,
    /// First cell in the group's flat array of rows.
    pub offset: usize,
    /// Variables of the tensor.
    pub num_vars: usize,
    width_vars: usize,
    first_row: usize,
}

impl Place {
    /// How many of the tensor's variables, the last ones, are column coordinates.
    #[must_use]
    pub fn column_vars(&self) -> usize {
        self.num_vars.min(self.width_vars)
    }

    /// The first row, counted over all groups.
    #[must_use]
    pub fn first_row(&self) -> usize {
        self.first_row
    }

    /// The constant column coordinates before the tensor's own: zeros up to the group's width, then the bits of its
    /// place in the row.
    pub fn prefix(&self, column_vars: usize) -> impl Iterator<Item = Coordinate> + use<> {
        let zeros = column_vars.saturating_sub(self.width_vars);
        let bits = self.width_vars - self.column_vars();
        let block = (self.offset >> self.num_vars) & ((1usize << bits) - 1);
        let place = (0..bits).rev().map(move |i| Coordinate::bit(block >> i & 1 == 1));
        std::iter::repeat_with(Coordinate::zero).take(zeros).chain(place)
    }
}

/// Places every tensor; returns the places and the number of rows of each group. Within a group longer tensors come
/// first, ties by declaration, so every offset is a multiple of the tensor's size.
pub(super) fn place(system: &System) -> (Vec<Place>, Vec<usize>) {
    let mut order: Vec<(usize, &Tensor)> = system.tensors().iter().enumerate().collect();
    order.sort_by_key(|(index, t)| (t.group, std::cmp::Reverse(t.num_vars), *index));
    let mut places: Vec<(usize, Place)> = Vec::with_capacity(order.len());
    let mut group_rows = Vec::with_capacity(system.groups().len());
    let mut first_row = 0;
    for (group, rows) in system.groups().iter().enumerate() {
        let mut cells = 0usize;
        for (index, t) in order.iter().filter(|(_, t)| t.group.0 as usize == group) {
            let own = Place {
                group,
                offset: cells,
                num_vars: t.num_vars,
                width_vars: rows.width_vars,
                first_row: first_row + (cells >> rows.width_vars),
            };
            places.push((*index, own));
            cells += 1 << t.num_vars;
        }
        let count = cells.div_ceil(1 << rows.width_vars);
        group_rows.push(count);
        first_row += count;
    }
    places.sort_by_key(|(index, _)| *index);
    (places.into_iter().map(|(_, p)| p).collect(), group_rows)
}
