//! Reading runs.

use std::collections::BTreeMap;

use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, params};
use seatrial_verdict::{Figure, Measurement, Series, Status};
use serde::{Deserialize, Serialize};

use crate::party::{Fate, Party};
use crate::write::Artifact;
use crate::{ForcedRelease, Ledger, LedgerError, Provenance};

/// What the names of inputs begin with that are code: programs that a case starts.
pub const CODE: &str = "code: ";

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// It came to its end.
    Finished,
    /// Its processes have ended, and every case that they began has a verdict.
    /// Whether more were meant, only the program that started them knew.
    Ended,
    /// It goes on.
    Running,
    /// Its process ended before it did.
    Killed,
    /// It has not ended, and its process cannot be seen from here.
    Unknown,
}

/// A run in a list of runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunSummary {
    /// Its name.
    pub run: String,
    /// When it began, in milliseconds since 1970.
    pub began_ms: i64,
    /// How far it has come.
    pub state: RunState,
    /// What was called.
    pub command: String,
    /// What set it off, if that was said.
    pub caused_by: Option<String>,
    /// The spec tree.
    pub specs: String,
    /// Which cases were asked for.
    pub selection: String,
    /// The commit, if any is known.
    pub commit: Option<String>,
    /// Cases that it is about.
    pub planned: usize,
    /// Cases that the selection left out.
    pub left_out: usize,
    /// Cases that came to each status.
    pub counts: BTreeMap<String, usize>,
    /// The release that somebody blessed against what came of it, if one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forced: Option<ForcedRelease>,
}

impl RunState {
    /// Whether nothing is known to be missing.
    pub fn is_over(self) -> bool {
        matches!(self, RunState::Finished | RunState::Ended)
    }
}

impl RunSummary {
    /// Cases that have a verdict.
    pub fn judged(&self) -> usize {
        self.counts.values().sum()
    }
}

/// A run in full.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Run {
    /// What a list tells of it.
    #[serde(flatten)]
    pub summary: RunSummary,
    /// What it rests on.
    pub provenance: Provenance,
    /// Its cases, by id.
    pub cases: Vec<CaseRecord>,
}

/// The verdict on one case, and what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseRecord {
    /// Unique in the run.
    pub id: String,
    /// The check that it ran.
    pub check: String,
    /// `fast` or `slow`.
    pub tier: String,
    /// The outcome.
    pub status: Status,
    /// Wall time.
    pub seconds: f64,
    /// Why it did not pass.
    pub message: String,
    /// Root seed of its randomness.
    pub seed: u64,
    /// What was measured.
    pub measurements: Vec<Measurement>,
    /// Effective parameters and subjects, as a JSON object.
    pub parameters: String,
    /// Content hash of every file that it reads, by name; or why it has none.
    pub inputs: BTreeMap<String, String>,
    /// What it made.
    pub artifacts: Vec<Artifact>,
    /// Curves.
    pub series: Vec<Series>,
    /// Figures other than curves.
    pub figures: Vec<Figure>,
}

impl Ledger {
    /// The latest runs, newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn runs(&self, limit: usize) -> Result<Vec<RunSummary>, LedgerError> {
        self.reading(|| {
            let select = "SELECT id FROM runs ORDER BY id DESC LIMIT ?1";
            let mut statement = self.connection.prepare(select)?;
            let ids: Vec<i64> = statement
                .query_map([limit as i64], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            ids.into_iter().map(|id| self.summary(id)).collect()
        })
    }

    /// The run that a word means: a name, the beginning of one, `last`, or
    /// `last~2` for the second before it; or a commit, or the beginning of one,
    /// for the latest run on it.
    ///
    /// # Errors
    /// When it means none, or several.
    pub fn find(&self, word: &str) -> Result<String, LedgerError> {
        if let Some(back) = back(word) {
            let select = "SELECT name FROM runs ORDER BY id DESC LIMIT 1 OFFSET ?1";
            let found = self.reading(|| {
                let found = self.connection.query_row(select, [back], |row| row.get(0));
                found.optional()
            })?;
            return found.ok_or_else(|| {
                LedgerError::NoSuchRun(format!("`{word}`: the ledger holds no so many runs"))
            });
        }
        let like = |column: &str| {
            // Names are letters and a hyphen, commits hexadecimal: no wildcards.
            let select = format!(
                "SELECT name, commit_id FROM runs WHERE substr({column}, 1, length(?1)) = ?1 \
                 ORDER BY id DESC"
            );
            self.reading(|| {
                let mut statement = self.connection.prepare(&select)?;
                let rows = statement.query_map([word], |row| Ok((row.get(0)?, row.get(1)?)))?;
                rows.collect::<rusqlite::Result<Vec<(String, Option<String>)>>>()
            })
        };
        let (named, on_commit) = (like("name")?, like("commit_id")?);
        match (named.as_slice(), on_commit.as_slice()) {
            _ if word.is_empty() => Err(LedgerError::NoSuchRun("a run's name is empty".into())),
            ([(name, _)], _) => Ok(name.clone()),
            ([], [(name, first), rest @ ..]) => {
                if rest.iter().any(|(_, commit)| commit != first) {
                    let message = format!("`{word}` begins more than one commit: give more of it");
                    return Err(LedgerError::NoSuchRun(message));
                }
                Ok(name.clone())
            }
            ([], []) => Err(LedgerError::NoSuchRun(format!(
                "no run is named `{word}`, and none is on a commit of that name: `seatrial runs` \
                 lists them"
            ))),
            (several, _) => {
                let names: Vec<_> = several
                    .iter()
                    .take(5)
                    .map(|(name, _)| name.as_str())
                    .collect();
                let names = names.join(", ");
                let message = format!("`{word}` begins more than one name: {names}");
                Err(LedgerError::NoSuchRun(message))
            }
        }
    }

    /// A run in full.
    ///
    /// # Errors
    /// When there is none of this name, or it cannot be read.
    pub fn run(&self, name: &str) -> Result<Run, LedgerError> {
        let found = self.reading(|| {
            let select = "SELECT runs.id, text FROM runs \
                          JOIN texts ON texts.id = provenance WHERE name = ?1";
            let found = self.connection.query_row(select, [name], |row| {
                Ok((row.get(0)?, from_json::<Provenance>(row, 1)?))
            });
            let Some((id, provenance)) = found.optional()? else {
                return Ok(None);
            };
            Ok(Some(Run {
                summary: self.summary(id)?,
                provenance,
                cases: self.cases(id)?,
            }))
        })?;
        found.ok_or_else(|| LedgerError::NoSuchRun(format!("no run is named `{name}`")))
    }

    pub(crate) fn summary(&self, id: i64) -> rusqlite::Result<RunSummary> {
        let select = "SELECT name, began_ms, command, caused_by, specs, selection, commit_id, \
                      planned, left_out FROM runs WHERE id = ?1";
        let mut summary = self.connection.query_row(select, [id], |row| {
            Ok(RunSummary {
                run: row.get(0)?,
                began_ms: row.get(1)?,
                state: RunState::Finished,
                command: row.get(2)?,
                caused_by: row.get(3)?,
                specs: row.get(4)?,
                selection: row.get(5)?,
                commit: row.get(6)?,
                planned: row.get::<_, i64>(7)? as usize,
                left_out: row.get::<_, i64>(8)? as usize,
                counts: BTreeMap::new(),
                forced: None,
            })
        })?;
        summary.forced = self.forced(&summary.run)?;
        // Of a case that was tried again, the last verdict counts.
        let select = "SELECT status, max(id) FROM results WHERE run = ?1 GROUP BY case_id";
        let mut statement = self.connection.prepare(select)?;
        let mut rows = statement.query([id])?;
        while let Some(row) = rows.next()? {
            *summary.counts.entry(row.get(0)?).or_default() += 1;
        }
        summary.state = self.state(id, summary.judged() >= summary.planned)?;
        Ok(summary)
    }

    fn state(&self, id: i64, complete: bool) -> rusqlite::Result<RunState> {
        let select = "SELECT boot, space, pid, started, grouped, ended_ms FROM parties \
                      WHERE run = ?1";
        let mut statement = self.connection.prepare(select)?;
        let mut rows = statement.query([id])?;
        let mut state = RunState::Finished;
        while let Some(row) = rows.next()? {
            let party = Party {
                boot: row.get(0)?,
                space: row.get(1)?,
                pid: row.get(2)?,
                started: row.get(3)?,
            };
            let (grouped, ended): (bool, Option<i64>) = (row.get(4)?, row.get(5)?);
            if ended.is_some() {
                continue;
            }
            match party.fate() {
                Fate::Alive => return Ok(RunState::Running),
                // What groups processes tells nobody when it is done: between two
                // cases, its end is the same as having been killed.
                Fate::Gone | Fate::Unknown if grouped && complete => {
                    if state == RunState::Finished {
                        state = RunState::Ended;
                    }
                }
                Fate::Gone => state = RunState::Killed,
                Fate::Unknown => state = RunState::Unknown,
            }
        }
        Ok(state)
    }

    /// The cases of a run, by id; of one that was tried again, the last verdict.
    pub(crate) fn cases(&self, run: i64) -> rusqlite::Result<Vec<CaseRecord>> {
        let mut statement = self.connection.prepare(
            "SELECT results.id, ids.text, checks.text, tier, status, seconds, message, seed, \
             parameters.text, inputs.text, artifacts, series, figures \
             FROM results \
             JOIN texts AS ids ON ids.id = case_id \
             JOIN texts AS checks ON checks.id = check_name \
             JOIN texts AS parameters ON parameters.id = parameters \
             JOIN texts AS inputs ON inputs.id = inputs \
             WHERE run = ?1 ORDER BY results.id",
        )?;
        let mut cases = BTreeMap::new();
        let mut rows = statement.query([run])?;
        while let Some(row) = rows.next()? {
            let result: i64 = row.get(0)?;
            let case = CaseRecord {
                id: row.get(1)?,
                check: row.get(2)?,
                tier: row.get(3)?,
                status: status(row, 4)?,
                seconds: row.get(5)?,
                message: row.get(6)?,
                seed: row.get::<_, i64>(7)? as u64,
                measurements: Vec::new(),
                parameters: row.get(8)?,
                inputs: from_json(row, 9)?,
                artifacts: from_json(row, 10)?,
                series: from_json(row, 11)?,
                figures: from_json(row, 12)?,
            };
            cases.insert(case.id.clone(), (result, case));
        }
        drop(rows);
        let measured = self.measurements(run)?;
        let with = |(result, mut case): (i64, CaseRecord)| {
            case.measurements = measured.get(&result).cloned().unwrap_or_default();
            case
        };
        Ok(cases.into_values().map(with).collect())
    }

    fn measurements(&self, run: i64) -> rusqlite::Result<BTreeMap<i64, Vec<Measurement>>> {
        let mut statement = self.connection.prepare(
            "SELECT result, text, value, unit, low, high, ends, bound FROM measurements \
             JOIN texts ON texts.id = name \
             WHERE result IN (SELECT id FROM results WHERE run = ?1) \
             ORDER BY result, place",
        )?;
        let mut all: BTreeMap<i64, Vec<Measurement>> = BTreeMap::new();
        let mut rows = statement.query(params![run])?;
        while let Some(row) = rows.next()? {
            let measurement = Measurement {
                name: row.get(1)?,
                value: number(row.get(2)?),
                unit: row.get(3)?,
                low: end(row, 4, 1)?,
                high: end(row, 5, 2)?,
                bound: match row.get::<_, Option<String>>(7)? {
                    Some(_) => Some(from_json(row, 7)?),
                    None => None,
                },
            };
            all.entry(row.get(0)?).or_default().push(measurement);
        }
        Ok(all)
    }

    pub(crate) fn reading<T>(
        &self,
        read: impl FnOnce() -> rusqlite::Result<T>,
    ) -> Result<T, LedgerError> {
        read().map_err(|error| LedgerError::reading(&self.file, error))
    }
}

/// How many runs before the last a word means, if it means that.
fn back(word: &str) -> Option<i64> {
    match word.strip_prefix("last")? {
        "" => Some(0),
        rest => rest
            .strip_prefix('~')?
            .parse()
            .ok()
            .filter(|back| *back >= 0),
    }
}

/// SQLite keeps no NaN: it becomes NULL.
pub(crate) fn number(value: Option<f64>) -> f64 {
    value.unwrap_or(f64::NAN)
}

/// An end of an interval, if the bit in column 6 says that there is one.
fn end(row: &Row<'_>, column: usize, bit: i64) -> rusqlite::Result<Option<f64>> {
    let there = row.get::<_, i64>(6)? & bit != 0;
    Ok(there.then_some(number(row.get(column)?)))
}

pub(crate) fn status(row: &Row<'_>, column: usize) -> rusqlite::Result<Status> {
    let word: String = row.get(column)?;
    let parsed = serde_json::from_value(serde_json::Value::String(word));
    parsed.map_err(|error| unparsable(column, error))
}

pub(crate) fn from_json<T: serde::de::DeserializeOwned>(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| unparsable(column, error))
}

fn unparsable(column: usize, error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into())
}
