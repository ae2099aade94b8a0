//! `seatrial list`: the ids of cases.

use std::io::Write;

use serde::Serialize;

use super::Surroundings;
use super::select::Select;
use crate::result::tier;
use crate::{Error, Tiers};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    select: Select,

    /// What to write.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Format {
    /// An id a line.
    #[default]
    Human,
    /// A case a line, as an object.
    Json,
}

/// A case as `--format json` lists it.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    check: &'a str,
    tier: &'static str,
    file: &'a str,
    line: usize,
    seed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    skip: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    doc: Option<&'a str>,
}

pub(super) fn run(arguments: &Arguments, surroundings: &Surroundings) -> Result<(), Error> {
    let plan = arguments.select.plan(surroundings, Tiers::All)?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for case in &plan.cases {
        let line = Line {
            id: &case.id,
            check: &case.check,
            tier: tier(case.tier),
            file: &case.file,
            line: case.line,
            seed: case.seed,
            skip: case.skip.as_deref(),
            doc: case.doc.as_deref(),
        };
        match arguments.format {
            Format::Human => writeln!(out, "{}", line.id)?,
            Format::Json => {
                serde_json::to_writer(&mut out, &line).map_err(std::io::Error::from)?;
                writeln!(out)?;
            }
        }
    }
    Ok(out.flush()?)
}
