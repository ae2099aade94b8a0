//! What a metric was in earlier runs.

use std::collections::BTreeMap;

use rusqlite::params;
use seatrial_verdict::{Bound, Status};
use serde::Serialize;

use crate::read::{from_json, number, status};
use crate::{ForcedRelease, Ledger, LedgerError, texts};

/// A metric of a case in one run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Past {
    /// The run.
    pub run: String,
    /// When the run began, in milliseconds since 1970.
    pub began_ms: i64,
    /// The commit it ran on, if any is known.
    pub commit: Option<String>,
    /// The verdict on the case.
    pub status: Status,
    /// The value.
    pub value: f64,
    /// Its unit.
    pub unit: String,
    /// Where it had to lie, if it was judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bound: Option<Bound>,
    /// Whether the gate refused the candidate of the run, because of what was
    /// judged: not because a case that is alike had nothing to judge by yet.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub refused: bool,
    /// The release that somebody blessed against what came of the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forced: Option<ForcedRelease>,
}

/// A metric of one case over all runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Metric {
    /// The case.
    pub case: String,
    /// Oldest first.
    pub past: Vec<Past>,
}

impl Ledger {
    /// A metric of a case in the latest runs, oldest first, at most `limit` of
    /// them. Empty if it was never measured. `but` names a run that does not
    /// count: the one that asks.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn history(
        &self,
        case: &str,
        metric: &str,
        but: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Past>, LedgerError> {
        self.reading(|| {
            let (Some(case), Some(metric)) = (
                texts::find(&self.connection, case)?,
                texts::find(&self.connection, metric)?,
            ) else {
                return Ok(Vec::new());
            };
            // Of a case that was tried again, the last verdict counts.
            let mut statement = self.connection.prepare(
                "SELECT runs.name, began_ms, commit_id, status, value, unit, bound, EXISTS ( \
                     SELECT 1 FROM releases JOIN results AS any ON any.run = runs.id \
                     WHERE releases.run = runs.name AND NOT blessed \
                     AND any.status NOT IN ('pass', 'skipped') \
                     AND (any.check_name <> results.check_name OR EXISTS ( \
                         SELECT 1 FROM measurements AS judged \
                         WHERE judged.result = any.id AND judged.bound IS NOT NULL))) \
                 FROM results \
                 JOIN runs ON runs.id = run \
                 JOIN measurements ON result = results.id AND measurements.name = ?2 \
                 WHERE case_id = ?1 AND runs.name IS NOT ?3 AND results.id IN ( \
                     SELECT max(id) FROM results WHERE case_id = ?1 GROUP BY run) \
                 ORDER BY run DESC, place LIMIT ?4",
            )?;
            let rows = statement.query_map(params![case, metric, but, limit as i64], |row| {
                Ok(Past {
                    run: row.get(0)?,
                    began_ms: row.get(1)?,
                    commit: row.get(2)?,
                    status: status(row, 3)?,
                    value: number(row.get(4)?),
                    unit: row.get(5)?,
                    bound: match row.get::<_, Option<String>>(6)? {
                        Some(_) => Some(from_json(row, 6)?),
                        None => None,
                    },
                    refused: row.get(7)?,
                    forced: None,
                })
            })?;
            let mut past = rows.collect::<rusqlite::Result<Vec<_>>>()?;
            for past in &mut past {
                past.forced = self.forced(&past.run)?;
            }
            past.reverse();
            Ok(past)
        })
    }

    /// A metric of every case that ever measured it and whose id contains
    /// `part`, each in its latest runs; by id.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn metric(
        &self,
        metric: &str,
        part: &str,
        limit: usize,
    ) -> Result<Vec<Metric>, LedgerError> {
        let cases = self.reading(|| {
            let mut statement = self.connection.prepare(
                "SELECT DISTINCT ids.text FROM measurements \
                 JOIN texts AS names ON names.id = name \
                 JOIN results ON results.id = result \
                 JOIN texts AS ids ON ids.id = case_id \
                 WHERE names.text = ?1 AND instr(ids.text, ?2) > 0 ORDER BY ids.text",
            )?;
            let rows = statement.query_map([metric, part], |row| row.get(0))?;
            rows.collect::<rusqlite::Result<Vec<String>>>()
        })?;
        let of_case = |case: String| {
            let past = self.history(&case, metric, None, limit)?;
            Ok(Metric { case, past })
        };
        cases.into_iter().map(of_case).collect()
    }

    /// The last verdict on every case that ever ran, by id.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn last_verdicts(&self) -> Result<BTreeMap<String, Status>, LedgerError> {
        self.reading(|| {
            let select = "SELECT ids.text, status FROM results \
                          JOIN texts AS ids ON ids.id = case_id \
                          WHERE results.id IN (SELECT max(id) FROM results GROUP BY case_id)";
            let mut statement = self.connection.prepare(select)?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, status(row, 1)?)))?;
            rows.collect()
        })
    }

    /// The names of all metrics that were ever measured.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn metrics(&self) -> Result<Vec<String>, LedgerError> {
        self.reading(|| {
            let select = "SELECT text FROM texts \
                          WHERE id IN (SELECT DISTINCT name FROM measurements) ORDER BY text";
            let mut statement = self.connection.prepare(select)?;
            let rows = statement.query_map([], |row| row.get(0))?;
            rows.collect()
        })
    }
}
