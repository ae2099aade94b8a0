//! `seatrial explain`: what a check does.

use std::io::Write;

use seatrial_spec::did_you_mean;

use super::Surroundings;
use super::page::{Page, chapters};
use crate::Error;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The check, by its name in specs; without one, all are listed.
    #[arg(value_name = "CHECK")]
    check: Option<String>,
}

pub(super) fn run(arguments: &Arguments, surroundings: &Surroundings) -> Result<(), Error> {
    let registry = &surroundings.registry;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let Some(name) = &arguments.check else {
        let names = registry.entries().into_iter().map(|entry| entry.about.name);
        let width = names.map(str::len).max().unwrap_or(0);
        for (chapter, pages) in chapters(registry) {
            writeln!(out, "{chapter}")?;
            for page in pages {
                writeln!(out, "  {:<width$}  {}", page.name(), page.summary())?;
            }
        }
        return Ok(out.flush()?);
    };
    let entry = registry.entry(name).ok_or_else(|| {
        let entries = registry.entries();
        let known = entries.iter().map(|entry| entry.about.name);
        let help = did_you_mean(name, known)
            .unwrap_or_else(|| "`seatrial explain` lists all checks".into());
        Error::Usage(format!("no check is named `{name}`: {help}"))
    })?;
    write!(out, "{}", Page::new(entry))?;
    Ok(out.flush()?)
}
