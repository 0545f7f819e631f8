//! Long work on a thread of its own: Ctrl-C returns at once, a panic becomes an `IntaglioError`.

use crate::errors::raise;
use pyo3::prelude::*;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// How long a signal may wait.
const BREATH: Duration = Duration::from_millis(50);

/// Runs `work` without the GIL. An interrupt leaves it to end in the background; what it makes is dropped.
pub(crate) fn run<T: Send + 'static>(py: Python<'_>, work: impl FnOnce() -> T + Send + 'static) -> PyResult<T> {
    let (tell, told) = channel();
    let worker = std::thread::Builder::new().name("intaglio-aleo".into()).spawn(move || {
        // nobody listens after an interrupt
        let _ = tell.send(work());
    });
    let worker = worker.map_err(|e| raise(py, "ResourceLimit", format!("no thread can be started: {e}")))?;
    let told = std::sync::Mutex::new(told);
    loop {
        let next = py.detach(|| told.lock().ok().map(|told| told.recv_timeout(BREATH)));
        match next {
            Some(Ok(made)) => return Ok(made),
            Some(Err(RecvTimeoutError::Timeout)) => py.check_signals()?,
            _ => {
                let panic = worker.join().err();
                let text = panic.and_then(|p| {
                    p.downcast_ref::<String>().cloned().or_else(|| p.downcast_ref::<&str>().map(|s| (*s).to_owned()))
                });
                let text = format!("internal error, please report it: {}", text.unwrap_or_default());
                return Err(raise(py, "IntaglioError", text));
            }
        }
    }
}
