//! Worker threads after a fork: a forked child has none of its parent's, and would wait for them for ever.

use std::cell::Cell;
use std::process;
use std::sync::OnceLock;

/// The process whose workers the global pool has.
static OWNER: OnceLock<u32> = OnceLock::new();

thread_local! {
    /// The forked child in which this thread has a pool of its own.
    static JOINED: Cell<u32> = const { Cell::new(0) };
}

/// Makes sure that parallel work of this thread finds living workers. Call before any.
///
/// In a forked child the calling thread becomes the first worker of a new pool: so signals and Python's errors stay where
/// they belong. A child of such a child goes on with this one thread.
pub(crate) fn ready() {
    let here = process::id();
    if *OWNER.get_or_init(|| here) == here || JOINED.replace(here) == here {
        return;
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(rayon::current_num_threads()).use_current_thread().build();
    // a pool that is dropped ends its workers
    pool.map_or_else(|_| (), std::mem::forget);
}
