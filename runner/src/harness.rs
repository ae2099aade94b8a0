//! The spec tree as a test target: libtest's flags, libtest's output.
//!
//! Where libtest would let something pass unseen, this fails closed: an
//! `--exact` name that does not exist, `--test-threads 0`, and a run without a
//! filter in which nothing ran.
//!
//! A skipped case is listed as ignored. Run in spite of that, it counts as
//! ignored, with its reason; and if nothing else ran, the process fails. So
//! cargo-nextest, which gives each case a process and knows no outcome between
//! pass and fail, never shows a skipped case as passed: it counts it as skipped,
//! and under `--run-ignored` as failed, unless told to leave it out
//! (`-E 'not test(=ID)'`).

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Completion, Conclusion, Failed, Trial};
use seatrial_checks::quality::skipped_without;
use seatrial_checks::{Registry, Session};
use seatrial_ledger::{Ledger, LedgerError};
use seatrial_report::{Explanation, plain};
use seatrial_spec::{Case, Suite, Tier, Trigger, load, load_exact};
use seatrial_verdict::Status;

use crate::crew::{Crew, World};
use crate::record::{Beginning, Recorder, cause};
use crate::result::{Replay, describe};
use crate::{Error, Plan, Selection, Settings, start, state, tree};

/// What libtest ends with when a test fails.
const FAILED: u8 = 101;

/// The `main` of a test target with `harness = false`.
///
/// The spec tree is `SEATRIAL_SPECS`, else the nearest folder `specs` in the
/// package's folder or above it. The state folder is `SEATRIAL_STATE`, else
/// `.seatrial` in the root of the git work tree, else in the workspace. Relative
/// ones are taken from the folder of the workspace.
/// `SEATRIAL_ON` names what set off the run, and `SEATRIAL_RECORD=1` rewrites
/// recorded values.
///
/// Call it first: it sets an environment variable, which only a program that
/// has not started a thread may do.
pub fn main(registry: Registry) -> ExitCode {
    if let Some(code) = start::process(&registry) {
        return code;
    }
    let arguments = Arguments::from_args();
    run(&arguments, registry).unwrap_or_else(|error| error.report())
}

fn run(arguments: &Arguments, registry: Registry) -> Result<ExitCode, Error> {
    if arguments.test_threads == Some(0) {
        let message = "--test-threads 0 would run nothing: give 1 or more, or leave it out";
        return Err(Error::Usage(message.into()));
    }
    let settings = Settings::from_environment()?;
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let (from, settings) = match package {
        Some(folder) => {
            let settings = settings.relative_to(workspace(&folder));
            (folder, settings)
        }
        None => (tree::here()?, settings),
    };
    let root = tree::find(settings.specs.clone(), &from)?;
    let vocabulary = registry.vocabulary();
    let mut suite = match &arguments.filter {
        Some(id) if arguments.exact => load_exact(&root, &vocabulary, id)?,
        _ => load(&root, &vocabulary)?,
    };
    let state = state::find(settings.state.clone(), workspace(&from))?;
    skip_first_releases(&mut suite, &state);
    let selection = Selection {
        on: settings.on,
        ..Selection::default()
    };
    let plan = Plan::new(suite, &selection);
    let bare = plan
        .cases
        .iter()
        .map(|case| trial(case, || Ok(Completion::Completed)));
    let bare: Vec<_> = bare.collect();
    if arguments.list {
        list(arguments, &bare)?;
        return Ok(ExitCode::SUCCESS);
    }
    let taken = plan.cases.iter().zip(&bare);
    let taken: Vec<_> = taken
        .filter(|(_, bare)| !arguments.is_filtered_out(bare))
        .collect();
    let skipped = taken
        .iter()
        .filter_map(|(case, _)| Some((case.id.clone(), case.skip.clone()?)));
    let skipped: Vec<_> = skipped.collect();
    let will_run =
        |case: &Case| arguments.include_ignored || arguments.ignored || !is_ignored(case);
    let bench = Arc::new(Bench::open(
        &Asked {
            plan: &plan,
            planned: taken.iter().filter(|(case, _)| will_run(case)).count(),
            selection: asked(arguments, settings.on),
            from: &from,
        },
        state,
        settings,
        registry,
    )?);
    let trials = plan.cases.iter().enumerate().map(|(place, case)| {
        let (bench, own) = (Arc::clone(&bench), Arc::clone(case));
        trial(case, move || bench.judge(place + 1, &own))
    });
    let conclusion = libtest_mimic::run(arguments, trials.collect());
    close(&skipped, plan.left_out);
    bench.recorder.finish()?;
    Ok(exit_code(arguments, &conclusion))
}

/// Everything that a trial needs besides its case.
struct Bench {
    crew: Crew,
    recorder: Recorder,
    specs: String,
    replay: Replay,
}

/// What a process was asked to run.
struct Asked<'a> {
    plan: &'a Plan,
    /// How many cases of it will have a verdict.
    planned: usize,
    /// Which cases, in words.
    selection: String,
    /// The folder that everything is relative to.
    from: &'a Path,
}

impl Bench {
    fn open(
        asked: &Asked<'_>,
        state: PathBuf,
        settings: Settings,
        registry: Registry,
    ) -> Result<Self, Error> {
        let Asked { plan, from, .. } = asked;
        let specs = shown(&plan.root, from);
        let code = Arc::default();
        let nextest = settings.nextest;
        let beginning = Beginning {
            state: &state,
            plan,
            code: &code,
            command: match nextest {
                Some(_) => "cargo nextest run",
                None => "cargo test",
            },
            specs: &specs,
            selection: match nextest {
                Some(_) => "as cargo-nextest chose".into(),
                None => asked.selection.clone(),
            },
            planned: asked.planned,
            on: settings.on,
            group: nextest.map(|id| format!("nextest {id}")),
        };
        let recorder = Recorder::begin(beginning, settings.ledger && asked.planned > 0)?;
        let world = World {
            root: Arc::clone(&plan.root),
            state: state.into(),
            servers: settings.servers.map(Into::into),
            recording: settings.recording,
            code,
            run: recorder.run(),
            made: Arc::default(),
        };
        Ok(Self {
            crew: Crew::new(Session::new(registry), world),
            recorder,
            specs,
            replay: Replay::CargoTest {
                package: std::env::var("CARGO_PKG_NAME").ok(),
            },
        })
    }
}

/// Which cases the arguments ask for, in words.
fn asked(arguments: &Arguments, on: Option<Trigger>) -> String {
    let mut words = vec![match (arguments.include_ignored, arguments.ignored) {
        (true, _) => "all tiers".to_owned(),
        (_, true) => "tier slow".to_owned(),
        _ => "tier fast".to_owned(),
    }];
    let how = if arguments.exact { "exact" } else { "filter" };
    words.extend(
        arguments
            .filter
            .iter()
            .map(|filter| format!("{how} {filter}")),
    );
    words.extend(arguments.skip.iter().map(|skip| format!("but {skip}")));
    words.extend(on.map(|on| format!("on {}", cause(on))));
    words.join(", ")
}

/// A case as a test, ignored unless it is meant to run every time.
fn trial(case: &Case, run: impl FnOnce() -> Result<Completion, Failed> + Send + 'static) -> Trial {
    Trial::ignorable_test(&case.id, run).with_ignored_flag(is_ignored(case))
}

fn is_ignored(case: &Case) -> bool {
    case.tier == Tier::Slow || case.skip.is_some()
}

impl Bench {
    fn judge(&self, number: usize, case: &Arc<Case>) -> Result<Completion, Failed> {
        let finished = self.recorder.judge(&self.crew, case)?;
        let told = describe(number, case, finished, &self.replay);
        match told.status {
            Status::Pass => Ok(Completion::Completed),
            Status::Skipped => Ok(Completion::ignored_with(plain(&told.message))),
            Status::Fail | Status::Inconclusive | Status::Error => {
                let text = Explanation {
                    case: &told,
                    specs: &self.specs,
                    width: None,
                }
                .to_string();
                Err(anstream::adapter::strip_str(&text).to_string().into())
            }
        }
    }
}

/// Comparisons with a blessed version are skipped while there is none, and are
/// listed so: alone in a process, one that is skipped on the way is no pass.
fn skip_first_releases(suite: &mut Suite, state: &Path) {
    for case in suite.cases.iter_mut().filter(|case| case.skip.is_none()) {
        let Some((subject, reason)) = skipped_without(case) else {
            continue;
        };
        // What cannot be read is said by the case itself.
        let none = match Ledger::read(state) {
            Err(LedgerError::Missing { .. }) => true,
            ledger => ledger.is_ok_and(|ledger| matches!(ledger.blessed(&subject), Ok(None))),
        };
        if none {
            case.skip = Some(reason.into());
        }
    }
}

/// libtest's list, and nothing else, on the output stream.
fn list(arguments: &Arguments, trials: &[Trial]) -> Result<(), Error> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let kept = trials
        .iter()
        .filter(|trial| !arguments.is_filtered_out(trial));
    for trial in kept {
        writeln!(out, "{}: test", trial.name())?;
    }
    Ok(out.flush()?)
}

/// Closes the report with what did not run, and why.
fn close(skipped: &[(String, String)], left_out: usize) {
    let mut to = std::io::stderr().lock();
    // If nobody reads the error stream, the exit code still tells.
    for (id, reason) in skipped {
        let _ = writeln!(to, "skipped: {}: {}", plain(id), plain(reason));
    }
    if left_out > 0 {
        let _ = writeln!(to, "left out: {left_out} that SEATRIAL_ON does not set off");
    }
}

fn exit_code(arguments: &Arguments, conclusion: &Conclusion) -> ExitCode {
    if conclusion.has_failed() {
        return ExitCode::from(FAILED);
    }
    // A filter goes to every test target of a workspace, and may mean another.
    let filtered = (arguments.filter.is_some() && !arguments.exact) || !arguments.skip.is_empty();
    if conclusion.num_passed == 0 && !filtered {
        let message = "error: nothing ran, and a run in which nothing ran does not pass";
        let _ = writeln!(std::io::stderr(), "{message}");
        return ExitCode::from(FAILED);
    }
    ExitCode::SUCCESS
}

/// The tree as a reader of the report finds it: from the folder where `cargo
/// test` is called, which holds the lock file.
fn shown(root: &Path, package: &Path) -> String {
    tree::shown(root, workspace(package))
}

/// The folder of a package's workspace: the nearest that holds a lock file,
/// else the package's own.
fn workspace(package: &Path) -> &Path {
    let mut folders = package.ancestors();
    let locked = folders.find(|folder| folder.join("Cargo.lock").is_file());
    locked.unwrap_or(package)
}
