//! What a verification costs, counted from the system before it is laid out.

use super::{AxisMap, Public, SourceKind, System, Wiring};

/// Multiplications that a part of a system stands for, from measured costs; each rounded up.
mod unit {
    /// A non-zero of a wiring: its weights on both sides, for layout and verification.
    pub(super) const ENTRY: u64 = 16;
    /// A cell of a public tensor, or a row of a table.
    pub(super) const CELL: u64 = 4;
    /// A column, or a row of cells: one point of the closing combination.
    pub(super) const POINT: u64 = 256;
    /// A tensor, source, lookup or zerocheck: its slots, names and forms.
    pub(super) const PART: u64 = 2048;
}

impl System {
    /// About how many multiplications in the field laying this system out and verifying one proof of it cost; one takes
    /// of the order of ten nanoseconds. A function of public facts, like everything here.
    #[must_use]
    pub fn work(&self) -> u64 {
        let entries: u64 = self.sources.iter().map(|s| wired(&s.kind)).sum();
        let publics = self.publics.iter().map(|p| match p {
            Public::Mask { .. } => 0,
            Public::Values { num_vars, .. } => power(*num_vars),
        });
        let rows = self.tables.iter().map(|t| u64::from(t.len).saturating_mul(1 + t.outputs.len() as u64));
        let cells = self.tensors.iter().map(|t| power(t.num_vars)).fold(0u64, u64::saturating_add);
        let points = (cells >> self.column_vars.min(63)).saturating_add(power(self.column_vars));
        let parts = [&self.tensors.len(), &self.sources.len(), &self.lookups.len(), &self.zerochecks.len()];
        let parts: u64 = parts.iter().map(|n| **n as u64).sum();
        let cells = publics.chain(rows).fold(0u64, u64::saturating_add);
        [(entries, unit::ENTRY), (cells, unit::CELL), (points, unit::POINT), (parts, unit::PART)]
            .iter()
            .fold(0, |work, (count, each)| work.saturating_add(count.saturating_mul(*each)))
    }
}

fn power(num_vars: usize) -> u64 {
    1 << num_vars.min(63)
}

fn wired(kind: &SourceKind) -> u64 {
    let SourceKind::Wired { wiring: Wiring { factors }, .. } = kind else { return 0 };
    let entries = |map: &AxisMap| match map {
        AxisMap::Identity => 0,
        AxisMap::Sparse(entries) => entries.len() as u64,
    };
    factors.iter().map(|f| entries(&f.map)).sum()
}
