//! Integer tensors from and to numpy.

use intaglio_program::lower::Level;
use intaglio_program::tensor::IntTensor;
use numpy::{IntoPyArray, PyArrayDyn, PyArrayMethods, PyReadonlyArrayDyn, PyUntypedArrayMethods};
use pyo3::prelude::*;

/// A tensor from a C-contiguous int64 array.
pub(crate) fn tensor(array: &PyReadonlyArrayDyn<'_, i64>) -> IntTensor {
    IntTensor { shape: array.shape().to_vec(), data: array.as_array().iter().copied().collect() }
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
