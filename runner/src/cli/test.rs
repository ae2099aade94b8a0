//! `seatrial test`: run cases.

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use seatrial_checks::Session;
use seatrial_report::{End, Folder, Renderer};
use seatrial_spec::{Trigger, load_exact};

use super::Surroundings;
use super::formats::Format;
use super::select::Select;
use crate::crew::{Crew, World};
use crate::record::{Beginning, Recorder};
use crate::{Error, Plan, Replay, Selection, Tiers, execute, tree};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    select: Select,

    /// Only the case of this id, whatever its tier. Reads its file alone.
    #[arg(long, value_name = "ID", conflicts_with_all = ["tier", "filter", "shard", "on", "since"])]
    exact: Option<String>,

    /// What to write.
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// Also write report.html, events.jsonl, junit.xml and summary.md there.
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,

    /// How many cases run at once [default: one a core].
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
}

pub(super) fn run(arguments: &Arguments, surroundings: Surroundings) -> Result<ExitCode, Error> {
    let asked = plan(arguments, &surroundings)?;
    if asked.plan.cases.is_empty() {
        // Only `--since` may leave nothing: that nothing changed is an answer.
        writeln!(
            std::io::stderr(),
            "nothing to run: no case rests on what changed"
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    let told = Told {
        command: "seatrial test",
        format: arguments.format,
        report: arguments.report.as_deref(),
        jobs: arguments.jobs,
    };
    let end = asked.run(&told, &surroundings)?;
    Ok(ExitCode::from(u8::from(!end.passes())))
}

/// What is to run.
pub(super) struct Asked {
    pub(super) plan: Plan,
    /// The selection in words.
    pub(super) selection: String,
    /// What set it off.
    pub(super) on: Option<Trigger>,
}

/// How it runs, and how it is told.
pub(super) struct Told<'a> {
    /// What was called.
    pub(super) command: &'a str,
    pub(super) format: Format,
    /// A folder for a report.
    pub(super) report: Option<&'a Path>,
    /// How many cases run at once; one a core if `None`.
    pub(super) jobs: Option<NonZeroUsize>,
}

impl Asked {
    /// Runs it, and keeps it in the ledger.
    ///
    /// # Errors
    /// When the harness fails; a case that does is a verdict.
    pub(super) fn run(self, told: &Told<'_>, surroundings: &Surroundings) -> Result<End, Error> {
        let plan = Arc::new(self.plan);
        let specs = tree::shown(&plan.root, &tree::here()?);
        let mut renderers: Vec<Box<dyn Renderer>> = vec![told.format.renderer()];
        if let Some(folder) = told.report {
            let folder = Folder::create(folder);
            let folder =
                folder.map_err(|error| Error::Usage(format!("cannot make the report: {error}")))?;
            renderers.push(Box::new(folder));
        }
        let (state, code) = (surroundings.state()?, Arc::default());
        let beginning = Beginning {
            state: &state,
            plan: &plan,
            code: &code,
            command: told.command,
            specs: &specs,
            selection: self.selection,
            planned: plan.cases.len(),
            on: self.on,
            group: None,
        };
        let recorder = Recorder::begin(beginning, surroundings.settings.ledger)?;
        let world = World {
            root: Arc::clone(&plan.root),
            state: state.into(),
            servers: surroundings.settings.servers.clone().map(Into::into),
            recording: surroundings.settings.recording,
            code,
            run: recorder.run(),
            made: Arc::default(),
        };
        let crew = Crew::new(Session::new(surroundings.registry.clone()), world);
        let replay = Replay::Command {
            specs: surroundings.named.clone(),
        };
        let jobs = told
            .jobs
            .map_or_else(std::thread::available_parallelism, Ok);
        execute::execute(
            &plan,
            crew,
            recorder,
            jobs.unwrap_or(NonZeroUsize::MIN),
            &replay,
            &specs,
            &mut renderers,
        )
    }
}

fn plan(arguments: &Arguments, surroundings: &Surroundings) -> Result<Asked, Error> {
    let Some(id) = &arguments.exact else {
        let selection = arguments.select.selection(surroundings, Tiers::Fast)?;
        return Ok(Asked {
            plan: arguments.select.plan(surroundings, Tiers::Fast)?,
            selection: selection.to_string(),
            on: selection.on,
        });
    };
    let vocabulary = surroundings.registry.vocabulary();
    let suite = load_exact(&surroundings.root()?, &vocabulary, id)?;
    Ok(Asked {
        plan: Plan::new(suite, &Selection::default()),
        selection: format!("exact {id}"),
        on: None,
    })
}
