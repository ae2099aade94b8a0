//! `seatrial catalogue`: what a server can run, as a file.

use std::io::Write;
use std::path::PathBuf;

use seatrial_serving::{Catalogue, ServingError, describe_onnxruntime};

use super::plural;
use crate::Error;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The Python interpreter that imports the onnxruntime to describe.
    #[arg(long, value_name = "PYTHON")]
    python: PathBuf,

    /// The catalogue to write.
    #[arg(long, value_name = "FILE.toml")]
    out: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Error> {
    let description = describe_onnxruntime(&arguments.python).map_err(usage)?;
    description.write(&arguments.out).map_err(usage)?;
    let catalogue = Catalogue::try_from(description).map_err(Error::Harness)?;
    let operations = plural(catalogue.operations(), "operation");
    let (title, file) = (catalogue.title(), arguments.out.display());
    Ok(writeln!(
        std::io::stdout(),
        "{title}: {operations}, in {file}"
    )?)
}

/// Whatever is wrong with a file or an interpreter is the caller's to mend.
pub(super) fn usage(error: ServingError) -> Error {
    Error::Usage(error.to_string())
}
