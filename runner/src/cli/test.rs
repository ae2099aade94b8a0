//! `seatrial test`: run cases.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use seatrial_checks::Session;
use seatrial_report::Folder;
use seatrial_spec::load_exact;

use super::Surroundings;
use super::formats::Format;
use super::select::Select;
use crate::crew::{Crew, World};
use crate::{Error, Plan, Replay, Selection, Tiers, execute, tree};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    select: Select,

    /// Only the case of this id, whatever its tier. Reads its file alone.
    #[arg(long, value_name = "ID", conflicts_with_all = ["tier", "filter", "shard", "on"])]
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
    let plan = Arc::new(plan(arguments, &surroundings)?);
    let world = World {
        root: Arc::clone(&plan.root),
        state: surroundings.state()?.into(),
        recording: surroundings.settings.recording,
        code: Arc::default(),
        run: None,
    };
    let crew = Crew::new(Session::new(surroundings.registry), world);
    let specs = tree::shown(&plan.root, &tree::here()?);
    let replay = Replay::Command {
        specs: surroundings.named,
    };
    let jobs = arguments
        .jobs
        .map_or_else(std::thread::available_parallelism, Ok);
    let mut renderers = vec![arguments.format.renderer()];
    if let Some(folder) = &arguments.report {
        let folder = Folder::create(folder);
        let folder =
            folder.map_err(|error| Error::Usage(format!("cannot make the report: {error}")))?;
        renderers.push(Box::new(folder));
    }
    let end = execute::execute(
        &plan,
        crew,
        jobs.unwrap_or(NonZeroUsize::MIN),
        &replay,
        &specs,
        &mut renderers,
    )?;
    Ok(ExitCode::from(u8::from(!end.passes())))
}

fn plan(arguments: &Arguments, surroundings: &Surroundings) -> Result<Plan, Error> {
    let Some(id) = &arguments.exact else {
        return arguments.select.plan(surroundings, Tiers::Fast);
    };
    let vocabulary = surroundings.registry.vocabulary();
    let suite = load_exact(&surroundings.root()?, &vocabulary, id)?;
    Ok(Plan::new(suite, &Selection::default()))
}
