//! How a spec declares predictions.

use schemars::JsonSchema;
use seatrial_spec::SpecPath;
use serde::{Deserialize, Serialize};

use crate::TaskKind;

/// A table of predictions that any system wrote: a CSV, Parquet or JSON lines
/// file, a folder of them, or a glob.
///
/// Give one of `score` (two classes: how much the row belongs to the positive
/// one), `scores` (a probability for each class), `prediction` (the predicted
/// number; or the predicted class, with `task = "classification"`), or `lower` and
/// `upper` (an interval for the number). With `labels`, a row has any number of
/// several labels, and `scores` are theirs. With `query`, rows are documents, and
/// `score` ranks those of each query.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PredictionsDeclaration {
    /// The file, the folder or the glob.
    pub path: SpecPath,
    /// The column that names a row, once in the table or, with `query`, once in
    /// the query: what two versions are paired by. Only a table that is compared
    /// with no other can do without.
    pub key: Option<String>,
    /// The column with the truth: a class, a number, or, with `query`, how relevant
    /// the document is, zero for not at all and more for more.
    pub label: Option<String>,
    /// Where a row has any number of several labels, in place of `label`: for each
    /// of them the column that says whether the row has it, by 0 and 1, or false
    /// and true.
    pub labels: Option<Vec<String>>,
    /// The column with the score of the positive class.
    pub score: Option<String>,
    /// The columns with the probabilities of the classes, in their order; or with
    /// the scores of the `labels`, in theirs.
    pub scores: Option<Vec<String>>,
    /// The column with the predicted number, or the predicted class.
    pub prediction: Option<String>,
    /// The column with the low end of the interval that should hold the number, with
    /// `upper`; there may be a `prediction` too. An interval holds its ends.
    pub lower: Option<String>,
    /// The column with the high end of the interval.
    pub upper: Option<String>,
    /// The column that names the query of a document, the row, whose `score` ranks
    /// it among the others of that query. They may stand anywhere in the table, which
    /// is read once for every four million rows.
    /// Metrics are means over queries; what rows are sliced by, `cluster` and
    /// `weight` are the same in all rows of a query.
    pub query: Option<String>,
    /// Whether `prediction` is a number (the default) or a class.
    pub task: Option<TaskKind>,
    /// Every class that the label may name. With `score`, the negative one and
    /// the positive one: by default 0 and 1, or false and true. With `scores`,
    /// one a column: by default what the columns' names have beyond a common
    /// beginning. With `labels`, what these are called: by default the same of
    /// their columns.
    pub classes: Option<Vec<String>>,
    /// With `score`: the score from which a row is taken for positive; with
    /// `labels`, that from which it is taken to have a label. 0.5 unless told.
    pub threshold: Option<f64>,
    /// With `score` or `labels`: whether scores are probabilities or any numbers.
    /// Log loss, the Brier score and calibration need probabilities. Those that
    /// rank documents may be any numbers.
    pub scale: Option<ScoreScale>,
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
