//! `seatrial schema` and `seatrial reference`: files made from the registry.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use super::{Surroundings, page};
use crate::Error;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Print nothing; fail (exit code 1) if this file is not up to date.
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,

    /// Print nothing; write this file.
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    write: Option<PathBuf>,
}

/// The JSON Schema of spec files.
pub(super) fn schema(arguments: &Arguments, surroundings: &Surroundings) -> Result<(), Error> {
    deliver(arguments, "schema", &schema_text(surroundings)?)
}

/// As `schema` writes it.
pub(super) fn schema_text(surroundings: &Surroundings) -> Result<String, Error> {
    let schema = seatrial_spec::json_schema(&surroundings.registry.vocabulary());
    let text = serde_json::to_string_pretty(&schema);
    text.map(|text| text + "\n")
        .map_err(|error| Error::Harness(error.to_string()))
}

/// The reference of all checks.
pub(super) fn reference(arguments: &Arguments, surroundings: &Surroundings) -> Result<(), Error> {
    deliver(
        arguments,
        "reference",
        &page::reference(&surroundings.registry),
    )
}

fn deliver(arguments: &Arguments, command: &str, text: &str) -> Result<(), Error> {
    if let Some(file) = &arguments.check {
        let shown = file.display();
        let kept = fs::read_to_string(file)
            .map_err(|error| Error::Usage(format!("cannot read {shown}: {error}")))?;
        // A checkout may have turned line ends.
        if kept.replace("\r\n", "\n") != text {
            return Err(Error::Stale(format!(
                "{shown} is not up to date: `seatrial {command} --write {shown}` writes it anew"
            )));
        }
        return Ok(());
    }
    if let Some(file) = &arguments.write {
        return fs::write(file, text)
            .map_err(|error| Error::Usage(format!("cannot write {}: {error}", file.display())));
    }
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}
