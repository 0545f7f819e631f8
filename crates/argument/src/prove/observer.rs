//! Progress and cancellation.

/// The caller stopped the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("stopped by the caller")]
pub struct Cancelled;

/// Told how far a proof is; may stop it.
pub trait Observer: Sync {
    /// `stage` was reached, `done` of the whole (0 to 1) lies behind. Called many times a second on long proofs.
    ///
    /// # Errors
    ///
    /// [`Cancelled`] stops the proof; its pads are discarded.
    fn reached(&self, stage: &str, done: f64) -> Result<(), Cancelled>;
}

/// Listens to nothing, never stops.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn reached(&self, _stage: &str, _done: f64) -> Result<(), Cancelled> {
        Ok(())
    }
}
