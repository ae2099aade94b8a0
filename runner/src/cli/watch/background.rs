//! All cases, again and again, beside other work.
//!
//! Each run is a process of its own at the lowest priority. It takes the lock of
//! scheduled runs, so that one goes on at a time, whoever began it; and when the
//! next is due is read from the ledger, so that this survives restarts.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use seatrial_ledger::{Ledger, LedgerError, RunState, SCHEDULE};
use seatrial_spec::Trigger;

use super::{pause, say};
use crate::{Error, Selection};

/// Where reports are kept, in the state folder.
const FOLDER: &str = "watch";
/// What a run says, in the folder of its report.
const OUTPUT: &str = "output.txt";
/// How often the ledger is asked whether a run is due.
const ASK: Duration = Duration::from_secs(5);
/// At the least between two attempts: one that cannot begin is tried again.
const AGAIN: Duration = Duration::from_secs(60);
/// Runs of the ledger among which the last scheduled one is looked for.
const RUNS_MAX: usize = 200;

/// What is to run, and how often.
pub(super) struct Background {
    pub(super) every: Duration,
    /// Runs whose results are kept.
    pub(super) keep: usize,
    pub(super) program: PathBuf,
    pub(super) specs: PathBuf,
    pub(super) state: PathBuf,
}

impl Background {
    /// Goes on for as long as the process does.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(super) fn start(self) -> Result<(), Error> {
        let started = thread::Builder::new().spawn(move || self.go_on());
        let failed = |error: io::Error| Error::Harness(format!("cannot start a thread: {error}"));
        started.map(drop).map_err(failed)
    }

    fn go_on(&self) {
        let mut attempted: Option<Instant> = None;
        loop {
            let wait = self.every.min(AGAIN);
            let rested = attempted.is_none_or(|then| then.elapsed() >= wait);
            if rested && self.is_due() {
                attempted = Some(Instant::now());
                match self.run() {
                    Ok(told) => say(&told),
                    Err(error) => say(&format!("the background run did not begin: {error}")),
                }
                if let Err(error) = self.tidy() {
                    say(&format!("old background runs cannot be removed: {error}"));
                }
            }
            pause(ASK.min(self.every));
        }
    }

    /// Whether the last such run began so long ago, or was killed.
    fn is_due(&self) -> bool {
        // Without a ledger there was none; if it cannot be read, the run will say.
        let Ok(runs) = Ledger::read(&self.state).and_then(|ledger| ledger.runs(RUNS_MAX)) else {
            return true;
        };
        let scheduled =
            |run: &&seatrial_ledger::RunSummary| run.caused_by.as_deref() == Some(SCHEDULE);
        let mut runs = runs.iter().filter(scheduled);
        // Of all that a schedule sets off: a run of a part stands for no whole.
        let whole = Selection {
            on: Some(Trigger::Schedule),
            ..Selection::default()
        };
        let whole = whole.to_string();
        let Some(last) = runs.find(|run| run.selection == whole) else {
            return true;
        };
        match last.state {
            RunState::Running => false,
            RunState::Killed | RunState::Unknown => true,
            RunState::Finished | RunState::Ended => {
                let began = Duration::from_millis(u64::try_from(last.began_ms).unwrap_or(0));
                let since = now().checked_sub(began);
                // A clock that was set back must not keep it from running.
                since.is_none_or(|since| since >= self.every)
            }
        }
    }

    /// Runs all cases to their end, and says what came of it.
    fn run(&self) -> io::Result<String> {
        let name = format!("{:013}", now().as_millis());
        let folder = self.state.join(FOLDER).join(name);
        fs::create_dir_all(&folder)?;
        let status = match self.start_in(&folder, true) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.start_in(&folder, false),
            other => other,
        }?;
        let page = folder.join("report.html");
        Ok(match status.code() {
            Some(0) => format!("the background run passed: {}", page.display()),
            Some(1) => format!("the background run did NOT pass: {}", page.display()),
            _ => {
                let said = fs::read_to_string(folder.join(OUTPUT)).unwrap_or_default();
                let why = said.lines().find(|line| line.starts_with("error"));
                fs::remove_dir_all(&folder)?;
                format!(
                    "the background run came to no verdict ({status}): {}",
                    why.unwrap_or("it does not say why")
                )
            }
        })
    }

    fn start_in(&self, folder: &Path, nice: bool) -> io::Result<ExitStatus> {
        let mut command = if nice {
            let mut command = Command::new("nice");
            command.args(["-n", "19"]).arg(&self.program);
            command
        } else {
            Command::new(&self.program)
        };
        let output = File::create(folder.join(OUTPUT))?;
        command
            .arg("--specs")
            .arg(&self.specs)
            .arg("--state")
            .arg(&self.state)
            .args(["test", "--on", SCHEDULE, "--tier", "all", "--jobs", "1"])
            .arg("--report")
            .arg(folder)
            .stdin(Stdio::null())
            .stderr(output.try_clone()?)
            .stdout(output)
            .status()
    }

    /// Removes what is too old to be kept.
    fn tidy(&self) -> Result<(), String> {
        let ledger = Ledger::open(&self.state);
        let forgotten = ledger.and_then(|mut ledger| ledger.forget_scheduled(self.keep));
        forgotten.map_err(|error: LedgerError| error.to_string())?;
        let folder = self.state.join(FOLDER);
        let entries = fs::read_dir(&folder).map_err(|error| error.to_string())?;
        let mut names: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        // Their names are times.
        names.sort();
        let old = names.len().saturating_sub(self.keep);
        for path in &names[..old] {
            fs::remove_dir_all(path).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Ok(())
    }
}

/// `90s`, `30m`, `1h`, `2d`.
pub(super) fn time(text: &str) -> Result<Duration, String> {
    let units = [("s", 1), ("m", 60), ("h", 3600), ("d", 86400)];
    let parsed = units.iter().find_map(|(unit, seconds)| {
        let count: u64 = text.strip_suffix(unit)?.trim().parse().ok()?;
        count.checked_mul(*seconds).filter(|seconds| *seconds > 0)
    });
    parsed
        .map(Duration::from_secs)
        .ok_or_else(|| "a whole number with a unit, such as 90s, 30m, 1h or 1d".into())
}

fn now() -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default()
}
