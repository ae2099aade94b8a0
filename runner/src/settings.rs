//! What the environment says: read once, here and nowhere else.

use std::env;
use std::path::{Path, PathBuf};

use seatrial_checks::Recording;
use seatrial_spec::Trigger;

use crate::Error;

/// What the environment says about a run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `SEATRIAL_SPECS`: the spec tree.
    pub specs: Option<PathBuf>,
    /// `SEATRIAL_STATE`: the state folder.
    pub state: Option<PathBuf>,
    /// `SEATRIAL_SERVERS`: the folder of server environments.
    pub servers: Option<PathBuf>,
    /// `SEATRIAL_ON`: what set off the run. Without it, every case runs,
    /// whatever its `on`.
    pub on: Option<Trigger>,
    /// `SEATRIAL_RECORD=1`: recorded values are rewritten.
    pub recording: Recording,
    /// `SEATRIAL_LEDGER`: whether runs are kept in the ledger; `off` turns it
    /// off.
    pub ledger: bool,
    /// `NEXTEST_RUN_ID`: what the processes of one run of cargo-nextest, one for
    /// each case, have in common.
    pub nextest: Option<String>,
}

impl Settings {
    /// Reads the environment.
    ///
    /// # Errors
    /// When a variable says something unknown, or asks to record under CI.
    pub fn from_environment() -> Result<Self, Error> {
        let on = text("SEATRIAL_ON")?.map(|word| trigger(&word).map_err(of("SEATRIAL_ON")));
        Ok(Self {
            specs: path("SEATRIAL_SPECS"),
            state: path("SEATRIAL_STATE"),
            servers: path("SEATRIAL_SERVERS"),
            on: on.transpose()?,
            recording: recording()?,
            ledger: ledger()?,
            nextest: text("NEXTEST_RUN_ID")?,
        })
    }
}

impl Settings {
    /// The same, with paths that are relative taken from a folder. cargo starts a test
    /// in the folder of its package, which is not where people type.
    pub(crate) fn relative_to(self, folder: &Path) -> Self {
        let from = |path: Option<PathBuf>| path.map(|path| folder.join(path));
        Self {
            specs: from(self.specs),
            state: from(self.state),
            servers: from(self.servers),
            ..self
        }
    }
}

/// The trigger that a word names.
pub(crate) fn trigger(word: &str) -> Result<Trigger, String> {
    match word {
        "commit" => Ok(Trigger::Commit),
        "release" => Ok(Trigger::Release),
        "schedule" => Ok(Trigger::Schedule),
        other => Err(format!(
            "`{other}` is none of `commit`, `release` and `schedule`"
        )),
    }
}

fn recording() -> Result<Recording, Error> {
    match text("SEATRIAL_RECORD")?.as_deref() {
        None | Some("0") => Ok(Recording::Compare),
        Some("1") if under_ci()? => Err(Error::Usage(
            "SEATRIAL_RECORD=1 is refused while CI is set: recorded values are rewritten by a \
             person, who looks at the difference and commits it"
                .into(),
        )),
        Some("1") => Ok(Recording::Rewrite),
        Some(other) => Err(of("SEATRIAL_RECORD")(format!(
            "`{other}` is neither `1` nor `0`"
        ))),
    }
}

fn ledger() -> Result<bool, Error> {
    match text("SEATRIAL_LEDGER")?.as_deref() {
        None | Some("on") => Ok(true),
        Some("off") => Ok(false),
        Some(other) => Err(of("SEATRIAL_LEDGER")(format!(
            "`{other}` is neither `on` nor `off`"
        ))),
    }
}

fn under_ci() -> Result<bool, Error> {
    let ci = text("CI")?;
    Ok(ci.is_some_and(|value| value != "false" && value != "0"))
}

/// The path in a variable; `None` if it is not set or empty.
fn path(name: &str) -> Option<PathBuf> {
    let said = env::var_os(name).filter(|path| !path.is_empty());
    said.map(PathBuf::from)
}

/// The value of a variable; `None` if it is not set or empty.
fn text(name: &str) -> Result<Option<String>, Error> {
    match env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(of(name)("it is not UTF-8".into())),
    }
}

fn of(name: &str) -> impl Fn(String) -> Error + '_ {
    move |problem| Error::Usage(format!("{name}: {problem}"))
}
