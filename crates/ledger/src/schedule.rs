//! Scheduled runs: one at a time, and none that was killed is forgotten.

use std::fs::{File, TryLockError};
use std::path::Path;

use rusqlite::params;

use crate::provenance::Code;
use crate::read::{CaseRecord, RunState};
use crate::write::{NewRun, RunWriter};
use crate::{Ledger, LedgerError, Provenance};

/// What a scheduled run is said to be caused by.
pub const SCHEDULE: &str = "schedule";

/// Held while a scheduled run goes on. The system takes it back when the process
/// ends, however it ends.
#[derive(Debug)]
pub struct ScheduleLock {
    _file: File,
}

/// A scheduled run that was killed.
#[derive(Debug)]
pub struct Interrupted {
    id: i64,
    /// Its name.
    pub run: String,
    /// Cases that it was about.
    pub planned: usize,
    /// What it found before, by id of the case.
    pub judged: Vec<CaseRecord>,
    /// Why it cannot be resumed: what is not as it was then. Empty if it can.
    pub differs: Vec<&'static str>,
}

impl ScheduleLock {
    /// Takes the lock of a state folder; `shared` with other processes of the
    /// same group.
    ///
    /// # Errors
    /// When another scheduled run holds it, or it cannot be made.
    pub fn take(state: &Path, shared: bool) -> Result<Self, LedgerError> {
        let path = state.join("schedule.lock");
        let unwritable = |error: std::io::Error| LedgerError::Unwritable {
            file: path.clone(),
            reason: error.to_string(),
        };
        std::fs::create_dir_all(state).map_err(unwritable)?;
        let options = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path);
        let file = options.map_err(unwritable)?;
        let locked = if shared {
            file.try_lock_shared()
        } else {
            file.try_lock()
        };
        match locked {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LedgerError::AtWork(format!(
                "another scheduled run of {} goes on: wait for its end, or name another state \
                 folder",
                state.display()
            ))),
            Err(TryLockError::Error(error)) => Err(unwritable(error)),
        }
    }
}

/// What is not known may have changed.
fn is_known(code: &Code) -> bool {
    matches!(code, Code::Git { .. })
}

impl Ledger {
    /// The last scheduled run that was killed and neither resumed nor given up.
    /// Whoever asks holds the [`ScheduleLock`], so that none goes on.
    ///
    /// # Errors
    /// When a group of processes does go on, or it cannot be read.
    pub fn interrupted(
        &self,
        new: &NewRun,
        provenance: &Provenance,
    ) -> Result<Option<Interrupted>, LedgerError> {
        let group = new.grouped_by.as_deref();
        let ids = self.reading(|| {
            let select = "SELECT id FROM runs WHERE caused_by = ?1 AND NOT given_up \
                          AND (grouped_by IS NULL OR grouped_by IS NOT ?2) ORDER BY id DESC LIMIT 100";
            let mut statement = self.connection.prepare(select)?;
            let rows = statement.query_map(params![SCHEDULE, group], |row| row.get(0))?;
            rows.collect::<rusqlite::Result<Vec<i64>>>()
        })?;
        let mut last = None;
        for id in ids {
            let summary = self.reading(|| self.summary(id))?;
            match summary.state {
                RunState::Finished | RunState::Ended => {}
                RunState::Running => {
                    return Err(LedgerError::AtWork(format!(
                        "another scheduled run of this ledger goes on: {}, since {}",
                        summary.run,
                        crate::time::utc(summary.began_ms)
                    )));
                }
                RunState::Killed | RunState::Unknown if last.is_none() => {
                    last = Some(self.reading(|| self.interruption(id, new, provenance))?);
                }
                RunState::Killed | RunState::Unknown => {}
            }
        }
        Ok(last)
    }

    fn interruption(
        &self,
        id: i64,
        new: &NewRun,
        provenance: &Provenance,
    ) -> rusqlite::Result<Interrupted> {
        let select = "SELECT name, planned, specs, selection, grouped_by IS NOT NULL, text \
                      FROM runs JOIN texts ON texts.id = provenance WHERE runs.id = ?1";
        self.connection.query_row(select, [id], |row| {
            let then: Provenance = crate::read::from_json(row, 5)?;
            let same_specs =
                row.get::<_, String>(2)? == new.specs && then.specs == provenance.specs;
            let parts = [
                ("code", is_known(&then.code) && then.code == provenance.code),
                ("specs", same_specs),
                ("selection", row.get::<_, String>(3)? == new.selection),
                ("locked dependencies", then.locks == provenance.locks),
                ("program", then.program == provenance.program),
                ("machine", then.machine == provenance.machine),
                // Another program decides what runs there.
                (
                    "way of running",
                    !row.get::<_, bool>(4)? && new.grouped_by.is_none(),
                ),
            ];
            Ok(Interrupted {
                id,
                run: row.get(0)?,
                planned: row.get::<_, i64>(1)? as usize,
                judged: self.cases(id)?,
                differs: parts
                    .iter()
                    .filter(|(_, same)| !same)
                    .map(|(name, _)| *name)
                    .collect(),
            })
        })
    }

    /// Goes on with an interrupted run.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn resume(self, interrupted: &Interrupted) -> Result<RunWriter, LedgerError> {
        self.go_on(interrupted.id)
    }

    /// Notes that an interrupted run will not be resumed.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn give_up(&self, interrupted: &Interrupted) -> Result<(), LedgerError> {
        let update = "UPDATE runs SET given_up = 1 WHERE id = ?1";
        let updated = self.connection.execute(update, [interrupted.id]);
        updated.map_err(|error| LedgerError::writing(&self.file, error))?;
        Ok(())
    }
}
