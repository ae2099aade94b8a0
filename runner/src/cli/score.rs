//! `seatrial score`: which items of the ML Test Score are covered and green.
//!
//! The rubric: Breck, Cai, Nielsen, Salib, Sculley, *The ML Test Score: A
//! Rubric for ML Production Readiness and Technical Debt Reduction*, IEEE Big
//! Data 2017. An item that is tested by a program counts a point; the score of
//! a section is the sum of its seven, and the score of all is the least of the
//! four. Half a point, for what people do by hand and write down, a program
//! cannot see, and so never gives.

mod rubric;

use std::collections::BTreeMap;
use std::io::Write;

use seatrial_ledger::Ledger;
use seatrial_report::plain;
use seatrial_spec::Case;
use seatrial_verdict::Status;
use serde::Serialize;

use super::{Surroundings, plural};
use crate::Error;
use rubric::{ITEMS, Item};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// What to write.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Format {
    /// The items of each section, and what to do next.
    #[default]
    Human,
    /// One object with `score`, `sections` and `items`.
    Json,
}

/// How an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    /// All cases that cover it passed when they last ran.
    Green,
    /// One of them did not.
    Red,
    /// One of them has not run, or was skipped.
    NotRun,
    /// No case covers it, though a check could.
    Open,
    /// No check covers it: it takes people.
    ByHand,
}

#[derive(Serialize)]
struct Row {
    section: &'static str,
    item: &'static str,
    state: State,
    /// Checks that cover it.
    checks: Vec<&'static str>,
    /// Cases of these specs that cover it.
    cases: Vec<String>,
}

pub(super) fn run(arguments: &Arguments, surroundings: &Surroundings) -> Result<(), Error> {
    let root = surroundings.root()?;
    let suite = seatrial_spec::load(&root, &surroundings.registry.vocabulary())?;
    let last = last(surroundings)?;
    let rows: Vec<_> = ITEMS
        .iter()
        .map(|item| row(item, &suite.cases, &last, surroundings))
        .collect();
    let mut sections: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &rows {
        *sections.entry(row.section).or_default() += usize::from(row.state == State::Green);
    }
    let score = sections.values().copied().min().unwrap_or(0);
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match arguments.format {
        Format::Json => {
            let object = serde_json::json!({"score": score, "sections": sections, "items": rows});
            writeln!(out, "{object}")?;
        }
        Format::Human => write(&mut out, score, &sections, &rows)?,
    }
    Ok(out.flush()?)
}

/// The last verdict on each case; nothing without a ledger.
fn last(surroundings: &Surroundings) -> Result<BTreeMap<String, Status>, Error> {
    let state = surroundings.state()?;
    if !state.join("ledger.sqlite").exists() {
        return Ok(BTreeMap::new());
    }
    let last = Ledger::read(&state).and_then(|ledger| ledger.last_verdicts());
    last.map_err(|error| Error::Usage(error.to_string()))
}

fn row(
    item: &'static Item,
    cases: &[Case],
    last: &BTreeMap<String, Status>,
    surroundings: &Surroundings,
) -> Row {
    let known = |check: &&&str| surroundings.registry.entry(check).is_some();
    let checks: Vec<_> = item.checks.iter().filter(known).copied().collect();
    let covers = |case: &&Case| {
        checks.contains(&case.check.as_str())
            && item
                .parameter
                .is_none_or(|key| case.parameters.contains_key(key))
    };
    let covering: Vec<_> = cases
        .iter()
        .filter(covers)
        .map(|case| case.id.clone())
        .collect();
    let verdicts = || covering.iter().map(|id| last.get(id));
    let state = if checks.is_empty() {
        State::ByHand
    } else if covering.is_empty() {
        State::Open
    } else if verdicts().flatten().any(|status| status.is_against()) {
        State::Red
    } else if verdicts().all(|status| status == Some(&Status::Pass)) {
        State::Green
    } else {
        State::NotRun
    };
    Row {
        section: item.section,
        item: item.what,
        state,
        checks,
        cases: covering,
    }
}

fn write(
    out: &mut impl Write,
    score: usize,
    sections: &BTreeMap<&str, usize>,
    rows: &[Row],
) -> Result<(), Error> {
    writeln!(
        out,
        "ML Test Score: {score} (the least of four sections, 7 points each)"
    )?;
    let mut section = "";
    for row in rows {
        if row.section != section {
            section = row.section;
            let points = sections.get(section).copied().unwrap_or(0);
            writeln!(out, "\n{section}: {points} of 7")?;
        }
        let said = match row.state {
            State::Green => format!("green    {}", plural(row.cases.len(), "case")),
            State::Red => "red      its cases did not pass when they last ran".into(),
            State::NotRun => "not run  its cases have not all run".into(),
            State::Open => format!("open     {}", row.checks.join(" or ")),
            State::ByHand => "by hand  no check covers it".into(),
        };
        writeln!(out, "  {}\n      {said}", row.item)?;
    }
    next(out, sections, rows)
}

/// What would raise the score: items of the sections that are the least.
fn next(out: &mut impl Write, sections: &BTreeMap<&str, usize>, rows: &[Row]) -> Result<(), Error> {
    let least = sections.values().min();
    let raising = |row: &&Row| {
        sections.get(row.section) == least
            && matches!(row.state, State::Red | State::NotRun | State::Open)
    };
    let mut raising: Vec<_> = rows.iter().filter(raising).collect();
    raising.sort_by_key(|row| match row.state {
        State::NotRun => 0,
        State::Red => 1,
        _ => 2,
    });
    if raising.is_empty() {
        writeln!(
            out,
            "\nnext: what is left in the least section takes people"
        )?;
        return Ok(());
    }
    writeln!(out, "\nnext, in the least section:")?;
    for row in raising.iter().take(3) {
        let how = match row.state {
            State::NotRun => "run its cases (seatrial test --tier all)".into(),
            State::Red => format!(
                "mend {}",
                plain(row.cases.first().map_or("", String::as_str))
            ),
            _ => format!(
                "write a case (seatrial explain {})",
                row.checks.first().unwrap_or(&"")
            ),
        };
        writeln!(out, "  {}: {how}", row.item)?;
    }
    Ok(())
}
