//! How a spec declares a dataset.

use schemars::JsonSchema;
use seatrial_spec::{Count, Fraction, Positive, SpecPath};
use serde::{Deserialize, Serialize};

use crate::columns;
use crate::error::Result;
use crate::generate::Generator;
use crate::table::Table;

/// A table of rows with features and a label, from a file or a generator.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatasetDeclaration {
    /// A CSV file with a header row, a Parquet or JSON lines file, or a folder
    /// of one kind. Give this or `generator`.
    pub path: Option<SpecPath>,
    /// A built-in source of made-up rows. Give this or `path`.
    pub generator: Option<Generator>,
    /// Rows to generate (default 1,000).
    pub rows: Option<Count>,
    /// Seed of the generator and of the split; independent of a case's seed,
    /// so that every case sees the same rows.
    #[serde(default)]
    pub seed: u64,
    /// The column to predict. A generator knows its own.
    pub label: Option<String>,
    /// Names and globs of the columns to predict from; every column but the
    /// label when left out.
    pub features: Option<Vec<String>>,
    /// Whether the label is a class or a number: a class, unless a generator
    /// knows better.
    pub task: Option<TaskKind>,
    /// Every class that the label may name. When left out: those that occur.
    pub classes: Option<Vec<String>>,
    /// Divides every feature, before `scale`.
    pub divide_by: Option<Positive>,
    /// How features are brought to a common scale, fitted on the training part.
    #[serde(default)]
    pub scale: Scale,
    /// How rows are parted.
    #[serde(default)]
    pub split: SplitDeclaration,
}

impl DatasetDeclaration {
    /// The table that the dataset is read from, with the names of its features
    /// and of its label; `None` of a generated one.
    ///
    /// # Errors
    /// When it cannot be opened, or a named column is missing.
    pub fn table(&self) -> Result<Option<(Table, Vec<String>, String)>> {
        let Some(path) = &self.path else {
            return Ok(None);
        };
        let table = Table::open(path.as_path())?;
        let (features, label) = columns::chosen(&table, self)?;
        Ok(Some((table, features, label)))
    }
}

/// What the label is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TaskKind {
    /// One of several classes.
    Classification,
    /// A number.
    Regression,
}

/// How features are brought to a common scale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// Left as they are.
    #[default]
    None,
    /// Zero mean and unit standard deviation, column by column.
    Standard,
}

/// What fraction of the rows goes where. What is left over is dropped.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SplitDeclaration {
    /// Rows to train on.
    pub train: Fraction,
    /// Rows to measure on.
    pub validation: Fraction,
    /// Rows kept apart.
    pub test: Fraction,
    /// Each class in proportion, and rare classes in every part.
    pub stratify: bool,
}

impl Default for SplitDeclaration {
    fn default() -> Self {
        Self {
            train: fraction(0.8),
            validation: fraction(0.2),
            test: fraction(0.0),
            stratify: true,
        }
    }
}

/// A fraction that is known to be one.
fn fraction(value: f64) -> Fraction {
    Fraction::try_from(value).unwrap_or_else(|_| unreachable!("{value} is from 0 to 1"))
}
