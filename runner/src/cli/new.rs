//! `seatrial new`: a first spec for a model on a CSV file.
//!
//! Everything is looked at before anything is written: the name, the family,
//! the label, whether the data can be read.

mod ask;
mod place;
mod template;

use std::io::Write;
use std::path::{Path, PathBuf};

use seatrial_data::{Dataset, DatasetDeclaration};
use seatrial_spec::{Count, SubjectKind, did_you_mean};

use super::{Surroundings, plural};
use crate::{Error, tree};
use place::Place;
use template::Template;

/// The editor schema, in the tree.
const SCHEMA: &str = "schema.json";

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The file to write, relative to the spec tree, such as spam/training.toml.
    #[arg(value_name = "AREA/FILE.toml")]
    file: PathBuf,

    /// The data: a CSV file with a header row. Copied beside the spec if it
    /// lies outside the spec tree.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,

    /// The column to predict.
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,

    /// The family of the model. `linear` predicts a number, others a class.
    #[arg(long, value_name = "FAMILY", default_value = "mlp")]
    model: String,

    /// How a family over sequences or images reads a row: length,width.
    #[arg(long, value_name = "L,W", value_parser = pair)]
    sequence: Option<[Count; 2]>,
}

/// Something that did not work, as a usage error.
fn refuse(message: impl Into<String>) -> Error {
    Error::Usage(message.into())
}

pub(super) fn run(arguments: &Arguments, surroundings: &Surroundings) -> Result<(), Error> {
    let here = tree::here()?;
    let root = surroundings
        .root()
        .unwrap_or_else(|_| here.join(tree::FOLDER));
    let [csv, label] = ask::missing([
        (
            "--csv",
            "CSV file with the data",
            arguments.csv.as_ref().map(|csv| csv.display().to_string()),
        ),
        ("--label", "column to predict", arguments.label.clone()),
    ])?;
    let place = Place::new(&root, &arguments.file, Path::new(&csv))?;
    let template = Template {
        schema: place::from_spec(&arguments.file, Path::new(SCHEMA)),
        csv: place.csv_in_spec(),
        label,
        family: arguments.model.clone(),
        shape: shape(arguments, surroundings)?,
        checks: surroundings
            .registry
            .entries()
            .iter()
            .map(|entry| entry.about.name)
            .collect(),
    };
    look_at(&template, Path::new(&csv))?;
    place.write(&template.text())?;
    let schema = root.join(SCHEMA);
    if !schema.exists() {
        let text = super::generated::schema_text(surroundings)?;
        place::write(&schema, &text)?;
    }
    let suite = seatrial_spec::load(&root, &surroundings.registry.vocabulary())?;
    let id = arguments.file.display();
    let cases = suite
        .cases
        .iter()
        .filter(|case| Path::new(&case.file) == arguments.file)
        .count();
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "wrote {} with {}",
        tree::shown(&place.spec, &here),
        plural(cases, "case")
    )?;
    if let Some(copy) = place.copy() {
        writeln!(out, "copied the data to {}", tree::shown(copy, &here))?;
    }
    writeln!(
        out,
        "next:\n  seatrial test --filter {id}\n  seatrial explain loss-decreases\n  seatrial lint"
    )?;
    Ok(())
}

/// The key and value by which the family reads a row, if it must be told.
fn shape(
    arguments: &Arguments,
    surroundings: &Surroundings,
) -> Result<Option<(&'static str, [Count; 2])>, Error> {
    let mut vocabulary = surroundings.registry.vocabulary();
    let words = vocabulary.subjects.remove(&SubjectKind::Model);
    let families = words.and_then(|words| words.variants).unwrap_or_default().1;
    let family = &arguments.model;
    let known = families.get(family).ok_or_else(|| {
        let help = did_you_mean(family, families.keys().map(String::as_str));
        refuse(format!(
            "no model family is named `{family}`: {}",
            help.unwrap_or_default()
        ))
    })?;
    let needs = |key: &str| {
        let required = known.schema()["required"].as_array();
        required.is_some_and(|required| required.iter().any(|one| one == key))
    };
    let key = ["sequence", "image"].into_iter().find(|key| needs(key));
    match (key, arguments.sequence) {
        (None, None) => Ok(None),
        (Some(key), Some(shape)) => Ok(Some((key, shape))),
        (Some(_), None) => Err(refuse(format!(
            "`{family}` reads a row as a table: say how with --sequence L,W, such as 8,8 for 64 columns"
        ))),
        (None, Some(_)) => Err(refuse(format!("`{family}` takes no --sequence"))),
    }
}

/// Reads the data as the cases will.
fn look_at(template: &Template, csv: &Path) -> Result<(), Error> {
    let mut table = template.dataset();
    table.insert("path".into(), csv.display().to_string().into());
    let declaration: DatasetDeclaration = seatrial_spec::parse(table)
        .map_err(|misfit| refuse(format!("{}: {}", misfit.path, misfit.message)))?;
    let dataset = Dataset::load("data", &declaration).map_err(|error| refuse(error.to_string()))?;
    let features = dataset.features.len();
    match template.shape {
        Some((_, [length, width])) if length.get() * width.get() != features => {
            Err(refuse(format!(
                "--sequence {},{} is {} numbers, but there are {features} columns besides the label",
                length.get(),
                width.get(),
                length.get() * width.get(),
            )))
        }
        _ => Ok(()),
    }
}

/// `8,8`.
fn pair(text: &str) -> Result<[Count; 2], String> {
    let count = |text: &str| {
        text.trim()
            .parse()
            .ok()
            .and_then(|n: f64| Count::try_from(n).ok())
    };
    let pair = text
        .split_once(',')
        .and_then(|(l, w)| Some([count(l)?, count(w)?]));
    pair.ok_or_else(|| "two whole numbers from 1, such as 8,8".into())
}
