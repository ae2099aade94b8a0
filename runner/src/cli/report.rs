//! `seatrial report`: show runs that came to pass.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use seatrial_ledger::RunSummary;
use seatrial_report::{Comparison, Folder, Run, plain};

use super::formats::Format;
use super::{Surroundings, told};
use crate::Error;

/// The word for the last run that passed.
const GREEN: &str = "green";

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A file of events, a folder that `--report` wrote, or a run of the ledger
    /// by name, commit, `last` or `last~1`. Several are shown as one: shards of
    /// a suite, or the same cases again.
    #[arg(value_name = "RUN", default_value = "last")]
    runs: Vec<String>,

    /// Also say what is different from this one, which came before; `green` is
    /// the last run of the ledger before it that asked for the same and passed.
    #[arg(long, value_name = "RUN")]
    against: Option<String>,

    /// What to write.
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// Also write report.html, events.jsonl, junit.xml and summary.md there.
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
}

/// Shows them, and gives the exit code that the run would have given.
pub(super) fn run(arguments: &Arguments, surroundings: &Surroundings) -> Result<ExitCode, Error> {
    let mut parts = Vec::new();
    for word in &arguments.runs {
        parts.push(told::run(word, surroundings)?.1);
    }
    let run = Run::merge(parts);
    let comparison = match arguments.against.as_deref() {
        None => None,
        Some(GREEN) => Some(since_green(&run, surroundings)?),
        Some(word) => {
            let (name, before) = told::run(word, surroundings)?;
            Some(Comparison::new(&run, &before, name))
        }
    };
    let mut out = arguments.format.renderer();
    for event in run.events() {
        out.show(&event)?;
    }
    drop(out);
    if let Some(comparison) = &comparison
        && matches!(arguments.format, Format::Human | Format::Github)
    {
        said(comparison)?;
    }
    if let Some(folder) = &arguments.report {
        Folder::create(folder)
            .and_then(|folder| folder.keep(&run, comparison.as_ref()))
            .map_err(|error| Error::Usage(format!("cannot write the report: {error}")))?;
    }
    Ok(ExitCode::from(u8::from(!run.decision().passes)))
}

/// What is new since the last run of the ledger that passed.
fn since_green(run: &Run, surroundings: &Surroundings) -> Result<Comparison, Error> {
    let ledger = told::ledger(surroundings)?;
    let own = run.start.as_ref().and_then(|start| start.run.clone());
    let runs = ledger
        .runs(GREEN_MAX)
        .map_err(|error| Error::Usage(error.to_string()))?;
    let skip = runs
        .iter()
        .position(|other| Some(&other.run) == own.as_ref());
    // A run of a few cases that passed says nothing of the others.
    let asked = skip
        .and_then(|place| runs.get(place))
        .map(|own| &own.selection);
    let comparable = |other: &&RunSummary| match asked {
        Some(asked) => other.selection == *asked,
        None => other.planned == run.planned(),
    };
    let earlier = runs.iter().skip(skip.map_or(0, |place| place + 1));
    let green = earlier
        .filter(|other| other.state.is_over() && other.specs == run.specs())
        .filter(comparable)
        .find(|other| {
            let count = |word: &str| other.counts.get(word).copied().unwrap_or(0);
            let against = ["fail", "inconclusive", "error"].map(count);
            count("pass") > 0 && against.iter().sum::<usize>() == 0
        });
    let Some(green) = green else {
        return Ok(Comparison::new(
            run,
            &Run::default(),
            "nothing: no earlier run of these cases passed",
        ));
    };
    let before = told::recorded(&ledger, &green.run, surroundings)?;
    Ok(Comparison::new(
        run,
        &before,
        format!("run {}, the last that passed", green.run),
    ))
}

/// Runs among which the last that passed is looked for.
const GREEN_MAX: usize = 500;

fn said(comparison: &Comparison) -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nsince {}", plain(&comparison.other))?;
    let lists = comparison.told();
    if lists.is_empty() {
        writeln!(out, "  nothing came out differently")?;
    }
    for (title, lines) in lists {
        writeln!(out, "  {title}")?;
        for line in lines {
            writeln!(out, "    {}", plain(&line))?;
        }
    }
    Ok(())
}
