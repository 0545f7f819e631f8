//! Integer tensors in row-major order, and the index arithmetic on shapes.

/// A tensor of integers, row-major.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntTensor {
    /// Length of each axis.
    pub shape: Vec<usize>,
    /// `product(shape)` cells.
    pub data: Vec<i64>,
}

impl IntTensor {
    /// A tensor of zeros.
    #[must_use]
    pub fn zeros(shape: &[usize]) -> Self {
        Self { shape: shape.to_vec(), data: vec![0; cells(shape)] }
    }

    /// The cell at a flat index, zero outside.
    #[must_use]
    pub fn at(&self, flat: usize) -> i64 {
        self.data.get(flat).copied().unwrap_or(0)
    }
}

/// Quotient and remainder of `index` by `len`; an empty axis counts as one of length one, so that nothing can panic.
#[must_use]
pub fn split(index: usize, len: usize) -> (usize, usize) {
    let len = len.max(1);
    (index.checked_div(len).unwrap_or(0), index.checked_rem(len).unwrap_or(0))
}

/// Number of cells of a shape; saturates.
#[must_use]
pub fn cells(shape: &[usize]) -> usize {
    shape.iter().fold(1, |n, d| n.saturating_mul(*d))
}

/// The index tuple of a flat index.
#[must_use]
pub fn unravel(mut flat: usize, shape: &[usize]) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    for (i, d) in index.iter_mut().zip(shape).rev() {
        (flat, *i) = split(flat, *d);
    }
    index
}

/// The flat index of an index tuple.
#[must_use]
pub fn ravel(index: &[usize], shape: &[usize]) -> usize {
    index.iter().zip(shape).fold(0, |flat, (i, d)| flat * d + i)
}

/// The shape that numpy's broadcasting gives, if there is one.
#[must_use]
pub fn broadcast(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    let rank = a.len().max(b.len());
    let dim = |s: &[usize], i: usize| (i + s.len()).checked_sub(rank).and_then(|k| s.get(k)).copied().unwrap_or(1);
    (0..rank)
        .map(|i| match (dim(a, i), dim(b, i)) {
            (x, y) if x == y => Some(x),
            (1, y) => Some(y),
            (x, 1) => Some(x),
            _ => None,
        })
        .collect()
}

/// The flat index in `shape` that cell `index` of a broadcast result reads.
#[must_use]
pub fn broadcast_index(index: &[usize], shape: &[usize]) -> usize {
    let skip = index.len().saturating_sub(shape.len());
    index.iter().skip(skip).zip(shape).fold(0, |flat, (i, d)| flat * d + if *d == 1 { 0 } else { *i })
}
