//! Tables, lookups and zerochecks.

use super::{Affine, TensorId};

/// Names one table of a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId(pub u32);

/// An array: keys `first_key .. first_key + len`, one row each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Name for messages.
    pub name: String,
    /// First key.
    pub first_key: i64,
    /// Number of rows.
    pub len: u32,
    /// Output columns, each of `len` values; none for a range.
    pub outputs: Vec<Vec<i64>>,
    /// Power-of-two blocks that make up the table, in order of keys.
    pub blocks: Vec<Block>,
}

/// A power-of-two block of a table with multiplicities of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// First row.
    pub first_row: u32,
    /// `2^num_vars` rows.
    pub num_vars: usize,
    /// How often each row is looked up: a witness tensor that the argument fills.
    pub multiplicity: TensorId,
}

/// At every cell `(key, outputs)` is a row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// Name for messages.
    pub name: String,
    /// The table.
    pub table: TableId,
    /// Number of variables of the key.
    pub num_vars: usize,
    /// What is looked up.
    pub key: Affine,
    /// One form for each output column of the table.
    pub outputs: Vec<Affine>,
}

/// `Σ A·B = 0` at every cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zerocheck {
    /// Name for messages.
    pub name: String,
    /// Number of variables.
    pub num_vars: usize,
    /// The products.
    pub products: Vec<(Affine, Affine)>,
}
