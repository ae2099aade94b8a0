//! A dataset, and a model that is trained on it.

use std::path::Path;

use seatrial_data::{Dataset, DatasetDeclaration};
use seatrial_spec::{Count, SubjectKind, did_you_mean};

use super::place::Place;
use super::{Arguments, Draft, ask, refuse, table};
use crate::Error;
use crate::cli::Surroundings;

/// What a first spec asks of a model: the name of a test, its check, and why.
const TESTS: [(&str, &str, &str); 5] = [
    (
        "one-step",
        "gradient-step",
        "Every parameter gets a gradient and moves.",
    ),
    (
        "loss-decreases",
        "loss-decreases",
        "Some steps of training lower the loss.",
    ),
    (
        "memorises",
        "memorizes",
        "A model that cannot memorise a few examples cannot learn.",
    ),
    (
        "beats-baseline",
        "beats-baseline",
        "It must be better than guessing.",
    ),
    (
        "reproducible",
        "reproducible",
        "The same seed gives the same model, to the bit.",
    ),
];

/// How a family reads a row: the key that says so, and its value.
type RowShape = Option<(&'static str, [Count; 2])>;

pub(super) fn draft(
    arguments: &Arguments,
    surroundings: &Surroundings,
    place: &mut Place,
) -> Result<Draft, Error> {
    let [csv, label] = ask::missing([
        (
            "--csv",
            "CSV file with the data",
            ask::path(arguments.csv.as_ref()),
        ),
        ("--label", "column to predict", arguments.label.clone()),
    ])?;
    let family = arguments.model.as_deref().unwrap_or("mlp");
    let named = place.take(Path::new(&csv))?;
    let shape = shape(family, arguments.sequence, surroundings)?;
    let columns = Columns::look(Path::new(&csv), &label)?;
    let dataset = |path: &str| {
        let mut dataset = dataset(path, &label, family);
        if !columns.texts.is_empty() {
            dataset.insert("features".into(), columns.numbers.clone().into());
        }
        dataset
    };
    look_at(&dataset(&csv), shape)?;
    let mut model = table([("family", family.into())]);
    if let Some((key, shape)) = shape {
        let shape: Vec<_> = shape.iter().map(|count| count.get() as i64).collect();
        model.insert(key.into(), shape.into());
    }
    let mut draft = Draft {
        explain: "loss-decreases",
        ..Draft::default()
    };
    draft.table(
        "defaults",
        &table([("dataset", "data".into()), ("model", "model".into())]),
    );
    if !columns.texts.is_empty() {
        draft.remark = format!(
            "left out, for they hold text, and a model takes numbers: {}",
            columns.texts.join(", ")
        );
    }
    draft.table("dataset.data", &dataset(&named));
    draft.table("model.model", &model);
    for (name, check, why) in TESTS {
        if surroundings.registry.entry(check).is_some() {
            draft.case(name, check, why, &toml::Table::new());
        }
    }
    Ok(draft)
}

/// Rows that are looked at to tell numbers from text.
const ROWS_MAX: usize = 1_000;

/// The columns of a file but for the label.
struct Columns {
    numbers: Vec<String>,
    texts: Vec<String>,
}

impl Columns {
    fn look(file: &Path, label: &str) -> Result<Self, Error> {
        let unreadable = |error: csv::Error| refuse(format!("{}: {error}", file.display()));
        let mut reader = csv::Reader::from_path(file).map_err(unreadable)?;
        let names: Vec<_> = reader
            .headers()
            .map_err(unreadable)?
            .iter()
            .map(str::to_owned)
            .collect();
        let mut is_text = vec![false; names.len()];
        for row in reader.records().take(ROWS_MAX) {
            let row = row.map_err(unreadable)?;
            for (is_text, cell) in is_text.iter_mut().zip(&row) {
                let cell = cell.trim();
                *is_text |= !cell.is_empty() && cell.parse::<f64>().is_err();
            }
        }
        let others = names.into_iter().zip(is_text);
        let others = others.filter(|(name, _)| name != label);
        let (texts, numbers): (Vec<_>, Vec<_>) = others.partition(|(_, is_text)| *is_text);
        let named = |columns: Vec<(String, bool)>| -> Vec<String> {
            columns.into_iter().map(|(name, _)| name).collect()
        };
        if numbers.is_empty() && !texts.is_empty() {
            return Err(refuse(format!(
                "{}: every column but the label holds text, and a model takes numbers: write them \
                 as numbers, or judge its predictions with --predictions",
                file.display()
            )));
        }
        Ok(Self {
            numbers: named(numbers),
            texts: named(texts),
        })
    }
}

/// The declaration of the dataset.
fn dataset(path: &str, label: &str, family: &str) -> toml::Table {
    let mut dataset = table([("path", path.into()), ("label", label.into())]);
    if family == "linear" {
        dataset.insert("task".into(), "regression".into());
    }
    dataset.insert("scale".into(), "standard".into());
    dataset
}

/// The key and value by which the family reads a row, if it must be told.
fn shape(
    family: &str,
    sequence: Option<[Count; 2]>,
    surroundings: &Surroundings,
) -> Result<RowShape, Error> {
    let mut vocabulary = surroundings.registry.vocabulary();
    let words = vocabulary.subjects.remove(&SubjectKind::Model);
    let families = words.and_then(|words| words.variants).unwrap_or_default().1;
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
    match (key, sequence) {
        (None, None) => Ok(None),
        (Some(key), Some(shape)) => Ok(Some((key, shape))),
        (Some(_), None) => Err(refuse(format!(
            "`{family}` reads a row as a table: say how with --sequence L,W, such as 8,8 for 64 columns"
        ))),
        (None, Some(_)) => Err(refuse(format!("`{family}` takes no --sequence"))),
    }
}

/// Reads the data as the cases will.
fn look_at(dataset: &toml::Table, shape: RowShape) -> Result<(), Error> {
    let declaration: DatasetDeclaration = seatrial_spec::parse(dataset.clone())
        .map_err(|misfit| refuse(format!("{}: {}", misfit.path, misfit.message)))?;
    let dataset = Dataset::load("data", &declaration).map_err(|error| refuse(error.to_string()))?;
    let features = dataset.features.len();
    match shape {
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
pub(super) fn pair(text: &str) -> Result<[Count; 2], String> {
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
