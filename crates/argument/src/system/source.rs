//! Sources: what may stand in an affine form.

use super::TensorId;

/// Names one source of a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// A polynomial in `num_vars` variables that reduces to claims on committed tensors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Name for messages.
    pub name: String,
    /// Number of variables.
    pub num_vars: usize,
    /// How it reduces.
    pub kind: SourceKind,
}

/// How a source reduces to committed tensors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// The tensor, one [`Coord`] for each of its variables. A variable of the source that no coordinate names is a
    /// broadcast.
    Read {
        /// The tensor read.
        tensor: TensorId,
        /// Where each variable of the tensor comes from.
        coords: Vec<Coord>,
    },
    /// `Σ left · right` over the summed variables.
    Inner(Inner),
    /// A public linear map of the cells of a tensor.
    Wired {
        /// The tensor whose cells are rearranged.
        tensor: TensorId,
        /// The map.
        wiring: Wiring,
    },
}

/// Where one variable of a tensor comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coord {
    /// Variable `i` of the source.
    Var(usize),
    /// Summed over both values.
    Sum,
    /// Fixed to 0.
    Zero,
    /// Fixed to 1.
    One,
}

/// `acc(z) = Σ_k left(z, k) · right(z, k)`, `k` over `{0,1}^summed`; with shared variables
/// `acc(z) = Σ_b eq(z_shared, b) Σ_k left(z, b, k) · right(z, b, k)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inner {
    /// Number of summed variables.
    pub summed: usize,
    /// The variables of the source that both factors read (heads, groups, elementwise products), in the order in which
    /// [`OperandCoord::Shared`] counts them.
    pub shared: Vec<usize>,
    /// First factor.
    pub left: Operand,
    /// Second factor.
    pub right: Operand,
}

/// One factor of an inner product. Its source is a `Read` or `Wired` one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operand {
    /// What is read.
    pub source: SourceId,
    /// Where each variable of that source comes from.
    pub coords: Vec<OperandCoord>,
}

/// Where one variable of an operand comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperandCoord {
    /// Variable `i` of the inner product's own point; no variable that is shared.
    Out(usize),
    /// Summed variable `i`.
    Summed(usize),
    /// The `i`-th shared variable.
    Shared(usize),
}

/// A public linear map: `view(a) = Σ weight · tensor(b)`, a product over factors of disjoint variables. Together the
/// factors name every variable of the view and every variable of the tensor exactly once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wiring {
    /// The factors.
    pub factors: Vec<Factor>,
}

/// One factor of a wiring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factor {
    /// Variables of the view, highest bit first.
    pub view: Vec<usize>,
    /// Variables of the tensor, highest bit first.
    pub tensor: Vec<usize>,
    /// The map between them.
    pub map: AxisMap,
}

/// The map of one factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AxisMap {
    /// Cell `i` of the view is cell `i` of the tensor; as many variables on both sides.
    Identity,
    /// A list of non-zeros.
    Sparse(Vec<Entry>),
}

/// `view(view) += weight · tensor(tensor)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Index in the view's variables of the factor.
    pub view: u32,
    /// Index in the tensor's variables of the factor.
    pub tensor: u32,
    /// Public weight.
    pub weight: i64,
}
