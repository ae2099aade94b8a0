//! `seatrial gate`: one answer before a release, blessed or not blessed, and why.

mod candidate;
mod evidence;
pub(super) mod verify;

use std::fs::File;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use seatrial_checks::Session;
use seatrial_ledger::record::{Decision, Forced, RECORD_VERSION, ReleaseRecord, Version};
use seatrial_ledger::{ContentHash, FileHashes, Ledger, LedgerError, Provenance, Release, time};
use seatrial_report::{Human, Progress, Renderer};
use seatrial_spec::{Case, Trigger};

use super::Surroundings;
use crate::crew::{Code, Crew, MadeThings, World};
use crate::record::{Beginning, Recorder};
use crate::{Error, Plan, Replay, Selection, execute, start, tree, whole};
pub(super) use candidate::{Override, is_data, replace};
use evidence::Collected;

/// Two gates of one state folder wait for each other on this file.
const LOCK: &str = "gate.lock";

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// What people call the release [default: the beginning of its hash].
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// Takes a subject's content from here instead of where the specs say, such
    /// as `predictions.candidate=new.parquet`; may be given several times.
    #[arg(long, value_name = "SUBJECT=PATH")]
    candidate: Vec<Override>,

    /// As --candidate, for the data that candidates are asked about, such as
    /// `dataset.live=today.parquet`.
    #[arg(long, value_name = "SUBJECT=PATH")]
    data: Vec<Override>,

    /// Only cases whose id contains this; may be given several times, and then
    /// takes what contains any.
    #[arg(long, value_name = "SUBSTRING")]
    filter: Vec<String>,

    /// Where the release record is written.
    #[arg(long, value_name = "FILE", default_value = "release.json")]
    out: PathBuf,

    /// Blesses it whatever the evidence: who answers for it.
    #[arg(long, value_name = "PERSON", requires = "reason")]
    force_by: Option<String>,

    /// Why it is blessed against the evidence.
    #[arg(long, value_name = "TEXT", requires = "force_by")]
    reason: Option<String>,

    /// How many cases run at once [default: one a core].
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
}

impl Arguments {
    fn forced(&self) -> Result<Option<Forced>, Error> {
        let (Some(by), Some(reason)) = (&self.force_by, &self.reason) else {
            return Ok(None);
        };
        let said = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        match (said(by), said(reason)) {
            (Some(by), Some(reason)) => Ok(Some(Forced { by, reason })),
            _ => Err(Error::Usage(
                "a forced blessing needs the name of a person and a reason".into(),
            )),
        }
    }
}

pub(super) fn run(arguments: &Arguments, surroundings: Surroundings) -> Result<ExitCode, Error> {
    let forced = arguments.forced()?;
    let root = surroundings.root()?;
    let mut suite = seatrial_spec::load(&root, &surroundings.registry.vocabulary())?;
    replace(&mut suite, &arguments.candidate, candidate::is_candidate)?;
    replace(&mut suite, &arguments.data, is_data)?;
    let files = suite.files.clone();
    let selection = Selection {
        on: Some(Trigger::Release),
        filters: arguments.filter.clone(),
        ..Selection::default()
    };
    let plan = Arc::new(Plan::new(suite, &selection));
    if plan.cases.is_empty() {
        let among = match arguments.filter.as_slice() {
            [] => String::new(),
            named => format!(" whose id contains `{}`", named.join("` or `")),
        };
        return Err(Error::Usage(format!(
            "no case{among} is set off by a release: see `on`, and `seatrial list` for ids"
        )));
    }
    let state = surroundings.state()?;
    let _turn = turn(&state)?;
    let mut hashes = FileHashes::new();
    let subjects = candidate::subjects(&plan.cases, &mut hashes)?;
    let identity = candidate::identity(&plan.cases, &subjects, &mut hashes)?;
    let decided = read(&state, |ledger| ledger.decided(&identity.to_string()))?;
    let previous = candidate::previous(&subjects, |ask| read(&state, ask))?;
    if let Some(kept) = decided.flatten() {
        let decided = evidence::read(&kept)?;
        // Forcing has something to change only where the answer was no.
        if forced.is_none() || decided.decision == Decision::Blessed {
            return again(&decided, &kept, previous.as_ref(), &arguments.out);
        }
    }
    let code = Arc::new(Code::default());
    let made = Arc::new(MadeThings::default());
    let worlds = Worlds {
        state: &state,
        code: &code,
        made: &made,
    };
    let (run, cases) = judge(
        arguments,
        surroundings,
        &plan,
        selection.to_string(),
        &worlds,
    )?;
    let subjects = candidate::as_made(subjects, &made.all(), &mut hashes)?;
    let reasons = ReleaseRecord::against(&cases);
    let decision = if reasons.is_empty() || forced.is_some() {
        Decision::Blessed
    } else {
        Decision::NotBlessed
    };
    let short = identity.short().to_owned();
    let work_tree = code.of(&plan.root);
    let work_tree = work_tree.map(|tree| (*tree).clone());
    let subjects = if decision == Decision::Blessed {
        candidate::keep(&state, subjects)?
    } else {
        subjects
    };
    let record = ReleaseRecord {
        version: RECORD_VERSION,
        name: arguments.name.clone().unwrap_or(short),
        decision,
        forced: forced.filter(|_| !reasons.is_empty()),
        reasons,
        identity,
        decided: time::utc(now_ms()),
        candidate: Version {
            release: None,
            forced: None,
            subjects,
        },
        previous,
        provenance: Provenance::gather(
            &plan.root,
            &files,
            start::threads_a_case(),
            work_tree.as_ref().map_err(String::as_str),
            &mut hashes,
        ),
        cases,
    };
    conclude(&record, run.as_deref(), &state, &arguments.out)
}

/// Waits until no other gate of this state folder is at work.
fn turn(state: &Path) -> Result<File, Error> {
    let failed = |error: std::io::Error| {
        let path = state.join(LOCK);
        Error::Harness(format!("cannot take turns at {}: {error}", path.display()))
    };
    std::fs::create_dir_all(state).map_err(failed)?;
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(state.join(LOCK))
        .map_err(failed)?;
    file.lock().map_err(failed)?;
    Ok(file)
}

/// What the ledger says; `None` if nothing was ever recorded.
fn read<T>(
    state: &Path,
    ask: impl FnOnce(&Ledger) -> Result<T, LedgerError>,
) -> Result<Option<T>, Error> {
    match Ledger::read(state) {
        Err(LedgerError::Missing { .. }) => Ok(None),
        opened => opened
            .and_then(|ledger| ask(&ledger))
            .map(Some)
            .map_err(in_ledger),
    }
}

fn in_ledger(error: LedgerError) -> Error {
    Error::Harness(error.to_string())
}

/// What cases are judged with, and what they leave.
struct Worlds<'a> {
    state: &'a Path,
    code: &'a Arc<Code>,
    made: &'a Arc<MadeThings>,
}

/// What came of the cases, and the name of their run in the ledger.
type Judged = (Option<Arc<str>>, Vec<seatrial_ledger::record::Judgement>);

/// Runs the cases, as a run of the ledger like any other: a release record says what
/// was decided, the ledger how its numbers compare with those of other days.
fn judge(
    arguments: &Arguments,
    surroundings: Surroundings,
    plan: &Arc<Plan>,
    selection: String,
    Worlds { state, code, made }: &Worlds<'_>,
) -> Result<Judged, Error> {
    let specs = tree::shown(&plan.root, &tree::here()?);
    let beginning = Beginning {
        state,
        plan,
        code,
        command: "seatrial gate",
        specs: &specs,
        selection,
        planned: plan.cases.len(),
        on: Some(Trigger::Release),
        group: None,
    };
    let recorder = Recorder::begin(beginning, surroundings.settings.ledger)?;
    let run = recorder.run();
    let world = World {
        root: Arc::clone(&plan.root),
        state: (*state).into(),
        servers: surroundings.settings.servers.clone().map(Into::into),
        recording: seatrial_checks::Recording::Compare,
        code: Arc::clone(code),
        run: run.clone(),
        made: Arc::clone(made),
    };
    let crew = Crew::new(Session::new(surroundings.registry), world);
    let replay = Replay::Command {
        specs: surroundings.named,
    };
    let jobs = arguments
        .jobs
        .map_or_else(std::thread::available_parallelism, Ok);
    let collected = Collected::default();
    let human = Human::new(anstream::stdout(), Progress::on_terminal());
    let mut renderers: Vec<Box<dyn Renderer>> = vec![Box::new(human), Box::new(collected.clone())];
    let jobs = jobs.unwrap_or(NonZeroUsize::MIN);
    execute::execute(plan, crew, recorder, jobs, &replay, &specs, &mut renderers)?;
    let passes = |case: &&Arc<Case>| case.inconclusive_passes;
    let lenient = plan.cases.iter().filter(passes).map(|case| case.id.clone());
    Ok((run, collected.judgements(&lenient.collect())))
}

/// Writes the decision down, in the ledger first: a file without it would be a
/// decision that the next gate does not know.
fn conclude(
    record: &ReleaseRecord,
    run: Option<&str>,
    state: &Path,
    out: &Path,
) -> Result<ExitCode, Error> {
    let text = record.seal();
    let text = text.map_err(|error| Error::Harness(format!("cannot write the record: {error}")))?;
    let mut ledger = Ledger::open(state).map_err(in_ledger)?;
    let blessed = record.decision == Decision::Blessed;
    let subjects = record.candidate.subjects.iter().map(|(subject, content)| {
        let path = content.path.clone().unwrap_or_default();
        (subject.clone(), (path, content.hash.to_string()))
    });
    let release = Release {
        name: record.name.clone(),
        blessed,
        run: run.map(str::to_owned),
        record: evidence::kept(record, &text),
        subjects: subjects.collect(),
    };
    ledger.add_release(&release).map_err(in_ledger)?;
    write(out, &text)?;
    tell(record, "")?;
    Ok(ExitCode::from(u8::from(!blessed)))
}

/// The same question as before has the same answer, also where another version was
/// blessed since: then that is said.
fn again(
    decided: &ReleaseRecord,
    kept: &serde_json::Value,
    last: Option<&Version>,
    out: &Path,
) -> Result<ExitCode, Error> {
    write(out, evidence::text_of(kept).unwrap_or_default())?;
    tell(decided, &format!(", as decided on {}", decided.decided))?;
    // By content: two releases may have one name.
    let known =
        [Some(&decided.candidate), decided.previous.as_ref()].map(|v| v.map(|v| &v.subjects));
    if let Some(since) = last.filter(|last| !known.contains(&Some(&last.subjects))) {
        writeln!(
            anstream::stdout().lock(),
            "  the last blessed release is {}",
            named(since)
        )?;
    }
    Ok(ExitCode::from(u8::from(
        decided.decision != Decision::Blessed,
    )))
}

fn write(out: &Path, text: &str) -> Result<(), Error> {
    whole::write(out, text)
        .map_err(|error| Error::Harness(format!("cannot write {}: {error}", out.display())))
}

/// The answer, and why.
fn tell(record: &ReleaseRecord, when: &str) -> Result<(), Error> {
    let mut to = anstream::stdout().lock();
    let word = match record.decision {
        Decision::Blessed => "blessed",
        Decision::NotBlessed => "not blessed",
    };
    writeln!(to, "\n{word}: {}{when}", record.name)?;
    if let Some(forced) = &record.forced {
        writeln!(to, "  {}", seatrial_report::plain(&forced.to_string()))?;
    }
    for reason in &record.reasons {
        writeln!(to, "  {}", seatrial_report::plain(reason))?;
    }
    match &record.previous {
        None => writeln!(to, "  there was no blessed version before")?,
        Some(previous) => writeln!(to, "  the blessed release before was {}", named(previous))?,
    }
    Ok(())
}

/// A blessed release, and who answers for it if it was forced.
fn named(version: &Version) -> String {
    let name = version.release.as_deref().unwrap_or("?");
    let forced = match &version.forced {
        Some(Forced { by, reason }) => {
            format!(", which {by} blessed against the evidence: {reason}")
        }
        None => String::new(),
    };
    seatrial_report::plain(&format!("{name}{forced}")).into_owned()
}

fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

/// The hash of what was asked of what.
pub(super) fn identity_of(parts: &[String]) -> ContentHash {
    ContentHash::of_bytes(parts.join("\n").as_bytes())
}
