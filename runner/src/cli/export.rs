//! `seatrial export`: a pipeline's package as an ONNX file.

use std::io::Write;
use std::path::{Path, PathBuf};

use seatrial_checks::Session;
use seatrial_checks::serving::export_package;
use seatrial_data::table::Table;

use super::{Surroundings, plural};
use crate::Error;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The package: the folder with its `package.json`.
    #[arg(value_name = "PACKAGE")]
    package: PathBuf,

    /// The ONNX file to write.
    #[arg(long, value_name = "FILE.onnx")]
    out: PathBuf,

    /// Raw rows, as the package takes them: CSV, Parquet or JSON lines.
    #[arg(long, value_name = "TABLE", requires = "examples")]
    rows: Option<PathBuf>,

    /// The file of examples to write, for staging: rows with what the package
    /// answers.
    #[arg(long, value_name = "FILE.json", requires = "rows")]
    examples: Option<PathBuf>,

    /// How many rows become examples, spread over the table.
    #[arg(long, value_name = "ROWS", default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    count: u32,
}

pub(super) fn run(arguments: &Arguments, surroundings: Surroundings) -> Result<(), Error> {
    let session = Session::new(surroundings.registry);
    let exported = export_package(&session, &arguments.package);
    let (mut package, exported) = exported.map_err(Error::Usage)?;
    let mut said = format!("ONNX in {}", arguments.out.display());
    // The examples first: a file that cannot be written leaves no half.
    if let (Some(rows), Some(file)) = (&arguments.rows, &arguments.examples) {
        let table = Table::open(rows).map_err(|error| Error::Usage(error.to_string()))?;
        let examples = package.examples(&exported.inputs, &table, arguments.count as usize);
        let examples = examples.map_err(|error| Error::Usage(error.to_string()))?;
        write(file, format!("{examples}\n").as_bytes())?;
        let count = plural(arguments.count.min(table.rows() as u32) as usize, "example");
        said.push_str(&format!(", {count} in {}", file.display()));
    }
    write(&arguments.out, &exported.onnx)?;
    Ok(writeln!(std::io::stdout(), "{said}")?)
}

fn write(file: &Path, content: &[u8]) -> Result<(), Error> {
    std::fs::write(file, content)
        .map_err(|error| Error::Usage(format!("{}: {error}", file.display())))
}
