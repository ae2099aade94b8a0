//! `seatrial trend`: a metric over the runs of the ledger.

mod plot;

use std::io::Write;

use seatrial_ledger::{Ledger, Metric, Past};
use seatrial_report::plain;
use seatrial_spec::did_you_mean;
use seatrial_verdict::Number;

use super::{Surroundings, plural};
use crate::Error;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The metric, as measurements name it, such as `accuracy`.
    #[arg(value_name = "METRIC")]
    metric: String,

    /// Only cases whose id contains this.
    #[arg(long, value_name = "SUBSTRING", default_value = "")]
    filter: String,

    /// How many runs of each case to show, the latest.
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,

    /// What to write.
    #[arg(long, value_enum, default_value_t)]
    format: super::Format,
}

pub(super) fn run(arguments: &Arguments, surroundings: &Surroundings) -> Result<(), Error> {
    let ledger = Ledger::read(&surroundings.state()?)?;
    let Arguments { metric, filter, .. } = arguments;
    let all = ledger.metric(metric, filter, arguments.limit)?;
    if all.is_empty() {
        return Err(Error::Usage(none(&ledger, arguments)?));
    }
    let mut out = std::io::BufWriter::new(anstream::stdout().lock());
    for of_case in &all {
        match arguments.format {
            super::Format::Human => show(&mut out, of_case)?,
            super::Format::Json => super::object(&mut out, of_case)?,
        }
    }
    Ok(out.flush()?)
}

/// Why there is nothing to show.
fn none(ledger: &Ledger, arguments: &Arguments) -> Result<String, Error> {
    let Arguments { metric, filter, .. } = arguments;
    let known = ledger.metrics()?;
    if known.contains(metric) {
        return Ok(format!(
            "no case whose id contains `{filter}` ever measured `{metric}`"
        ));
    }
    let help = did_you_mean(metric, known.iter().map(String::as_str));
    let known: Vec<_> = known
        .iter()
        .take(10)
        .map(|name| format!("`{name}`"))
        .collect();
    let help = help.or_else(|| Some(format!("measured were {}", known.join(", "))));
    let help = help.filter(|_| !known.is_empty());
    let help = help.map_or(String::new(), |help| format!(": {help}"));
    Ok(format!("no case ever measured `{metric}`{help}"))
}

fn show(out: &mut impl Write, metric: &Metric) -> Result<(), Error> {
    let past = &metric.past;
    let (Some(first), Some(last)) = (past.first(), past.last()) else {
        return Ok(());
    };
    let unit = match last.unit.as_str() {
        "1" => String::new(),
        unit => format!(" {unit}"),
    };
    let bound = last
        .bound
        .map_or(String::new(), |bound| format!(", expected {bound}"));
    let told = format!("{}  {}{unit}{bound}", metric.case, Number(last.value));
    writeln!(out, "{}", plain(&told))?;
    let values: Vec<f64> = past.iter().map(|past| past.value).collect();
    for line in plot::lines(&values) {
        writeln!(out, "  {line}")?;
    }
    let ends = format!(
        "{} to {}, {}",
        short(first),
        short(last),
        plural(past.len(), "run")
    );
    writeln!(out, "  {}", plain(&ends))?;
    for forced in past.iter().filter_map(|past| past.forced.as_ref()) {
        writeln!(out, "  {}", plain(&forced.to_string()))?;
    }
    Ok(())
}

/// A run and its commit.
fn short(past: &Past) -> String {
    match &past.commit {
        Some(commit) => format!("{} ({})", past.run, commit.get(..7).unwrap_or(commit)),
        None => past.run.clone(),
    }
}
