//! Whether a case came out as it always did.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use seatrial_ledger::{Earlier, FileHashes};
use seatrial_report::{flaky, outcome};
use seatrial_spec::Case;
use seatrial_verdict::Status;

use super::case::Tree;
use crate::crew::Finished;

/// Outcomes that are named with their runs; more are only counted.
const NAMED_MAX: usize = 5;

/// What cases of a scheduled run are held against: how they came out in earlier
/// ones on the same code.
pub(super) struct Steady {
    tree: Tree,
    earlier: BTreeMap<String, Vec<Earlier>>,
    hashes: Mutex<FileHashes>,
}

impl Steady {
    pub fn new(tree: Tree, earlier: BTreeMap<String, Vec<Earlier>>, hashes: FileHashes) -> Self {
        Self {
            tree,
            earlier,
            hashes: Mutex::new(hashes),
        }
    }

    /// Lets a case fail that came out otherwise on the same code, parameters and
    /// data, whichever of its outcomes this one is.
    pub fn judge(&self, case: &Case, finished: &mut Finished) {
        let now = finished.verdict.status;
        let Some(earlier) = self.earlier.get(&case.id).filter(|_| counts(now)) else {
            return;
        };
        let then: Vec<_> = earlier
            .iter()
            .map(|one| (one, outcome(one.status, &one.message)))
            .filter(|(_, status)| counts(*status))
            .collect();
        let differs = |(_, status): &(&Earlier, Status)| *status != now;
        if !then.iter().any(differs) {
            return;
        }
        // Only now: few cases come here, and hashing their data takes time.
        let parameters = self.tree.parameters(case);
        let inputs = {
            let mut hashes = self.hashes.lock().unwrap_or_else(PoisonError::into_inner);
            self.tree.inputs(case, &mut hashes)
        };
        let last = then.len() - 1;
        let then: Vec<_> = then
            .into_iter()
            .enumerate()
            // What could not measure may have lacked something that is there by
            // now, which nobody records: of old, that is no outcome of the case.
            .filter(|(place, (_, status))| *status != Status::Error || *place == last)
            .map(|(_, one)| one)
            .filter(|(one, _)| one.parameters == parameters && one.inputs == inputs)
            .collect();
        let outcomes: Vec<_> = then
            .iter()
            .map(|(_, status)| *status)
            .chain([now])
            .collect();
        if let Some(mut message) = flaky(&changes(&outcomes), &finished.verdict.message) {
            message.push_str(&named(&then));
            finished.verdict.message = message;
            finished.verdict.status = Status::Fail;
        }
    }
}

/// A case that was not run came out in no way.
fn counts(status: Status) -> bool {
    status != Status::Skipped
}

/// Each outcome once as long as it stays the same.
fn changes(outcomes: &[Status]) -> Vec<Status> {
    let mut changes = outcomes.to_vec();
    changes.dedup();
    changes
}

/// The earlier runs with their outcomes, in a line.
fn named(then: &[(&Earlier, Status)]) -> String {
    let mut told: Vec<_> = then
        .iter()
        .rev()
        .take(NAMED_MAX)
        .map(|(one, status)| format!("{} in {}", status.word(), one.run))
        .collect();
    if then.len() > NAMED_MAX {
        told.push(format!("and {} more", then.len() - NAMED_MAX));
    }
    format!(
        "\nearlier, on the same code, parameters and data: {}",
        told.join(", ")
    )
}
