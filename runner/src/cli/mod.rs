//! The `seatrial` command: one module a subcommand.
//!
//! Exit codes: 0 all passed, 1 a verdict against, 2 a usage or spec error,
//! 3 the harness itself failed.

mod catalogue;
mod diff;
mod explain;
mod export;
mod formats;
mod gate;
mod generated;
mod lint;
mod list;
mod new;
mod ops;
mod page;
mod refresh_validation;
mod report;
mod runs;
mod score;
mod select;
mod test;
mod told;
mod trend;
mod watch;

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use seatrial_checks::Registry;

use crate::{Error, Settings, start, state, tree};

/// Decides whether a machine-learning model is fit to deploy, from test cases
/// written in TOML.
#[derive(Debug, Parser)]
#[command(name = "seatrial", version, after_help = EXIT_CODES)]
struct Cli {
    /// The spec tree [default: SEATRIAL_SPECS, else the nearest folder `specs`
    /// here or above].
    #[arg(long, global = true, value_name = "DIR")]
    specs: Option<PathBuf>,

    /// The state folder: history, caches, artifacts [default: SEATRIAL_STATE,
    /// else `.seatrial` in the root of the git work tree, or here].
    #[arg(long, global = true, value_name = "DIR")]
    state: Option<PathBuf>,

    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 all passed; 1 a verdict against; 2 a usage or spec error; \
                          3 the harness itself failed.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run cases.
    Test(test::Arguments),
    /// Run what rests on a change as soon as it is made, until ended.
    Watch(watch::Arguments),
    /// Decide about a release: blessed or not blessed, and why.
    Gate(gate::Arguments),
    /// Say whether a release record stands up.
    Verify(gate::verify::Arguments),
    /// Make the next validation set from live data, and keep the last.
    RefreshValidation(refresh_validation::Arguments),
    /// List the ids of cases, one a line.
    List(list::Arguments),
    /// Show runs that came to pass, from events or the ledger: one, several as
    /// one, or one against another.
    Report(report::Arguments),
    /// Tell which items of the ML Test Score are covered and green, and what would
    /// raise the score next.
    Score(score::Arguments),
    /// Say what a check does, what it takes and what it catches; or list all.
    Explain(explain::Arguments),
    /// Look for errors in all specs, and run nothing.
    Lint(lint::Arguments),
    /// Write a first spec for data, predictions, a pipeline or a server.
    New(new::Arguments),
    /// List the runs of the ledger, or show one in full.
    Runs(runs::Arguments),
    /// Say what differs between two runs, beside how their results differ.
    Diff(diff::Arguments),
    /// Show a metric over the runs of the ledger.
    Trend(trend::Arguments),
    /// Write down what an installed onnxruntime can run.
    Catalogue(catalogue::Arguments),
    /// Say whether a server can run models, without starting it.
    Ops(ops::Arguments),
    /// Write a pipeline's package as ONNX, and examples with what it answers.
    Export(export::Arguments),
    /// Print the JSON Schema of spec files, for editors.
    Schema(generated::Arguments),
    /// Print the reference of all checks, in Markdown.
    Reference(generated::Arguments),
}

/// What every subcommand is given.
struct Surroundings {
    registry: Registry,
    settings: Settings,
    /// The tree that the command line names.
    named: Option<PathBuf>,
    /// The state folder that the command line names.
    state: Option<PathBuf>,
}

impl Surroundings {
    /// The spec tree.
    fn root(&self) -> Result<PathBuf, Error> {
        let named = self.named.clone().or_else(|| self.settings.specs.clone());
        tree::find(named, &tree::here()?)
    }

    /// The state folder.
    fn state(&self) -> Result<PathBuf, Error> {
        let named = self.state.clone().or_else(|| self.settings.state.clone());
        state::find(named, &tree::here()?)
    }
}

/// The `main` of the command.
///
/// Call it first: it sets an environment variable, which only a program that
/// has not started a thread may do.
pub fn main(registry: Registry) -> ExitCode {
    if let Some(code) = start::process(&registry) {
        return code;
    }
    let cli = Cli::parse();
    let failed = || Error::Harness("the harness crashed; what it said is above".into());
    catch_unwind(AssertUnwindSafe(|| run(cli, registry)))
        .unwrap_or_else(|_| Err(failed()))
        .unwrap_or_else(|error| error.report())
}

/// `1 case`, `2 cases`.
fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// How the commands that ask the ledger answer.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Human,
    /// An object a line, as docs/ledger.md says.
    Json,
}

/// One JSON object on a line.
fn object(out: &mut impl Write, value: &impl serde::Serialize) -> Result<(), Error> {
    serde_json::to_writer(&mut *out, value).map_err(std::io::Error::from)?;
    Ok(writeln!(out)?)
}

fn run(cli: Cli, registry: Registry) -> Result<ExitCode, Error> {
    let surroundings = Surroundings {
        registry,
        settings: Settings::from_environment()?,
        named: cli.specs,
        state: cli.state,
    };
    let said = match cli.command {
        // Where there is a verdict, an output that nobody read is an error.
        Command::Test(arguments) => return test::run(&arguments, surroundings),
        Command::Watch(arguments) => return watch::run(&arguments, &surroundings),
        Command::Gate(arguments) => return gate::run(&arguments, surroundings),
        Command::Verify(arguments) => return gate::verify::run(&arguments, &surroundings),
        Command::Ops(arguments) => return ops::run(&arguments, surroundings),
        Command::Catalogue(arguments) => catalogue::run(&arguments),
        Command::Export(arguments) => export::run(&arguments, surroundings),
        Command::Report(arguments) => return report::run(&arguments, &surroundings),
        Command::Score(arguments) => score::run(&arguments, &surroundings),
        Command::RefreshValidation(arguments) => refresh_validation::run(&arguments, &surroundings),
        Command::List(arguments) => list::run(&arguments, &surroundings),
        Command::Explain(arguments) => explain::run(&arguments, &surroundings),
        Command::Lint(arguments) => lint::run(&arguments, &surroundings),
        Command::New(arguments) => new::run(&arguments, &surroundings),
        Command::Runs(arguments) => runs::run(&arguments, &surroundings),
        Command::Diff(arguments) => match diff::run(&arguments, &surroundings) {
            Ok(code) => return Ok(code),
            Err(error) => Err(error),
        },
        Command::Trend(arguments) => trend::run(&arguments, &surroundings),
        Command::Schema(arguments) => generated::schema(&arguments, &surroundings),
        Command::Reference(arguments) => generated::reference(&arguments, &surroundings),
    };
    match said {
        Ok(()) | Err(Error::Closed) => Ok(ExitCode::SUCCESS),
        Err(error) => Err(error),
    }
}
