//! Python bindings: convert, release the GIL, map errors. No decisions are taken here.

mod compiled;
mod convert;
mod errors;
mod inspect;
mod job;
mod model;
mod openings;
mod secret;
mod workers;

use pyo3::prelude::*;

/// Sets the number of worker threads; only before the first proof of a process.
#[pyfunction]
fn set_threads(threads: usize) -> bool {
    workers::owner();
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().is_ok()
}

/// The compiled core of `intaglio`.
#[pymodule]
fn _core(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<compiled::Compiled>()?;
    m.add_class::<secret::Secret>()?;
    m.add_class::<model::Model>()?;
    m.add_function(wrap_pyfunction!(openings::open_commitment, m)?)?;
    m.add_function(wrap_pyfunction!(openings::verify_opening, m)?)?;
    m.add_function(wrap_pyfunction!(openings::opening_names, m)?)?;
    m.add_function(wrap_pyfunction!(convert::to_integers, m)?)?;
    m.add_function(wrap_pyfunction!(inspect::inspect, m)?)?;
    m.add_function(wrap_pyfunction!(set_threads, m)?)?;
    Ok(())
}
