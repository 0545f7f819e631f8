//! Work on a thread of its own, while the caller's thread tells progress and listens for Ctrl-C.
//!
//! An interrupt, or an exception in the progress callable, returns to Python at once. The work is told to stop and ends at
//! its next step, on its own thread; nobody waits for it, and what it made is dropped.

use crate::errors::{internal, raise};
use crate::workers;
use intaglio_prover::{Cancelled, Observer};
use pyo3::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

/// How long an interrupt may go unseen.
const LISTEN_EVERY: Duration = Duration::from_millis(50);
/// As deep as a main thread's stack.
const STACK: usize = 8 << 20;

const NO_THREAD: &str = "no thread can be started";

enum Told<T> {
    Reached(String, f64),
    /// `None` if no worker could be started.
    Ended(thread::Result<Option<T>>),
}

/// The working side: says how far it is, learns whether to stop.
struct Worker<T> {
    tell: SyncSender<Told<T>>,
    stop: Arc<AtomicBool>,
}

impl<T: Send> Observer for Worker<T> {
    fn reached(&self, stage: &str, done: f64) -> Result<(), Cancelled> {
        // a listener that is gone has stopped the work
        let heard = self.tell.send(Told::Reached(stage.to_owned(), done)).is_ok();
        if heard && !self.stop.load(Ordering::Relaxed) { Ok(()) } else { Err(Cancelled) }
    }
}

/// Runs `work` without the GIL. A panic inside becomes an `IntaglioError`.
pub(crate) fn run<T: Send + 'static>(
    py: Python<'_>,
    progress: Option<&Py<PyAny>>,
    work: impl FnOnce(&dyn Observer) -> T + Send + 'static,
) -> PyResult<T> {
    let (tell, mut told) = sync_channel(16);
    let stop = Arc::new(AtomicBool::new(false));
    let worker = Worker { tell, stop: stop.clone() };
    let body = move || {
        let ended = catch_unwind(AssertUnwindSafe(|| workers::install(|| work(&worker))));
        // nobody listens after an interrupt
        drop(worker.tell.send(Told::Ended(ended)));
    };
    let started = thread::Builder::new().name("intaglio".into()).stack_size(STACK).spawn(body);
    started.map_err(|e| raise(py, "ResourceLimit", (format!("{NO_THREAD}: {e}"),)))?;
    let ended = listen(py, progress, &mut told);
    if ended.is_err() {
        stop.store(true, Ordering::Relaxed);
    }
    ended
}

/// Runs `work` on the caller's own thread, without the GIL: for what ends before anybody would interrupt it. A new thread
/// costs its start, and fresh memory in each call. A panic inside becomes an `IntaglioError`.
pub(crate) fn run_here<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> PyResult<T> {
    let ended = py.detach(|| catch_unwind(AssertUnwindSafe(|| workers::install(work))));
    let ended = ended.map_err(|panic| internal(py, panic))?;
    ended.ok_or_else(|| raise(py, "ResourceLimit", (NO_THREAD,)))
}

fn listen<T: Send>(py: Python<'_>, progress: Option<&Py<PyAny>>, told: &mut Receiver<Told<T>>) -> PyResult<T> {
    loop {
        let next = {
            let told = &mut *told;
            py.detach(move || told.recv_timeout(LISTEN_EVERY))
        };
        match next {
            Ok(Told::Reached(stage, done)) => {
                if let Some(callable) = progress {
                    callable.call1(py, (stage, done))?;
                }
            }
            Ok(Told::Ended(Ok(ended))) => return ended.ok_or_else(|| raise(py, "ResourceLimit", (NO_THREAD,))),
            Ok(Told::Ended(Err(panic))) => return Err(internal(py, panic)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(raise(py, "IntaglioError", ("internal error, please report it: the work vanished",)));
            }
        }
        py.check_signals()?;
    }
}
