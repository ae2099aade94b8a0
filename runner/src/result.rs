//! From a case and its verdict to what reports are told.

use std::path::PathBuf;

use seatrial_report as report;
use seatrial_spec::{Case, Tier};

use crate::crew::Finished;

/// How a case of this run can be run alone.
#[derive(Clone, Debug)]
pub enum Replay {
    /// With the `seatrial` command, in this spec tree if it was named.
    Command {
        /// The tree that the user named.
        specs: Option<PathBuf>,
    },
    /// With `cargo test`, in this package if it is known.
    CargoTest {
        /// The package of the test target.
        package: Option<String>,
    },
}

impl Replay {
    /// The command for a case.
    pub fn command(&self, id: &str) -> String {
        let id = quoted(id);
        match self {
            Replay::Command { specs: None } => format!("seatrial test --exact {id}"),
            Replay::Command { specs: Some(specs) } => {
                let specs = quoted(&specs.display().to_string());
                format!("seatrial --specs {specs} test --exact {id}")
            }
            Replay::CargoTest { package } => {
                let package = package
                    .as_ref()
                    .map_or(String::new(), |p| format!(" -p {p}"));
                format!("cargo test{package} -- --include-ignored --exact {id}")
            }
        }
    }
}

/// As one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// What reports are told of a finished case.
pub(crate) fn describe(
    number: usize,
    case: &Case,
    finished: Finished,
    replay: &Replay,
) -> report::Case {
    let about = finished.about;
    let verdict = finished.verdict;
    report::Case {
        number,
        id: case.id.clone(),
        check: case.check.clone(),
        chapter: about.map_or("", |about| about.chapter.word()).into(),
        error_rates: about.map_or("", |about| about.error_rates).into(),
        tier: tier(case.tier).to_owned(),
        status: verdict.status,
        seconds: finished.took.as_secs_f64(),
        measurements: verdict.measurements,
        message: verdict.message,
        file: case.file.clone(),
        line: case.line,
        seed: case.seed,
        doc: case.doc.clone(),
        replay: replay.command(&case.id),
        series: verdict.series,
        figures: verdict.figures,
    }
}

/// The word for a tier.
pub(crate) fn tier(tier: Tier) -> &'static str {
    match tier {
        Tier::Fast => "fast",
        Tier::Slow => "slow",
    }
}
