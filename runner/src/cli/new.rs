//! `seatrial new`: a first spec for what a user has: a dataset, a file of
//! predictions, a pipeline or a server.
//!
//! Everything is looked at before anything is written: the name, the columns,
//! whether the data can be read.

mod ask;
mod dataset;
mod pipeline;
mod place;
mod predictions;
mod server;

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};

use seatrial_report::plain;
use seatrial_spec::Count;

use super::{Surroundings, plural};
use crate::{Error, tree};
use ask::Kind;
use place::Place;

/// The editor schema, in the tree.
const SCHEMA: &str = "schema.json";
/// The kinds that exclude each other.
const KINDS: [&str; 4] = ["csv", "predictions", "pipeline", "package"];

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The file to write, relative to the spec tree, such as spam/training.toml.
    #[arg(value_name = "AREA/FILE.toml")]
    file: PathBuf,

    /// A dataset: a CSV file with a header row, on which a model is trained. What
    /// lies outside the spec tree is copied beside the spec.
    #[arg(long, value_name = "FILE", conflicts_with_all = others("csv"))]
    csv: Option<PathBuf>,

    /// Predictions that any system wrote: a CSV, Parquet or JSON-lines file.
    #[arg(long, value_name = "FILE", conflicts_with_all = others("predictions"))]
    predictions: Option<PathBuf>,

    /// A pipeline that a command works in: the table that it begins with. The
    /// command follows after `--`, with {in} and {out} where it reads and writes.
    #[arg(long, value_name = "FILE", conflicts_with_all = others("pipeline"))]
    pipeline: Option<PathBuf>,

    /// A package for a server: the model as it is shipped. The command that starts
    /// the server follows after `--`, or --catalogue tells what it can run.
    #[arg(long, value_name = "FILE", conflicts_with_all = others("package"))]
    package: Option<PathBuf>,

    /// The column to predict, or with the truth.
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,

    /// Of a dataset, the family of the model. `linear` predicts a number, others a
    /// class [default: mlp].
    #[arg(long, value_name = "FAMILY")]
    model: Option<String>,

    /// How a family over sequences or images reads a row: length,width.
    #[arg(long, value_name = "L,W", value_parser = dataset::pair)]
    sequence: Option<[Count; 2]>,

    /// Of predictions, the column that names a row, once in the file.
    #[arg(long, value_name = "COLUMN")]
    key: Option<String>,

    /// Of predictions, the column with the score of the positive class; or, apart
    /// by commas, those with a probability for each class.
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    score: Vec<String>,

    /// Of predictions, the column with the predicted number, instead of a score.
    #[arg(long, value_name = "COLUMN", conflicts_with = "score")]
    prediction: Option<String>,

    /// Of predictions, the file of the version before.
    #[arg(long, value_name = "FILE", requires = "predictions")]
    previous: Option<PathBuf>,

    /// Of a package, a JSON file of inputs with the trainer's answers.
    #[arg(long, value_name = "FILE", requires = "package")]
    examples: Option<PathBuf>,

    /// Of a package, what the server can run: such as onnxruntime-1.23.2.
    #[arg(long, value_name = "CATALOGUE", requires = "package")]
    catalogue: Option<String>,

    /// A program and its arguments: of a pipeline with {in} and {out}, of a server
    /// with {port} and {package}.
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  seatrial new spam/training.toml --csv mails.csv --label is_spam
  seatrial new spam/release.toml --predictions scored.csv --key id --label is_spam --score p_spam
  seatrial new spam/features.toml --pipeline mails.csv -- python3 features.py {in} {out}
  seatrial new spam/serving.toml --package spam.onnx --catalogue onnxruntime-1.23.2
  seatrial new spam/staged.toml --package spam.onnx --examples answers.json -- ./serve.sh {port} {package}";

fn others(kind: &str) -> impl Iterator<Item = clap::Id> {
    let kind = kind.to_owned();
    KINDS
        .into_iter()
        .filter(move |other| *other != kind)
        .map(clap::Id::from)
}

/// Something that did not work, as a usage error.
fn refuse(message: impl Into<String>) -> Error {
    Error::Usage(message.into())
}

/// What a spec says below its first lines.
#[derive(Default)]
struct Draft {
    text: String,
    /// A check that its reader may want to know more of.
    explain: &'static str,
    /// What its reader must be told; empty if nothing.
    remark: String,
}

impl Draft {
    /// A table with a header.
    fn table(&mut self, header: &str, table: &toml::Table) {
        // Writing to a string cannot fail.
        let _ = write!(self.text, "\n[{header}]\n{}", lines(table));
    }

    /// A case: its name, its check, why, and what else it says.
    fn case(&mut self, name: &str, check: &str, why: &str, rest: &toml::Table) {
        let _ = write!(
            self.text,
            "\n# {why}\n[test.{name}]\ncheck = \"{check}\"\n{}",
            lines(rest)
        );
    }
}

/// The keys of a table, a line each; tables among them stand on theirs.
fn lines(table: &toml::Table) -> String {
    let lines = table
        .iter()
        .map(|(key, value)| format!("{key} = {value}\n"));
    lines.collect()
}

/// A table of these keys.
fn table<const N: usize>(pairs: [(&str, toml::Value); N]) -> toml::Table {
    pairs
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

pub(super) fn run(arguments: &Arguments, surroundings: &Surroundings) -> Result<(), Error> {
    let here = tree::here()?;
    let root = surroundings
        .root()
        .unwrap_or_else(|_| here.join(tree::FOLDER));
    let mut place = Place::new(&root, &arguments.file)?;
    let draft = match ask::kind(arguments)? {
        Kind::Dataset => dataset::draft(arguments, surroundings, &mut place)?,
        Kind::Predictions => predictions::draft(arguments, &mut place)?,
        Kind::Pipeline => pipeline::draft(arguments, &mut place)?,
        Kind::Server => server::draft(arguments, &mut place)?,
    };
    let text = format!(
        "#:schema {}\n\
         # `seatrial explain CHECK` says what each check does and what it takes.\n{}",
        place::from_spec(&arguments.file, Path::new(SCHEMA)),
        draft.text
    );
    place.write(&text)?;
    let schema = root.join(SCHEMA);
    if !schema.exists() {
        let text = super::generated::schema_text(surroundings)?;
        place::write(&schema, &text)?;
    }
    let suite = seatrial_spec::load(&root, &surroundings.registry.vocabulary())?;
    let own = suite
        .cases
        .iter()
        .filter(|case| Path::new(&case.file) == arguments.file);
    let own: Vec<_> = own.collect();
    let slow = own
        .iter()
        .all(|case| case.tier == seatrial_spec::Tier::Slow);
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "wrote {} with {}",
        tree::shown(&place.spec, &here),
        plural(own.len(), "case")
    )?;
    for copy in place.copies() {
        writeln!(out, "copied the data to {}", tree::shown(copy, &here))?;
    }
    if !draft.remark.is_empty() {
        writeln!(out, "{}", plain(&draft.remark))?;
    }
    writeln!(
        out,
        "next:\n  seatrial test --filter {}{}\n  seatrial explain {}\n  seatrial lint",
        arguments.file.display(),
        if slow { " --tier all" } else { "" },
        draft.explain
    )?;
    Ok(())
}

/// The words of a command as the spec says them: it runs in the folder of the
/// spec, so each file that a word names is taken there.
fn files_of(
    command: &[String],
    place: &mut Place,
    say: impl Fn(&str) -> String,
) -> Result<Vec<String>, Error> {
    let is_file = |word: &str| !word.contains('{') && Path::new(word).is_file();
    let taken = command.iter().enumerate().map(|(at, word)| {
        if !is_file(word) || (at == 0 && Path::new(word).is_absolute()) {
            return Ok(say(word));
        }
        let name = place.take(Path::new(word))?;
        // Without a slash, a program is looked for on the path.
        Ok(if at == 0 && !name.contains('/') {
            format!("./{name}")
        } else {
            name
        })
    });
    taken.collect()
}
