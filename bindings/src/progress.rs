//! Progress to a Python callable, and Ctrl-C from Python.

use intaglio_prover::{Cancelled, Observer};
use pyo3::prelude::*;

/// Calls `progress(stage, done)` and asks for signals at every step.
pub(crate) struct Progress(pub(crate) Option<Py<PyAny>>);

impl Observer for Progress {
    fn reached(&self, stage: &str, done: f64) -> Result<(), Cancelled> {
        Python::attach(|py| {
            let told = match &self.0 {
                Some(callable) => callable.call1(py, (stage, done)).map(|_| ()),
                None => Ok(()),
            };
            told.and_then(|()| py.check_signals()).map_err(|error| {
                error.restore(py);
                Cancelled
            })
        })
    }
}
