//! A scheduled run that was killed: what of it still holds, and what to say.

use std::collections::BTreeMap;

use seatrial_ledger::{CaseRecord, FileHashes, Interrupted};
use seatrial_verdict::Status;

use super::case::Tree;
use crate::Plan;

/// The verdicts of an interrupted run that a new one need not find again: those
/// on the same parameters and the same data. One that could not measure may
/// have failed of the same cause as the run, and is tried again.
pub(super) fn still_true(
    interrupted: &Interrupted,
    plan: &Plan,
    hashes: &mut FileHashes,
) -> BTreeMap<String, CaseRecord> {
    let tree = Tree::new(&plan.root);
    let cases: BTreeMap<_, _> = plan.cases.iter().map(|case| (&case.id, case)).collect();
    let judged = interrupted.judged.iter().filter(|record| {
        let same = cases.get(&record.id).is_some_and(|case| {
            record.parameters == tree.parameters(case) && record.inputs == tree.inputs(case, hashes)
        });
        same && record.status != Status::Error
    });
    judged
        .map(|record| (record.id.clone(), record.clone()))
        .collect()
}

pub(super) fn resumed(interrupted: &Interrupted, known: usize) -> String {
    let Interrupted { run, planned, .. } = interrupted;
    format!("going on with {run}, which was killed: {known} of {planned} cases need not run again")
}

pub(super) fn given_up(interrupted: &Interrupted) -> String {
    let Interrupted {
        run,
        planned,
        judged,
        differs,
        ..
    } = interrupted;
    format!(
        "{run} was killed after {} of {planned} cases, and cannot be resumed: not as it was then: \
         {}. This run begins anew",
        judged.len(),
        differs.join(", ")
    )
}
