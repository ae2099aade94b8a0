//! `seatrial lint`: all errors of all specs, and nothing run.

use std::collections::BTreeSet;
use std::io::Write;

use seatrial_spec::{Diagnostics, Suite};
use serde_json::json;

use super::{Surroundings, plural};
use crate::Error;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// What to write.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Format {
    /// Each error with its place and the underlined source.
    #[default]
    Human,
    /// One object with `cases`, `files` and `errors`.
    Json,
}

pub(super) fn run(arguments: &Arguments, surroundings: &Surroundings) -> Result<(), Error> {
    let root = surroundings.root()?;
    let read = seatrial_spec::load(&root, &surroundings.registry.vocabulary());
    let mut out = std::io::stdout().lock();
    if let Format::Json = arguments.format {
        writeln!(out, "{}", object(&read))?;
    }
    let suite = read?;
    if let Format::Human = arguments.format {
        writeln!(out, "{}", counted(&suite))?;
    }
    Ok(())
}

/// `12 cases in 3 files: ok`.
pub(super) fn counted(suite: &Suite) -> String {
    let (cases, files) = (suite.cases.len(), files(suite));
    format!("{} in {}: ok", plural(cases, "case"), plural(files, "file"))
}

fn object(read: &Result<Suite, Diagnostics>) -> serde_json::Value {
    match read {
        Ok(suite) => json!({"cases": suite.cases.len(), "files": files(suite), "errors": []}),
        Err(diagnostics) => json!({"errors": diagnostics}),
    }
}

/// How many files hold cases.
fn files(suite: &Suite) -> usize {
    let files: BTreeSet<_> = suite.cases.iter().map(|case| &case.file).collect();
    files.len()
}
