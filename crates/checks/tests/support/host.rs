//! What checks reach the world through, in tests that run cases themselves.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use seatrial_checks::replay::{self, Request};
use seatrial_checks::{Host, Recording};
use seatrial_ledger::provenance::WorkTree;
use seatrial_ledger::{Artifact, Blessed, Ledger, LedgerError, Past};

pub struct TestHost {
    pub recording: Recording,
    pub tree: PathBuf,
    pub state: PathBuf,
}

impl Host for TestHost {
    fn stopped(&self) -> bool {
        false
    }

    fn recording(&self) -> Recording {
        self.recording
    }

    fn state(&self) -> &Path {
        &self.state
    }

    fn code(&self) -> Result<Arc<WorkTree>, String> {
        WorkTree::of(&self.tree).map(Arc::new)
    }

    fn history(&self, case: &str, metric: &str, limit: usize) -> Result<Vec<Past>, String> {
        read(&self.state, Vec::new(), |ledger| {
            ledger.history(case, metric, None, limit)
        })
    }

    fn blessed(&self, subject: &str) -> Result<Option<Blessed>, String> {
        read(&self.state, None, |ledger| ledger.blessed(subject))
    }

    fn made(&self, _: Artifact) {}

    fn train_afresh(&self, request: &Request, threads: usize, to: &Path) -> Result<(), String> {
        replay::spawn(request, threads, to, &|| false)
    }
}

/// What the ledger says; `none` if nothing was ever recorded.
fn read<T>(
    state: &Path,
    none: T,
    ask: impl FnOnce(&Ledger) -> Result<T, LedgerError>,
) -> Result<T, String> {
    match Ledger::read(state) {
        Err(LedgerError::Missing { .. }) => Ok(none),
        opened => opened
            .and_then(|ledger| ask(&ledger))
            .map_err(|error| error.to_string()),
    }
}
