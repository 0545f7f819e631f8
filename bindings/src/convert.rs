//! Integer tensors from and to numpy.

use intaglio_program::lower::Level;
use intaglio_program::tensor::IntTensor;
use numpy::{Element, IntoPyArray, PyArrayDyn, PyArrayMethods, PyReadonlyArrayDyn, PyUntypedArrayMethods};
use pyo3::prelude::*;

/// A tensor from an int64 array.
pub(crate) fn tensor(array: &PyReadonlyArrayDyn<'_, i64>) -> IntTensor {
    let data = match array.as_slice() {
        Ok(cells) => cells.to_vec(),
        Err(_) => array.as_array().iter().copied().collect(),
    };
    IntTensor { shape: array.shape().to_vec(), data }
}

/// `⌊x·2^exponent + ½⌋` of each number, kept within `low … high`, and how many were beyond; `None` if one is NaN or
/// infinite. `|exponent| ≤ 64`, as every program has it.
#[pyfunction]
pub(crate) fn to_integers<'py>(
    py: Python<'py>,
    numbers: Numbers<'py>,
    exponent: i32,
    low: i64,
    high: i64,
) -> PyResult<Option<(Bound<'py, PyArrayDyn<i64>>, usize)>> {
    let grid = Grid { scale: 2f64.powi(exponent), low, high };
    let (shape, rounded) = match &numbers {
        Numbers::Single(array) => (array.shape(), grid.round_all(array)),
        Numbers::Double(array) => (array.shape(), grid.round_all(array)),
    };
    let Some((cells, beyond)) = rounded else { return Ok(None) };
    Ok(Some((cells.into_pyarray(py).reshape(shape)?, beyond)))
}

/// An array of floats, in either precision.
#[derive(FromPyObject)]
pub(crate) enum Numbers<'py> {
    Single(PyReadonlyArrayDyn<'py, f32>),
    Double(PyReadonlyArrayDyn<'py, f64>),
}

/// The integers that an input takes.
struct Grid {
    scale: f64,
    low: i64,
    high: i64,
}

impl Grid {
    fn round_all<T: Element + Copy + Into<f64>>(&self, array: &PyReadonlyArrayDyn<'_, T>) -> Option<(Vec<i64>, usize)> {
        match array.as_slice() {
            Ok(numbers) => self.round(numbers.iter().copied()),
            Err(_) => self.round(array.as_array().iter().copied()),
        }
    }

    fn round<T: Into<f64>>(&self, numbers: impl Iterator<Item = T>) -> Option<(Vec<i64>, usize)> {
        let (low, high) = (self.low as f64, self.high as f64);
        let (mut beyond, mut finite) = (0, true);
        let cells = numbers.map(|number| {
            let number: f64 = number.into();
            let raised = number * self.scale + 0.5;
            finite &= number.is_finite();
            beyond += usize::from(raised < low) + usize::from(raised >= high + 1.0);
            let kept = if raised < low { low } else { raised };
            let kept = if kept > high { high } else { kept };
            // the cast drops the fraction towards zero
            let cell = kept as i64;
            cell - i64::from(cell as f64 > kept)
        });
        let cells = cells.collect();
        finite.then_some((cells, beyond))
    }
}

/// Tensors from a list of arrays.
pub(crate) fn tensors(arrays: &[PyReadonlyArrayDyn<'_, i64>]) -> Vec<IntTensor> {
    arrays.iter().map(tensor).collect()
}

/// An int64 array of the tensor's shape.
pub(crate) fn array<'py>(py: Python<'py>, tensor: &IntTensor) -> PyResult<Bound<'py, PyArrayDyn<i64>>> {
    tensor.data.clone().into_pyarray(py).reshape(tensor.shape.clone())
}

/// A word of the interface: `public`, `committed`, `private`.
pub(crate) fn level(py: Python<'_>, word: &str) -> PyResult<Level> {
    match word {
        "public" => Ok(Level::Public),
        "committed" => Ok(Level::Committed),
        "private" => Ok(Level::Private),
        other => {
            let text = format!("visibility '{other}' is none of public, committed, private");
            Err(crate::errors::raise(py, "InvalidInput", (text,)))
        }
    }
}

/// The word of a level.
pub(crate) fn word(level: Level) -> &'static str {
    match level {
        Level::Public => "public",
        Level::Committed => "committed",
        Level::Private => "private",
    }
}
