//! `seatrial diff`: what differs between two runs.

use std::io::Write;
use std::process::ExitCode;

use seatrial_ledger::Ledger;
use seatrial_ledger::compare::{CaseChange, Cause, Comparison, Effect, Kind};
use seatrial_ledger::provenance::commits_between;
use seatrial_report::plain;
use seatrial_verdict::Number;
use serde::Serialize;

use super::{Surroundings, plural, runs};
use crate::Error;

/// Causes, cases and commits that people are shown; JSON has all.
const SHOWN_MAX: usize = 20;
const COMMITS_MAX: usize = 10;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The earlier run: its name or the beginning of it, `last~1` …, a commit or
    /// `HEAD~1` for the latest run on it.
    #[arg(value_name = "A", default_value = "last~1")]
    a: String,

    /// The later run.
    #[arg(value_name = "B", default_value = "last")]
    b: String,

    /// Exit with 1 if results differ.
    #[arg(long)]
    exit_code: bool,

    /// What to write.
    #[arg(long, value_enum, default_value_t)]
    format: super::Format,
}

#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    comparison: &'a Comparison,
    /// Commits from one to the other, newest first; `null` if git cannot tell.
    commits: Option<&'a [String]>,
}

pub(super) fn run(arguments: &Arguments, surroundings: &Surroundings) -> Result<ExitCode, Error> {
    let ledger = Ledger::read(&surroundings.state()?)?;
    let read = |word: &str| -> Result<_, Error> {
        Ok(ledger.run(&runs::find(&ledger, word, surroundings)?)?)
    };
    let (a, b) = (read(&arguments.a)?, read(&arguments.b)?);
    let comparison = Comparison::of(&a, &b);
    let ends = a.provenance.commit().zip(b.provenance.commit());
    let commits = ends.and_then(|(a, b)| commits_between(&surroundings.root().ok()?, a, b).ok());
    let mut out = std::io::BufWriter::new(anstream::stdout().lock());
    match arguments.format {
        super::Format::Human => {
            writeln!(
                out,
                "{}\n{}",
                runs::line(&a.summary),
                runs::line(&b.summary)
            )?;
            show(&mut out, &comparison, commits.as_deref())?;
        }
        super::Format::Json => super::object(
            &mut out,
            &Told {
                comparison: &comparison,
                commits: commits.as_deref(),
            },
        )?,
    }
    out.flush()?;
    let differ = !comparison.changes.is_empty();
    Ok(ExitCode::from(u8::from(arguments.exit_code && differ)))
}

fn show(
    out: &mut impl Write,
    comparison: &Comparison,
    commits: Option<&[String]>,
) -> Result<(), Error> {
    let causes = &comparison.causes;
    if causes.is_empty() {
        writeln!(out, "\nnothing that the runs rest on differs")?;
    } else {
        writeln!(
            out,
            "\nwhat differs, the likeliest to explain the results first"
        )?;
    }
    for cause in causes.iter().take(SHOWN_MAX) {
        writeln!(out, "  {}", plain(&cause_line(cause)))?;
        if cause.what == "commit" {
            let shown = commits.unwrap_or_default().iter().take(COMMITS_MAX);
            for commit in shown {
                writeln!(out, "      {}", plain(commit))?;
            }
        }
    }
    more(out, causes.len())?;
    let (changes, common) = (&comparison.changes, comparison.common);
    if changes.is_empty() {
        writeln!(
            out,
            "\nno result differs, of {} in both",
            plural(common, "case")
        )?;
    } else {
        let cases = plural(common, "case");
        writeln!(
            out,
            "\nresults that differ: {} of {cases} in both",
            changes.len()
        )?;
    }
    for change in changes.iter().take(SHOWN_MAX) {
        show_change(out, change)?;
    }
    more(out, changes.len())?;
    for (cases, run) in [
        (&comparison.only_a, &comparison.a),
        (&comparison.only_b, &comparison.b),
    ] {
        if !cases.is_empty() {
            writeln!(out, "\nonly in {run}: {}", plural(cases.len(), "case"))?;
        }
        for case in cases.iter().take(SHOWN_MAX) {
            writeln!(out, "  {}", plain(case))?;
        }
        more(out, cases.len())?;
    }
    Ok(())
}

fn more(out: &mut impl Write, all: usize) -> Result<(), Error> {
    match all.saturating_sub(SHOWN_MAX) {
        0 => Ok(()),
        more => Ok(writeln!(out, "  and {more} more: see --format json")?),
    }
}

/// `data  loans.csv  1f2e3d → 4c5b6a  (4 of the 4 cases that it touches changed)`.
fn cause_line(cause: &Cause) -> String {
    let kind = match cause.kind {
        Kind::Parameters => "parameters",
        Kind::Data => "data",
        Kind::Code => "code",
        Kind::Environment => "environment",
    };
    let shown = |side: &Option<String>| {
        let side = side.as_deref().unwrap_or("none");
        let is_commit = cause.what == "commit" && side.len() >= 40;
        side.get(..12)
            .filter(|_| is_commit)
            .unwrap_or(side)
            .to_owned()
    };
    format!(
        "{kind:<11}  {}  {} → {}  ({} of the {} that it touches changed)",
        cause.what,
        shown(&cause.a),
        shown(&cause.b),
        cause.changed,
        plural(cause.touches.len(), "case"),
    )
}

fn show_change(out: &mut impl Write, change: &CaseChange) -> Result<(), Error> {
    let (a, b) = (change.status_a.word(), change.status_b.word());
    let verdict = if a == b {
        a.to_owned()
    } else {
        format!("{a} → {b}")
    };
    writeln!(out, "  {}  {verdict}", plain(&change.case))?;
    for effect in change.effects.iter().take(SHOWN_MAX) {
        writeln!(out, "      {}", plain(&effect_line(effect)))?;
    }
    more(out, change.effects.len())
}

fn effect_line(effect: &Effect) -> String {
    let shown = |value: Option<f64>| {
        value.map_or("not measured".to_owned(), |value| Number(value).to_string())
    };
    let (a, b) = (shown(effect.a), shown(effect.b));
    let unit = match effect.unit.as_str() {
        "1" => String::new(),
        unit => format!(" {unit}"),
    };
    let by = match (effect.a, effect.b) {
        // So close that both are written alike.
        (Some(x), Some(y)) if a == b => format!("  (by {:e})", y - x),
        (Some(x), Some(y)) if x != 0.0 && (y / x).is_finite() => {
            format!("  ({:+.1}%)", 100.0 * (y - x) / x.abs())
        }
        _ => String::new(),
    };
    format!("{}  {a} → {b}{unit}{by}", effect.name)
}
