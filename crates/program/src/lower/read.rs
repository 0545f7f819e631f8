//! Reading values: whole where the layouts agree, wired from true cells everywhere else.
//!
//! A wiring lists true cells only, so what it reads is zero on padding whatever the tensor holds there. That is what
//! every sum over a padded axis rests on.

use super::LowerError;
use super::context::Lowering;
use crate::layout::Layout;
use crate::program::ValueId;
use crate::view::root;
use intaglio_argument::system::{AxisMap, Entry, Factor, SourceId, Wiring};

/// Most non-zeros of one wiring factor.
pub(crate) const MAX_ENTRIES: usize = 1 << 21;
/// Most non-zeros of all wirings of one program.
const MAX_TOTAL_ENTRIES: usize = 1 << 23;

impl Lowering<'_> {
    /// Takes `entries` non-zeros out of the program's budget. Asked before anything of that size is allocated.
    pub(crate) fn reserve(&mut self, node: usize, entries: usize) -> Result<(), LowerError> {
        self.entries = self.entries.saturating_add(entries);
        let (entries, max) = match entries > MAX_ENTRIES {
            true => (entries, MAX_ENTRIES),
            false => (self.entries, MAX_TOTAL_ENTRIES),
        };
        if entries > max {
            return Err(LowerError::Wiring { node: self.node_name(node), entries, max });
        }
        Ok(())
    }

    /// The value over a domain whose true cells are the value's, row-major. Zero on padding.
    pub(crate) fn read_value(&mut self, node: usize, value: ValueId, domain: &Layout) -> Result<SourceId, LowerError> {
        let (root_id, map) = root(self.program, value);
        let own = self.program.value(root_id).map(|v| v.layout.clone()).unwrap_or_default();
        let tensor = self.tensor_of(root_id);
        if map.is_none() && !own.is_padded() && !domain.is_padded() {
            return Ok(self.b.whole(tensor));
        }
        let name = format!("{}, value {}", self.node_name(node), value.0);
        if map.is_none() && own == *domain {
            let factors = (0..own.axes().len()).map(|axis| true_cells(&own, axis)).collect();
            return Ok(self.b.wired(&name, domain.num_vars(), tensor, Wiring { factors }));
        }
        self.reserve(node, domain.cells())?;
        let cells = (0..domain.cells()).map(|flat| (domain.cell_of(flat), flat, 1)).collect();
        self.wire_cells(node, value, domain.num_vars(), cells)
    }

    /// A wiring of `(cell of the domain, row-major cell of the value, weight)`, already reserved.
    pub(crate) fn wire_cells(
        &mut self,
        node: usize,
        value: ValueId,
        num_vars: usize,
        mut cells: Vec<(usize, usize, i64)>,
    ) -> Result<SourceId, LowerError> {
        let name = format!("{}, wired value {}", self.node_name(node), value.0);
        let (root_id, map) = root(self.program, value);
        let own = self.program.value(root_id).map(|v| v.layout.clone()).unwrap_or_default();
        cells.sort_unstable();
        let behind = |flat: usize| map.as_ref().map_or(flat, |m| m.get(flat).copied().unwrap_or(0));
        let entries =
            cells.iter().map(|(cell, flat, weight)| entry(*cell, own.cell_of(behind(*flat)), *weight)).collect();
        let factor = Factor {
            view: (0..num_vars).collect(),
            tensor: (0..own.num_vars()).collect(),
            map: AxisMap::Sparse(entries),
        };
        let tensor = self.tensor_of(root_id);
        Ok(self.b.wired(&name, num_vars, tensor, Wiring { factors: vec![factor] }))
    }
}

/// One non-zero.
pub(crate) fn entry(view: usize, tensor: usize, weight: i64) -> Entry {
    Entry { view: u32::try_from(view).unwrap_or(u32::MAX), tensor: u32::try_from(tensor).unwrap_or(u32::MAX), weight }
}

/// One axis onto itself, true cells only.
pub(crate) fn true_cells(layout: &Layout, axis: usize) -> Factor {
    let vars = layout.vars_of(axis);
    let len = layout.axes().get(axis).copied().unwrap_or(1);
    let map = if len.is_power_of_two() {
        AxisMap::Identity
    } else {
        AxisMap::Sparse((0..len).map(|i| entry(i, i, 1)).collect())
    };
    Factor { view: vars.clone(), tensor: vars, map }
}
