//! `seatrial watch`: runs what rests on a change as soon as it is made, and with
//! `--every` all cases in the background, again and again.
//!
//! Files are looked at, again and again: that works on every file system, over
//! networks and in containers, and costs a look a moment.

mod background;
mod rebuild;
mod seen;

use std::collections::BTreeSet;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use seatrial_report::plain;

use super::formats::Format;
use super::select::Select;
use super::test::{Asked, Told};
use super::{Surroundings, plural};
use crate::{Error, Plan, Since, Tiers, tree};
use background::Background;
use rebuild::Build;
use seen::Seen;

/// Changed files that are named; more are only counted.
const NAMED_MAX: usize = 3;
/// How long nothing may change before a change counts as made: an editor writes
/// several files, a checkout hundreds.
const SETTLED: Duration = Duration::from_millis(200);

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    select: Select,

    /// Also run all cases that a schedule sets off, fast and slow, in the
    /// background at low priority, this long after the last such run began:
    /// 30m, 1h, 1d. A run that was killed is resumed.
    #[arg(long, value_name = "TIME", value_parser = background::time)]
    every: Option<Duration>,

    /// How many background runs are kept, in the ledger and as reports.
    #[arg(long, value_name = "N", default_value = "200", requires = "every")]
    keep: NonZeroUsize,

    /// What to write.
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// How many cases run at once [default: one a core].
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
}

/// What has changed and was not run yet.
enum Pending {
    /// Nobody knows: everything may have.
    All,
    /// These, from the root of what is watched.
    Files(BTreeSet<PathBuf>),
}

/// Watches until it is ended from outside.
pub(super) fn run(arguments: &Arguments, surroundings: &Surroundings) -> Result<ExitCode, Error> {
    if arguments.select.since.is_some() {
        let message = "watch runs what changes from now on, and takes no --since";
        return Err(Error::Usage(message.into()));
    }
    let root = surroundings.root()?;
    let root = root
        .canonicalize()
        .map_err(|error| Error::Usage(format!("cannot read {}: {error}", root.display())))?;
    let state = surroundings.state()?;
    // Asked now: once it is built again, the old one has no name any more.
    let program = std::env::current_exe();
    let program =
        program.map_err(|error| Error::Harness(format!("cannot tell what runs: {error}")))?;
    let mut seen = Seen::look(&root, &state);
    let build = Build::of(&program, &seen.top);
    // A mistaken option is told at once, and not with each change.
    if let Err(error @ Error::Usage(_)) = arguments.select.plan(surroundings, Tiers::Fast) {
        return Err(error);
    }
    if let Some(every) = arguments.every {
        Background {
            every,
            keep: arguments.keep.get(),
            program,
            specs: root.clone(),
            state: state.clone(),
        }
        .start()?;
    }
    let mut pending = Pending::All;
    loop {
        match attempt(&pending, &seen.top, &root, arguments, surroundings) {
            Ok(()) => pending = Pending::Files(BTreeSet::new()),
            // What was changed before still has to run, once this is mended.
            Err(error @ (Error::Specs(_) | Error::Usage(_))) => {
                error.report();
            }
            Err(error) => return Err(error),
        }
        say(&format!("watching {}", plural(seen.len(), "file")));
        let changed = seen.wait(&root, &state, SETTLED);
        say(&format!("changed: {}", named(&changed)));
        if changed.iter().any(|file| rebuild::is_built(file)) {
            match &build {
                // It begins with all cases, which is what new code asks for.
                Some(build) => {
                    while !build.again() {
                        say("it does not build: the cases wait for the next change");
                        seen.wait(&root, &state, SETTLED);
                    }
                    return Err(build.replace());
                }
                None => say(
                    "this program was not built in this work tree: what changed in Rust shows once \
                     it is built and started again",
                ),
            }
        }
        if let Pending::Files(files) = &mut pending {
            files.extend(changed);
        }
    }
}

/// Runs what rests on the changes.
fn attempt(
    pending: &Pending,
    top: &Path,
    root: &Path,
    arguments: &Arguments,
    surroundings: &Surroundings,
) -> Result<(), Error> {
    let select = &arguments.select;
    let whole = select.plan(surroundings, Tiers::Fast)?;
    let selection = select.selection(surroundings, Tiers::Fast)?;
    let plan = match pending {
        Pending::All => whole,
        Pending::Files(files) => {
            let suite = seatrial_spec::load(root, &surroundings.registry.vocabulary())?;
            let since = Since::seen(files.iter().map(PathBuf::as_path), top, root, &suite);
            let mut selection = selection.clone();
            selection.since = Some(since);
            let plan = Plan::new(suite, &selection);
            let (some, all) = (plan.cases.len(), whole.cases.len());
            say(&format!("{some} of {} rest on it", plural(all, "case")));
            plan
        }
    };
    if plan.cases.is_empty() {
        return Ok(());
    }
    let asked = Asked {
        plan,
        selection: selection.to_string(),
        on: selection.on,
    };
    let told = Told {
        command: "seatrial watch",
        format: arguments.format,
        report: None,
        jobs: arguments.jobs,
    };
    asked.run(&told, surroundings).map(drop)
}

/// On the error stream: the output is for runs.
fn say(words: &str) {
    // Who does not read it goes without.
    let _ = writeln!(std::io::stderr(), "seatrial watch: {}", plain(words));
}

fn named(files: &[PathBuf]) -> String {
    let here = tree::here().unwrap_or_default();
    let mut named: Vec<_> = files
        .iter()
        .take(NAMED_MAX)
        .map(|file| tree::shown(file, &here))
        .collect();
    if files.len() > NAMED_MAX {
        named.push(format!("and {} more", files.len() - NAMED_MAX));
    }
    named.join(", ")
}

/// Waits a moment.
fn pause(time: Duration) {
    thread::sleep(time);
}
