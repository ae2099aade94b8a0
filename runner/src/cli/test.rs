//! `seatrial test`: run cases.

use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::Arc;

use seatrial_checks::Session;
use seatrial_report::{Human, JsonLines, Progress, Renderer};
use seatrial_spec::load_exact;

use super::Surroundings;
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

    /// How many cases run at once [default: one a core].
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Format {
    /// A line a case, and explanations of what did not pass.
    #[default]
    Human,
    /// An event a line, as docs/events.md says.
    Json,
}

pub(super) fn run(arguments: &Arguments, surroundings: Surroundings) -> Result<ExitCode, Error> {
    let plan = Arc::new(plan(arguments, &surroundings)?);
    let world = World {
        root: Arc::clone(&plan.root),
        state: surroundings.state()?.into(),
        servers: surroundings.settings.servers.clone().map(Into::into),
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
    let mut renderer: Box<dyn Renderer> = match arguments.format {
        Format::Human => Box::new(Human::new(anstream::stdout(), Progress::on_terminal())),
        Format::Json => Box::new(JsonLines::new(std::io::stdout())),
    };
    let end = execute::execute(
        &plan,
        crew,
        jobs.unwrap_or(NonZeroUsize::MIN),
        &replay,
        &specs,
        renderer.as_mut(),
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
