//! Keeping a run in the ledger while it goes on.
//!
//! A run that should be recorded and cannot be is no green run: if the ledger
//! cannot be opened, nothing runs; if it fails on the way, the cases go on, and
//! the run ends as one in which the harness failed.

mod case;
mod desk;
mod scheduled;
mod steady;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use seatrial_ledger::{
    CaseRecord, FileHashes, Ledger, LedgerError, NewRun, Provenance, SCHEDULE, ScheduleLock,
};
use seatrial_report::plain;
use seatrial_spec::{Case, Trigger};

use crate::crew::{Code, Crew, Finished};
use crate::{Error, Plan, start};
use desk::Desk;
use steady::Steady;

/// A run that is about to begin.
pub(crate) struct Beginning<'a> {
    /// The state folder.
    pub state: &'a Path,
    /// What will run.
    pub plan: &'a Plan,
    /// The state of the code.
    pub code: &'a Code,
    /// Such as `seatrial test`.
    pub command: &'a str,
    /// The spec tree, as people name it.
    pub specs: &'a str,
    /// Which cases were asked for, in words.
    pub selection: String,
    /// How many of the plan's cases will have a verdict.
    pub planned: usize,
    /// What set it off.
    pub on: Option<Trigger>,
    /// What the processes of one run have in common, if it has several.
    pub group: Option<String>,
}

/// Keeps one run.
#[derive(Default)]
pub(crate) struct Recorder {
    run: Option<Arc<str>>,
    provenance: Option<serde_json::Value>,
    desk: Option<Desk>,
    /// Verdicts that this run had before it was killed, by case.
    known: BTreeMap<String, CaseRecord>,
    /// What scheduled runs hold each case against.
    steady: Option<Steady>,
    /// What became of an earlier run.
    remark: Option<String>,
    _lock: Option<ScheduleLock>,
}

impl Recorder {
    /// Keeps nothing.
    pub fn off() -> Self {
        Self::default()
    }

    /// Begins a run, if it is to be kept; or goes on with the scheduled one that
    /// was killed, if nothing it rests on has changed. What became of one that
    /// was killed is told on the error stream.
    ///
    /// # Errors
    /// When it cannot be recorded, or another scheduled run goes on.
    pub fn begin(beginning: Beginning<'_>, is_kept: bool) -> Result<Self, Error> {
        if !is_kept {
            return Ok(Self::off());
        }
        let recorder = Self::open(beginning).map_err(|error| match error {
            LedgerError::AtWork(_) => Error::Ledger(error),
            other => Error::NotRecorded(other),
        })?;
        if let Some(remark) = &recorder.remark {
            // If nobody reads the error stream, the ledger still tells.
            let _ = writeln!(io::stderr(), "{}", plain(remark));
        }
        Ok(recorder)
    }

    fn open(beginning: Beginning<'_>) -> Result<Self, LedgerError> {
        let scheduled = beginning.on == Some(Trigger::Schedule);
        let lock = scheduled
            .then(|| ScheduleLock::take(beginning.state, beginning.group.is_some()))
            .transpose()?;
        let mut hashes = FileHashes::remembering(Ledger::open(beginning.state)?);
        let mut ledger = Ledger::open(beginning.state)?;
        let new = beginning.describe();
        if let Some(group) = &new.grouped_by {
            ledger = match ledger.join(group, new.planned)? {
                Ok(writer) => {
                    let recorder = Self::at(Desk::open(writer, beginning.plan, hashes));
                    return Ok(Self {
                        _lock: lock,
                        ..recorder
                    });
                }
                Err(ledger) => ledger,
            };
        }
        let provenance = beginning.provenance(&mut hashes);
        let mut remark = None;
        let mut known = BTreeMap::new();
        let interrupted = if scheduled {
            ledger.interrupted(&new, &provenance)?
        } else {
            None
        };
        let writer = match interrupted {
            Some(interrupted) if interrupted.differs.is_empty() => {
                known = scheduled::still_true(&interrupted, beginning.plan, &mut hashes);
                remark = Some(scheduled::resumed(&interrupted, known.len()));
                ledger.resume(&interrupted)?
            }
            Some(interrupted) => {
                remark = Some(scheduled::given_up(&interrupted));
                ledger.give_up(&interrupted)?;
                ledger.begin(&new, &provenance)?
            }
            None => ledger.begin(&new, &provenance)?,
        };
        // Of several processes of one run, only the first comes here.
        let steady = if scheduled && new.grouped_by.is_none() {
            let reading = Ledger::open(beginning.state)?;
            let earlier = reading.earlier(&new.specs, &provenance, writer.name())?;
            let tree = case::Tree::new(&beginning.plan.root);
            let hashes = FileHashes::remembering(reading);
            Some(Steady::new(tree, earlier, hashes))
        } else {
            None
        };
        Ok(Self {
            steady,
            provenance: serde_json::to_value(&provenance).ok(),
            known,
            remark,
            _lock: lock,
            ..Self::at(Desk::open(writer, beginning.plan, hashes))
        })
    }

    fn at(desk: Desk) -> Self {
        Self {
            run: Some(desk.run().into()),
            desk: Some(desk),
            ..Self::default()
        }
    }

    /// The run's name, if it is recorded.
    pub fn run(&self) -> Option<Arc<str>> {
        self.run.clone()
    }

    /// What the run rests on, if this process recorded it.
    pub fn provenance(&self) -> Option<&serde_json::Value> {
        self.provenance.as_ref()
    }

    /// Runs a case and keeps its verdict, which in a scheduled run is against if
    /// the case came out otherwise before although nothing changed; or gives the verdict that this run had
    /// before it was killed.
    ///
    /// # Errors
    /// When no worker can be started.
    pub fn judge(&self, crew: &Crew, case: &Arc<Case>) -> io::Result<Finished> {
        if let Some(record) = self.known.get(&case.id) {
            return Ok(crew.recalled(record));
        }
        let mut finished = crew.run(case)?;
        if let Some(steady) = &self.steady {
            steady.judge(case, &mut finished);
        }
        if let Some(desk) = &self.desk {
            desk.keep(case, &finished);
        }
        Ok(finished)
    }

    /// Waits until everything is kept.
    ///
    /// # Errors
    /// When something could not be.
    pub fn finish(&self) -> Result<(), Error> {
        match &self.desk {
            Some(desk) => desk.close().map_err(Error::NotRecorded),
            None => Ok(()),
        }
    }
}

impl Beginning<'_> {
    fn describe(&self) -> NewRun {
        NewRun {
            grouped_by: self.group.clone(),
            command: self.command.into(),
            caused_by: self.on.map(|on| cause(on).to_owned()),
            specs: self.specs.into(),
            selection: self.selection.clone(),
            planned: self.planned,
            left_out: self.plan.left_out,
        }
    }

    fn provenance(&self, hashes: &mut FileHashes) -> Provenance {
        let root = &self.plan.root;
        let code = self.code.of(root);
        let code = code.as_deref().map_err(String::as_str);
        Provenance::gather(
            root,
            &self.plan.files,
            start::threads_a_case(),
            code,
            hashes,
        )
    }
}

/// The word for what sets off a run.
pub(crate) fn cause(on: Trigger) -> &'static str {
    match on {
        Trigger::Commit => "commit",
        Trigger::Release => "release",
        Trigger::Schedule => SCHEDULE,
    }
}
