//! What the cases of a gate said, and how the ledger keeps it.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use seatrial_ledger::record::{Judgement, ReleaseRecord};
use seatrial_report::{Case, Event, Renderer};

use crate::Error;

/// Keeps the cases of a run.
#[derive(Clone, Default)]
pub(super) struct Collected(Arc<Mutex<Vec<Case>>>);

impl Renderer for Collected {
    fn show(&mut self, event: &Event) -> io::Result<()> {
        if let Event::Case(case) = event {
            let mut cases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            cases.push((**case).clone());
        }
        Ok(())
    }
}

impl Collected {
    /// The cases in the order of the plan. `lenient` names those in which an
    /// interval that spans its bound passes.
    pub(super) fn judgements(&self, lenient: &BTreeSet<String>) -> Vec<Judgement> {
        let mut cases = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        cases.sort_by_key(|case| case.number);
        let judgement = |case: Case| Judgement {
            inconclusive_passes: lenient.contains(&case.id),
            id: case.id,
            check: case.check,
            status: case.status,
            message: case.message,
            measurements: case.measurements,
            replay: case.replay,
        };
        cases.into_iter().map(judgement).collect()
    }
}

/// A record as the ledger keeps it: to the byte, with what it is found by.
pub(super) fn kept(record: &ReleaseRecord, text: &str) -> serde_json::Value {
    serde_json::json!({
        "identity": record.identity,
        "forced": record.forced,
        "text": text,
    })
}

/// The record's text in what [`kept`] made.
pub(super) fn text_of(kept: &serde_json::Value) -> Option<&str> {
    kept.get("text").and_then(serde_json::Value::as_str)
}

/// The record in what [`kept`] made.
pub(super) fn read(kept: &serde_json::Value) -> Result<ReleaseRecord, Error> {
    let text = text_of(kept);
    let text = text
        .ok_or_else(|| Error::Harness("the ledger holds a decision without its record".into()))?;
    ReleaseRecord::read(text)
        .map_err(|problem| Error::Harness(format!("the record in the ledger: {problem}")))
}
