//! The world outside a check, through one door.

use std::path::Path;
use std::sync::Arc;

use seatrial_ledger::provenance::WorkTree;
use seatrial_ledger::{Artifact, Blessed, Past};

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

    /// The folder of server environments, if the user named one: then what is
    /// not in there is missing. Otherwise they are looked for in the state
    /// folder, and a server that is not there is not staged.
    fn servers(&self) -> Option<&Path> {
        None
    }

    /// The git work tree that the specs lie in, as it was when first asked in
    /// this run.
    ///
    /// # Errors
    /// Why there is none, in words.
    fn code(&self) -> Result<Arc<WorkTree>, String>;

    /// A metric of a case in earlier runs, oldest first, at most the latest
    /// `limit`. Empty if it was never measured.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    fn history(&self, case: &str, metric: &str, limit: usize) -> Result<Vec<Past>, String>;

    /// The version of a subject, such as `predictions.candidate`, in the last
    /// release that was blessed and that it was part of.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    fn blessed(&self, subject: &str) -> Result<Option<Blessed>, String>;

    /// Notes something that the case made, for the run's provenance.
    fn made(&self, artifact: Artifact);

    /// Trains in a new process that computes on `threads` threads and leaves
    /// the trace in the folder `to`.
    ///
    /// # Errors
    /// When the process cannot be started, fails, or is stopped.
    fn train_afresh(&self, request: &Request, threads: usize, to: &Path) -> Result<(), String>;
}
