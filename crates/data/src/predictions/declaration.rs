//! How a spec declares predictions.

use schemars::JsonSchema;
use seatrial_spec::SpecPath;
use serde::{Deserialize, Serialize};

use crate::TaskKind;

/// A table of predictions that any system wrote: a CSV, Parquet or JSON lines
/// file, a folder of them, or a glob.
///
/// Give one of `score` (two classes: how much the row belongs to the positive
/// one), `scores` (a probability for each class), or `prediction` (the
/// predicted number; or the predicted class, with `task = "classification"`).
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PredictionsDeclaration {
    /// The file, the folder or the glob.
    pub path: SpecPath,
    /// The column that names a row, once in the table: what two versions are
    /// paired by. Only a table that is compared with no other can do without.
    pub key: Option<String>,
    /// The column with the truth.
    pub label: String,
    /// The column with the score of the positive class.
    pub score: Option<String>,
    /// The columns with the probabilities of the classes, in their order.
    pub scores: Option<Vec<String>>,
    /// The column with the predicted number, or the predicted class.
    pub prediction: Option<String>,
    /// Whether `prediction` is a number (the default) or a class.
    pub task: Option<TaskKind>,
    /// Every class that the label may name. With `score`, the negative one and
    /// the positive one: by default 0 and 1, or false and true. With `scores`,
    /// one a column: by default what the columns' names have beyond a common
    /// beginning.
    pub classes: Option<Vec<String>>,
    /// With `score`: the score from which a row is taken for positive.
    #[serde(default = "half")]
    pub threshold: f64,
    /// With `score`: whether scores are probabilities or any numbers. Log loss,
    /// the Brier score and calibration need probabilities.
    #[serde(default)]
    pub scale: ScoreScale,
    /// The column that says which rows belong together, such as those of one user.
    /// They say less than as many rows of their own, and intervals count them so.
    pub cluster: Option<String>,
    /// The column with a row's weight; each row counts one when left out.
    pub weight: Option<String>,
}

/// What scores are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ScoreScale {
    /// From 0 to 1.
    #[default]
    Probability,
    /// Any finite number.
    Real,
}

fn half() -> f64 {
    0.5
}
