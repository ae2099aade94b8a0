//! `seatrial test`: run cases.

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use seatrial_checks::Session;
use seatrial_report::{Folder, Renderer};
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
    let (plan, selection, on) = plan(arguments, &surroundings)?;
    if plan.cases.is_empty() {
        // Only `--since` may leave nothing: that nothing changed is an answer.
        writeln!(
            std::io::stderr(),
            "nothing to run: no case rests on what changed"
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    let plan = Arc::new(plan);
    let specs = tree::shown(&plan.root, &tree::here()?);
    let mut renderers: Vec<Box<dyn Renderer>> = vec![arguments.format.renderer()];
    if let Some(folder) = &arguments.report {
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
        command: "seatrial test",
        specs: &specs,
        selection,
        planned: plan.cases.len(),
        on,
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
    let crew = Crew::new(Session::new(surroundings.registry), world);
    let replay = Replay::Command {
        specs: surroundings.named,
    };
    let jobs = arguments
        .jobs
        .map_or_else(std::thread::available_parallelism, Ok);
    let end = execute::execute(
        &plan,
        crew,
        recorder,
        jobs.unwrap_or(NonZeroUsize::MIN),
        &replay,
        &specs,
        &mut renderers,
    )?;
    Ok(ExitCode::from(u8::from(!end.passes())))
}

/// The plan, the selection in words, and what set it off.
fn plan(
    arguments: &Arguments,
    surroundings: &Surroundings,
) -> Result<(Plan, String, Option<Trigger>), Error> {
    let Some(id) = &arguments.exact else {
        let selection = arguments.select.selection(surroundings, Tiers::Fast)?;
        let plan = arguments.select.plan(surroundings, Tiers::Fast)?;
        return Ok((plan, selection.to_string(), selection.on));
    };
    let vocabulary = surroundings.registry.vocabulary();
    let suite = load_exact(&surroundings.root()?, &vocabulary, id)?;
    let plan = Plan::new(suite, &Selection::default());
    Ok((plan, format!("exact {id}"), None))
}
