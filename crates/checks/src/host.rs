//! The world outside a check, through one door.

use std::path::Path;

use crate::replay::Request;

/// Whether a run may change recorded values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recording {
    /// Compare with what is recorded.
    Compare,
    /// Rewrite what is recorded.
    Rewrite,
}

/// What a case may ask of the outside world.
pub trait Host: Send + Sync {
    /// Whether the case was told to end. Long work asks this often.
    fn stopped(&self) -> bool;

    /// Whether recorded values are compared or rewritten.
    fn recording(&self) -> Recording;

    /// The state folder: what runs leave for later ones, out of version
    /// control. It need not be there yet; each tenant makes its own subfolder.
    fn state(&self) -> &Path;

    /// Trains in a new process that computes on `threads` threads and leaves
    /// the trace in the folder `to`.
    ///
    /// # Errors
    /// When the process cannot be started, fails, or is stopped.
    fn train_afresh(&self, request: &Request, threads: usize, to: &Path) -> Result<(), String>;
}
