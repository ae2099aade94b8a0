//! How cases came out in earlier scheduled runs from which nothing differs.

use std::collections::BTreeMap;

use rusqlite::params;
use seatrial_verdict::Status;

use crate::provenance::Code;
use crate::read::{from_json, status};
use crate::schedule::SCHEDULE;
use crate::{Ledger, LedgerError, Provenance};

/// Earlier runs that are asked; a case that flips more seldom than that is not
/// told from one that never does.
const RUNS_MAX: i64 = 50;

/// How a case came out, and on what.
#[derive(Clone, Debug, PartialEq)]
pub struct Earlier {
    /// The run.
    pub run: String,
    /// The outcome.
    pub status: Status,
    /// What was said of it.
    pub message: String,
    /// Effective parameters and subjects, as a JSON object.
    pub parameters: String,
    /// Content hash of every file that it read, by name.
    pub inputs: BTreeMap<String, String>,
}

impl Ledger {
    /// How each case came out in the latest scheduled runs of a spec tree on this
    /// code, these dependencies, this program and this machine, oldest first, by
    /// id. `but` names a run that does not count: the one that asks. Nothing if
    /// it is not known which code runs.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn earlier(
        &self,
        specs: &str,
        provenance: &Provenance,
        but: &str,
    ) -> Result<BTreeMap<String, Vec<Earlier>>, LedgerError> {
        let mut earlier: BTreeMap<String, Vec<Earlier>> = BTreeMap::new();
        if !matches!(provenance.code, Code::Git { .. }) {
            return Ok(earlier);
        }
        self.reading(|| {
            let select = "SELECT runs.id, name, text FROM runs \
                          JOIN texts ON texts.id = provenance \
                          WHERE caused_by = ?1 AND specs = ?2 AND commit_id IS ?3 AND name != ?4 \
                          ORDER BY runs.id DESC LIMIT ?5";
            let mut statement = self.connection.prepare(select)?;
            let commit = provenance.commit();
            let rows = statement
                .query_map(params![SCHEDULE, specs, commit, but, RUNS_MAX], |row| {
                    Ok((row.get(0)?, row.get(1)?, from_json::<Provenance>(row, 2)?))
                })?;
            let mut runs = rows.collect::<rusqlite::Result<Vec<(i64, String, Provenance)>>>()?;
            runs.retain(|(_, _, then)| is_same(then, provenance));
            for (id, run, _) in runs.into_iter().rev() {
                for (case, one) in self.outcomes(id, &run)? {
                    earlier.entry(case).or_default().push(one);
                }
            }
            Ok(())
        })?;
        Ok(earlier)
    }

    fn outcomes(&self, id: i64, run: &str) -> rusqlite::Result<Vec<(String, Earlier)>> {
        let mut statement = self.connection.prepare(
            "SELECT ids.text, status, message, parameters.text, inputs.text FROM results \
             JOIN texts AS ids ON ids.id = case_id \
             JOIN texts AS parameters ON parameters.id = parameters \
             JOIN texts AS inputs ON inputs.id = inputs \
             WHERE run = ?1 ORDER BY results.id",
        )?;
        let rows = statement.query_map([id], |row| {
            let one = Earlier {
                run: run.to_owned(),
                status: status(row, 1)?,
                message: row.get(2)?,
                parameters: row.get(3)?,
                inputs: from_json(row, 4)?,
            };
            Ok((row.get(0)?, one))
        })?;
        rows.collect()
    }
}

/// Spec files may differ: what a case takes from them are its parameters.
fn is_same(then: &Provenance, now: &Provenance) -> bool {
    then.code == now.code
        && then.locks == now.locks
        && then.program == now.program
        && then.machine == now.machine
}
