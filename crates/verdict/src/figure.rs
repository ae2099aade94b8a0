//! Data for drawings beyond curves over steps, and nothing of how they are drawn.

use serde::{Deserialize, Serialize};

use crate::measurement::{nan_from_null, nans_from_nulls};
use crate::{Bound, Status};

/// Something to look at. A check gives the numbers; a report draws them, and
/// leaves points out where there are more than can be seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Figure {
    /// Lines over a numeric axis: ROC, precision and recall, reliability, the
    /// history of a metric.
    Lines(Lines),
    /// The same histogram of several groups, such as then and now.
    Histogram(Histogram),
    /// A value a name, with its interval: slices, layers.
    Bars(Bars),
    /// A value for each row and column, such as each tensor and step.
    Grid(Grid),
    /// What ran after what, and how long it took: stages of a pipeline.
    Stages(Stages),
    /// What happened when: phases of a server.
    Timeline(Timeline),
    /// Of a kind that a later version adds.
    #[serde(other)]
    Unknown,
}

/// Lines over a numeric axis.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lines {
    /// What is shown.
    pub title: String,
    /// Name of the horizontal axis.
    pub x: String,
    /// Name of the vertical axis.
    pub y: String,
    /// One line each.
    pub lines: Vec<Line>,
    /// Where y must lie.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bound: Option<Bound>,
    /// Whether y = x is drawn for comparison, as in a reliability diagram.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub diagonal: bool,
}

/// One line; x and y are of one length.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Such as `candidate`.
    pub name: String,
    /// Where, in rising order.
    #[serde(deserialize_with = "nans_from_nulls")]
    pub x: Vec<f64>,
    /// How high.
    #[serde(deserialize_with = "nans_from_nulls")]
    pub y: Vec<f64>,
}

/// The same histogram of several groups. Counts are shown as shares of their
/// group, so that groups of different sizes can be compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// What is shown, such as the column.
    pub title: String,
    /// A name for each bin: a range or a category.
    pub bins: Vec<String>,
    /// One histogram each.
    pub groups: Vec<Group>,
}

/// The histogram of one group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Such as `reference`.
    pub name: String,
    /// A count for each bin.
    #[serde(deserialize_with = "nans_from_nulls")]
    pub counts: Vec<f64>,
}

/// A value a name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bars {
    /// What is shown.
    pub title: String,
    /// Unit of the values; `1` for plain numbers.
    pub unit: String,
    /// In the order in which they are to be read: the worst slice first, the
    /// first layer first.
    pub bars: Vec<Bar>,
    /// Where every value must lie.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bound: Option<Bound>,
}

/// One name and its value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// Of what.
    pub name: String,
    /// How much.
    #[serde(deserialize_with = "nan_from_null")]
    pub value: f64,
    /// Lower end of its interval.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub low: Option<f64>,
    /// Upper end of its interval.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub high: Option<f64>,
    /// What the value was before, such as that of the previous version.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before: Option<f64>,
}

/// A value for each row and column. Zero is what should be: the further from
/// it, the more it stands out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    /// What is shown.
    pub title: String,
    /// What the columns are, such as `step`.
    pub x: String,
    /// What the rows are, such as `tensor`.
    pub y: String,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows from the top.
    pub rows: Vec<Row>,
}

/// A row of a grid: a value for each column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Of what.
    pub name: String,
    /// A value for each column.
    #[serde(deserialize_with = "nans_from_nulls")]
    pub values: Vec<f64>,
}

/// What ran after what.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stages {
    /// What is shown.
    pub title: String,
    /// Each after those that it comes after.
    pub stages: Vec<Stage>,
}

/// One stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// Unique among the stages.
    pub name: String,
    /// Names of the stages whose results it takes.
    pub after: Vec<String>,
    /// How long it took; `None` if it did not run.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub seconds: Option<f64>,
    /// What became of it.
    pub status: Status,
    /// In a line: whether its contract held, and if not, why.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub note: String,
}

/// What happened when.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    /// What is shown.
    pub title: String,
    /// In the order of their beginnings.
    pub phases: Vec<Phase>,
}

/// One phase.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    /// Such as `load`.
    pub name: String,
    /// When it began, from the beginning of all.
    #[serde(deserialize_with = "nan_from_null")]
    pub from_s: f64,
    /// When it ended.
    #[serde(deserialize_with = "nan_from_null")]
    pub to_s: f64,
    /// What became of it.
    pub status: Status,
    /// In a line: what was seen.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub note: String,
}
