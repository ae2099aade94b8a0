//! Rows in memory.

use seatrial_rng::{Fingerprint, Fingerprinter, Streams, stratified_split};

use crate::columns;
use crate::csv_file::{self, Columns};
use crate::declaration::{DatasetDeclaration, Scale, SplitDeclaration, TaskKind};
use crate::error::{DataError, Result};
use crate::generate::{self, Generator};
use crate::scale::Scaling;
use crate::table::Format;

/// Rows with features and a target, parted.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// Its name in the spec.
    pub name: String,
    /// Names of the features, in order.
    pub features: Vec<String>,
    /// Feature values, row by row: `rows × features`.
    pub values: Vec<f32>,
    /// What to predict, one a row.
    pub target: Target,
    /// Name of the column that `target` was read from.
    pub label: String,
    pub(crate) scaling: Scaling,
    parts: [Vec<usize>; 3],
}

/// What to predict.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A class: its index in `names`.
    Classes {
        /// Names of the classes, in order of index.
        names: Vec<String>,
        /// The class of each row.
        labels: Vec<u32>,
    },
    /// A number.
    Values(Vec<f32>),
}

/// A part of a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Rows to train on.
    Train,
    /// Rows to measure on.
    Validation,
    /// Rows kept apart.
    Test,
}

impl Dataset {
    /// Reads or generates what the declaration asks for.
    ///
    /// # Errors
    /// When the file cannot be read, a value is not a finite number, a label
    /// is not among the classes, a named column is missing, or a part that
    /// the split asks for would be empty.
    pub fn load(name: &str, declaration: &DatasetDeclaration) -> Result<Self> {
        let refuse = |message: String| DataError::Declaration {
            name: name.to_owned(),
            message,
        };
        let streams = Streams::new(declaration.seed).child("dataset");
        let columns = match (&declaration.path, declaration.generator) {
            (Some(path), None) => {
                if declaration.rows.is_some() {
                    return Err(refuse("`rows` is for a generator, not a file".into()));
                }
                let path = path.as_path();
                // A CSV file is read by itself: its labels stay as they are
                // written, and errors name lines.
                if path.is_file() && Format::of(path) == Some(Format::Csv) {
                    csv_file::read(path, declaration)?
                } else {
                    columns::read(path, declaration)?
                }
            }
            (None, Some(generator)) => {
                let rows = declaration.rows.map_or(1_000, |rows| rows.get());
                let table = generate::generate(generator, rows, &streams);
                csv_file::select(table, declaration).map_err(refuse)?
            }
            (Some(_), Some(_)) => {
                return Err(refuse("`path` and `generator` exclude each other".into()));
            }
            (None, None) => return Err(refuse("needs a `path` or a `generator`".into())),
        };
        let parts = split(&columns, &declaration.split, &streams).map_err(refuse)?;
        let Columns {
            features,
            mut values,
            label,
            target,
        } = columns;
        let mut scaling = Scaling::dividing(declaration.divide_by.map(|divisor| divisor.get()));
        values
            .iter_mut()
            .for_each(|value| *value = scaling.divide(*value));
        if declaration.scale == Scale::Standard {
            let width = features.len();
            scaling = scaling.standardising(&values, width, &parts[0]);
            for (place, value) in values.iter_mut().enumerate() {
                *value = scaling.standardise(place % width, *value);
            }
        }
        Ok(Self {
            name: name.to_owned(),
            features,
            values,
            target,
            label,
            scaling,
            parts,
        })
    }

    /// Rows that come from elsewhere than a declared file: `values` is row by row,
    /// already at the scale that models see.
    ///
    /// # Errors
    /// When the numbers of values, targets and rows of parts do not go together.
    pub fn of_rows(
        name: &str,
        features: Vec<String>,
        values: Vec<f32>,
        label: &str,
        target: Target,
        parts: [Vec<usize>; 3],
    ) -> Result<Self> {
        let rows = target.len();
        let in_range = parts.iter().flatten().all(|&row| row < rows);
        if values.len() != rows * features.len() || !in_range {
            return Err(DataError::Declaration {
                name: name.to_owned(),
                message: format!(
                    "{} values of {} features are not {rows} rows, or a part has others",
                    values.len(),
                    features.len()
                ),
            });
        }
        Ok(Self {
            name: name.to_owned(),
            features,
            values,
            target,
            label: label.to_owned(),
            scaling: Scaling::dividing(None),
            parts,
        })
    }

    /// Number of rows, in all parts and in none.
    pub fn rows(&self) -> usize {
        self.target.len()
    }

    /// Row indices of a part, ascending.
    pub fn part(&self, part: Part) -> &[usize] {
        &self.parts[part as usize]
    }

    /// Features of one row.
    pub fn row(&self, row: usize) -> &[f32] {
        let width = self.features.len();
        &self.values[row * width..(row + 1) * width]
    }

    /// Lowest and highest feature value of the training part.
    pub fn range(&self) -> (f64, f64) {
        let values = self.part(Part::Train).iter().flat_map(|&row| self.row(row));
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &value| {
            (low.min(f64::from(value)), high.max(f64::from(value)))
        })
    }

    /// This value of a feature, from the unit of the file to the unit that
    /// models see.
    pub fn scaled(&self, feature: usize, value: f64) -> f32 {
        self.scaling.apply(feature, value as f32)
    }

    /// The value of a feature in the unit of the file. None for a feature that
    /// scaling made zero, because it is constant in the training part.
    pub fn unscaled(&self, feature: usize, value: f32) -> Option<f64> {
        self.scaling.invert(feature, value)
    }

    /// How much a difference of one in the file's unit is in the unit that
    /// models see; zero for a feature that is constant in the training part.
    pub fn scale_of(&self, feature: usize) -> f64 {
        self.scaling.factor(feature)
    }

    /// Indices of the features that these names and globs choose, each once.
    ///
    /// # Errors
    /// When one of them chooses none.
    pub fn matching(&self, patterns: &[String]) -> Result<Vec<usize>> {
        csv_file::matching(&self.features, patterns, None).map_err(|message| {
            DataError::Declaration {
                name: self.name.clone(),
                message,
            }
        })
    }

    /// Fingerprint of names, values, targets and parts.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut hasher = Fingerprinter::new();
        for feature in &self.features {
            hasher.bytes(feature.as_bytes());
        }
        hasher.tensor_f32("values", &[self.rows(), self.features.len()], &self.values);
        match &self.target {
            Target::Classes { names, labels } => {
                for name in names {
                    hasher.bytes(name.as_bytes());
                }
                let labels: Vec<i64> = labels.iter().map(|&label| label.into()).collect();
                hasher.tensor_i64("labels", &[labels.len()], &labels);
            }
            Target::Values(values) => hasher.tensor_f32("targets", &[values.len()], values),
        }
        for part in &self.parts {
            let rows: Vec<i64> = part.iter().map(|&row| row as i64).collect();
            hasher.tensor_i64("part", &[rows.len()], &rows);
        }
        hasher.finish()
    }
}

impl Target {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Target::Classes { labels, .. } => labels.len(),
            Target::Values(values) => values.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn split(
    columns: &Columns,
    split: &SplitDeclaration,
    streams: &Streams,
) -> Result<[Vec<usize>; 3], String> {
    let fractions = [split.train, split.validation, split.test].map(|fraction| fraction.get());
    if fractions.iter().sum::<f64>() > 1.0 + 1e-9 {
        return Err(format!(
            "the parts of `split` add up to {}",
            fractions.iter().sum::<f64>()
        ));
    }
    let strata = match &columns.target {
        Target::Classes { labels, .. } if split.stratify => labels.clone(),
        target => vec![0; target.len()],
    };
    let parts = stratified_split(&streams.child("split"), &strata, &fractions);
    let names = ["train", "validation", "test"];
    for ((part, fraction), name) in parts.iter().zip(fractions).zip(names) {
        if part.is_empty() && fraction > 0.0 {
            return Err(empty_part(name, &columns.target));
        }
    }
    parts
        .try_into()
        .map_err(|_| "a split has three parts".to_owned())
}

fn empty_part(name: &str, target: &Target) -> String {
    let rows = target.len();
    let told = format!("{rows} rows leave the part `{name}` empty");
    match target {
        Target::Classes { names, .. } if 2 * names.len() > rows => {
            let classes = names.len();
            format!(
                "{told}: their label names {classes} classes. For a number to predict, \
                 `task = \"regression\"`"
            )
        }
        _ => told,
    }
}

/// Whether the label is a class.
pub(crate) fn wants_classes(declaration: &DatasetDeclaration) -> bool {
    let task = declaration
        .task
        .or(declaration.generator.map(Generator::task));
    task != Some(TaskKind::Regression)
}
