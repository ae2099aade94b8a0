//! The release record: a decision of the gate as a file that stands up later.
//!
//! It says what was decided, why, on which evidence, about which content, and is
//! sealed: its last line holds the hash of all that is before it. A seal shows
//! that a file was changed, not who wrote it; the ledger, which has the same
//! record, does that. What does not live here: running cases.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use seatrial_verdict::{Measurement, Spanning, Status, Verdict};
use serde::{Deserialize, Serialize};

use crate::hash::{ContentHash, FileHashes};
use crate::provenance::Provenance;

/// The version of the format: it goes up when a field changes its meaning or
/// goes away.
pub const RECORD_VERSION: u32 = 1;

/// A decision with its evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseRecord {
    /// [`RECORD_VERSION`].
    pub version: u32,
    /// What people call the release.
    pub name: String,
    /// What was decided.
    pub decision: Decision,
    /// Who decided it against the evidence, and why.
    pub forced: Option<Forced>,
    /// Why it is not blessed by the evidence; empty if it is.
    pub reasons: Vec<String>,
    /// Hash of what was asked of what: two gates that would do the same have
    /// the same.
    pub identity: ContentHash,
    /// When it was decided, in universal time.
    pub decided: String,
    /// What the decision is about.
    pub candidate: Version,
    /// What it was compared with: the last blessed release, if there is one.
    pub previous: Option<Version>,
    /// What the run rested on.
    pub provenance: Provenance,
    /// Every case, with what it measured.
    pub cases: Vec<Judgement>,
}

/// The answer of the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decision {
    /// Fit to deploy.
    #[serde(rename = "blessed")]
    Blessed,
    /// Not fit, or not known to be.
    #[serde(rename = "not blessed")]
    NotBlessed,
}

/// A blessing against the evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forced {
    /// Who answers for it.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// On one line, whatever people wrote: `against the evidence, by Ann: an outage`.
impl fmt::Display for Forced {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let (by, reason) = (line(&self.by), line(&self.reason));
        write!(to, "against the evidence, by {by}: {reason}")
    }
}

/// What a release is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// The release that it was blessed in; `None` for a candidate.
    pub release: Option<String>,
    /// Who blessed it against the evidence, if somebody did.
    pub forced: Option<Forced>,
    /// Its content, by kind and name, such as `predictions.candidate`.
    pub subjects: BTreeMap<String, Content>,
}

/// Content that a decision rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// Where it is, or where a copy was kept; `None` if it is no file.
    pub path: Option<PathBuf>,
    /// Hash of its content.
    pub hash: ContentHash,
}

/// A case, as it was judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judgement {
    /// The case.
    pub id: String,
    /// Its check.
    pub check: String,
    /// Its outcome.
    pub status: Status,
    /// Why it did not pass, or was skipped.
    pub message: String,
    /// Whether an interval that spans its bound passes in this case.
    pub inconclusive_passes: bool,
    /// What was measured, with interval and bound.
    pub measurements: Vec<Measurement>,
    /// The command that runs it again.
    pub replay: String,
}

/// Before the hash, on the last line but one.
const SEAL: &str = "  \"seal\": \"";

impl ReleaseRecord {
    /// The record as a file: JSON, sealed.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn seal(&self) -> Result<String, serde_json::Error> {
        let text = serde_json::to_string_pretty(self)?;
        let body = text.strip_suffix("\n}").unwrap_or(&text);
        let body = format!("{body},\n{SEAL}");
        let seal = ContentHash::of_bytes(body.as_bytes());
        Ok(format!("{body}{seal}\"\n}}\n"))
    }

    /// Reads a sealed record.
    ///
    /// # Errors
    /// When it is none, is of another version, or was changed after it was
    /// sealed.
    pub fn read(text: &str) -> Result<Self, String> {
        let at = text
            .rfind(SEAL)
            .ok_or("it is no release record: it has no seal")?;
        let (body, seal) = text.split_at(at + SEAL.len());
        let sealed = seal
            .strip_suffix("\"\n}\n")
            .ok_or("its seal is cut short")?;
        if ContentHash::of_bytes(body.as_bytes()).to_string() != sealed {
            return Err("it was changed after it was sealed".into());
        }
        let body = body[..at].trim_end().trim_end_matches(',');
        let value: serde_json::Value = serde_json::from_str(&format!("{body}\n}}"))
            .map_err(|error| format!("it is no release record: {error}"))?;
        let version = value.get("version").and_then(serde_json::Value::as_u64);
        if version != Some(RECORD_VERSION.into()) {
            return Err(format!(
                "it is of a version that is not known here: {version:?}"
            ));
        }
        serde_json::from_value(value).map_err(|error| format!("it is no release record: {error}"))
    }

    /// Why the cases do not bless the candidate; empty if they do.
    pub fn against(cases: &[Judgement]) -> Vec<String> {
        let mut reasons: Vec<String> = cases
            .iter()
            .filter(|case| case.status.is_against())
            .map(|case| {
                let first = case.message.lines().next().unwrap_or_default();
                format!("{}: {}: {first}", case.status.word(), case.id)
            })
            .collect();
        if !cases.iter().any(|case| case.status == Status::Pass) {
            reasons.push("no case passed: nothing speaks for the candidate".into());
        }
        reasons
    }

    /// What in the record does not follow from its own evidence.
    pub fn inconsistent(&self) -> Vec<String> {
        let mut found = Vec::new();
        let reasons = Self::against(&self.cases);
        if reasons != self.reasons {
            found.push("its reasons are not those that its cases give".to_owned());
        }
        let earned = reasons.is_empty() || self.forced.is_some();
        if (self.decision == Decision::Blessed) != earned {
            found.push("its decision does not follow from its cases".to_owned());
        }
        for case in self.cases.iter().filter(|case| case.status == Status::Pass) {
            let spanning = if case.inconclusive_passes {
                Spanning::Pass
            } else {
                Spanning::Inconclusive
            };
            let judged = Verdict::judge(case.measurements.clone(), spanning);
            if judged.status != Status::Pass {
                found.push(format!("{} does not pass with what it measured", case.id));
            }
        }
        found
    }

    /// Content of the candidate that is gone from its place or has changed.
    pub fn moved(&self, hashes: &mut FileHashes) -> Vec<String> {
        let mut found = Vec::new();
        for (subject, content) in &self.candidate.subjects {
            let Some(path) = &content.path else { continue };
            match hashes.of(path) {
                Ok(hash) if hash == content.hash => {}
                Ok(_) => found.push(format!("{subject}: {} has changed", path.display())),
                Err(error) => found.push(format!("{subject}: {}: {error}", path.display())),
            }
        }
        found
    }
}
