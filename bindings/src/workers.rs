//! Worker threads after a fork: a forked child has none of its parent's, and would wait for them for ever.

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::mem::forget;
use std::process;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The process whose workers the global pool has.
static OWNER: OnceLock<u32> = OnceLock::new();
/// The pool of a forked child, and which child that is.
static CHILD: Mutex<Option<(u32, Arc<ThreadPool>)>> = Mutex::new(None);

/// Says that the global pool belongs to this process, if it belongs to none.
pub(crate) fn owner() -> u32 {
    *OWNER.get_or_init(process::id)
}

/// Runs `work` where it finds living workers: in the global pool, or in a forked child in a pool of its own. `None` if no
/// thread can be started there.
pub(crate) fn install<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    let here = process::id();
    if owner() == here { Some(work()) } else { pool(here).map(|pool| pool.install(work)) }
}

fn pool(here: u32) -> Option<Arc<ThreadPool>> {
    let mut child = CHILD.lock().unwrap_or_else(PoisonError::into_inner);
    match child.as_ref() {
        Some((process, pool)) if *process == here => return Some(pool.clone()),
        _ => {}
    }
    let made = ThreadPoolBuilder::new().num_threads(rayon::current_num_threads()).build().ok()?;
    let pool = Arc::new(made);
    // the workers of the parent's pool are not here and cannot be ended
    forget(child.replace((here, pool.clone())));
    Some(pool)
}
