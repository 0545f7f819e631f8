//! Leaf blocks of the fraction tree: by decreasing size, ties by declaration (lookups, then tables), padding at the end.

use crate::system::System;

/// An aligned block of leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaf {
    /// The cells of one lookup.
    Lookup {
        /// First leaf.
        offset: u64,
        /// `2^num_vars` leaves.
        num_vars: usize,
        /// Which lookup.
        index: usize,
    },
    /// One power-of-two block of a table.
    Table {
        /// First leaf.
        offset: u64,
        /// `2^num_vars` leaves.
        num_vars: usize,
        /// Which table.
        table: usize,
        /// Which of its blocks.
        block: usize,
    },
}

impl Leaf {
    /// First leaf; a multiple of the block's size.
    #[must_use]
    pub fn offset(&self) -> u64 {
        match self {
            Self::Lookup { offset, .. } | Self::Table { offset, .. } => *offset,
        }
    }

    /// `log2` of the block's size.
    #[must_use]
    pub fn num_vars(&self) -> usize {
        match self {
            Self::Lookup { num_vars, .. } | Self::Table { num_vars, .. } => *num_vars,
        }
    }

    fn at(self, at: u64) -> Self {
        match self {
            Self::Lookup { num_vars, index, .. } => Self::Lookup { offset: at, num_vars, index },
            Self::Table { num_vars, table, block, .. } => Self::Table { offset: at, num_vars, table, block },
        }
    }
}

/// The blocks and `log2` of the number of leaves (at least 1, so that a root has two children).
pub(super) fn arrange(system: &System) -> (Vec<Leaf>, usize) {
    if system.lookups().is_empty() {
        return (Vec::new(), 0);
    }
    let lookups =
        system.lookups().iter().enumerate().map(|(index, l)| Leaf::Lookup { offset: 0, num_vars: l.num_vars, index });
    let tables = system.tables().iter().enumerate().flat_map(|(table, t)| {
        t.blocks.iter().enumerate().map(move |(block, b)| Leaf::Table { offset: 0, num_vars: b.num_vars, table, block })
    });
    let mut leaves: Vec<Leaf> = lookups.chain(tables).collect();
    leaves.sort_by_key(|l| std::cmp::Reverse(l.num_vars()));
    let mut at = 0u64;
    for leaf in &mut leaves {
        *leaf = leaf.at(at);
        at += 1 << leaf.num_vars();
    }
    let vars = at.next_power_of_two().trailing_zeros() as usize;
    (leaves, vars.max(1))
}
