//! A system of relations over committed tensors: all that both sides know before a proof is made.
//!
//! ```text
//! tensor   a committed multilinear polynomial with 2^num_vars cells, kept in the rows of one group
//! source   what may stand in a relation: a read of a tensor, an inner product, a wired view
//! lookup   every cell of an affine form is a key of a table (with its outputs)
//! zerocheck  Σ A·B = 0 at every cell, A and B affine
//! ```
//!
//! The first coordinate of every point is the highest bit of the cell index. A system is data: it is built by the
//! caller from public facts alone, and [`crate::schedule`] turns it into the messages of a proof.

mod affine;
mod build;
mod encode;
mod source;
mod table;
mod work;

pub use affine::{Affine, Public, PublicId};
pub use build::{SystemBuilder, SystemError};
pub use source::{AxisMap, Coord, Entry, Factor, Inner, Operand, OperandCoord, Source, SourceId, SourceKind, Wiring};
pub use table::{Block, Lookup, Table, TableId, Zerocheck};

/// Names one committed tensor of a [`System`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TensorId(pub u32);

/// Names one group of rows of a [`System`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub u32);

/// Who brings the rows of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Persistent points of an earlier commitment (model, input, output): the caller hands them in.
    Imported,
    /// Ephemeral points that travel in the proof.
    Witness,
}

/// A group of rows of one width.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowGroup {
    /// Name for messages.
    pub name: String,
    /// Who brings the rows.
    pub origin: Origin,
    /// A row has `2^width_vars` cells; at most `2^column_vars` of the system, the rest of the basis stays unused.
    pub width_vars: usize,
}

/// A committed tensor of `2^num_vars` cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// Name for messages.
    pub name: String,
    /// Number of variables.
    pub num_vars: usize,
    /// Where its cells are kept.
    pub group: GroupId,
}

/// The whole public description of what a proof shows. Made by [`SystemBuilder::finish`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    pub(crate) kind: String,
    pub(crate) column_vars: usize,
    pub(crate) groups: Vec<RowGroup>,
    pub(crate) tensors: Vec<Tensor>,
    pub(crate) sources: Vec<Source>,
    pub(crate) publics: Vec<Public>,
    pub(crate) tables: Vec<Table>,
    pub(crate) lookups: Vec<Lookup>,
    pub(crate) zerochecks: Vec<Zerocheck>,
}

impl System {
    /// The kind of proof, as the transcript names it.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// `log2` of the number of columns of the widest row.
    #[must_use]
    pub fn column_vars(&self) -> usize {
        self.column_vars
    }

    /// The row groups, by [`GroupId`].
    #[must_use]
    pub fn groups(&self) -> &[RowGroup] {
        &self.groups
    }

    /// The tensors, by [`TensorId`].
    #[must_use]
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// The sources, by [`SourceId`].
    #[must_use]
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The public polynomials, by [`PublicId`].
    #[must_use]
    pub fn publics(&self) -> &[Public] {
        &self.publics
    }

    /// The tables, by [`TableId`].
    #[must_use]
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The lookups, in order of declaration.
    #[must_use]
    pub fn lookups(&self) -> &[Lookup] {
        &self.lookups
    }

    /// The zerochecks, in order of declaration.
    #[must_use]
    pub fn zerochecks(&self) -> &[Zerocheck] {
        &self.zerochecks
    }

    /// Everything that a mutant of a compiler may change.
    #[cfg(feature = "mutants")]
    pub fn insecure_parts(&mut self) -> SystemParts<'_> {
        SystemParts {
            tensors: &mut self.tensors,
            sources: &mut self.sources,
            tables: &mut self.tables,
            lookups: &mut self.lookups,
            zerochecks: &mut self.zerochecks,
        }
    }
}

/// A system taken apart, for mutants of a compiler.
#[cfg(feature = "mutants")]
pub struct SystemParts<'a> {
    /// By [`TensorId`].
    pub tensors: &'a mut [Tensor],
    /// By [`SourceId`].
    pub sources: &'a mut [Source],
    /// By [`TableId`].
    pub tables: &'a mut [Table],
    /// In order of declaration.
    pub lookups: &'a mut [Lookup],
    /// In order of declaration.
    pub zerochecks: &'a mut [Zerocheck],
}
