//! Everything that metrics ask about one kind of prediction, reduced from rows
//! in one pass; and the same for two versions on the same rows.
//!
//! One table a kind: [`Binary`], [`Classes`], [`Labels`], [`Regression`],
//! [`Intervals`], [`Queries`]. They are built of
//! the smaller tables of [`crate::table`] and keep the same laws. What does not
//! live here: formulas.

mod binary;
mod classes;
mod intervals;
mod labels;
mod logarithm;
mod paired;
mod queries;
mod reads;
mod regression;

pub use binary::{Binary, BinaryOptions, BinaryRows};
pub use classes::Classes;
pub use intervals::{IntervalRows, Intervals};
pub use labels::{Labels, PairedLabels};
pub use paired::{
    JointConfusion, Paired, PairedBinary, PairedBinaryRows, PairedClasses, PairedIntervals,
    PairedQueries, PairedRegression,
};
pub use queries::{Queries, Query};
pub use reads::{Reads, Which};
pub use regression::Regression;

use crate::table::{Confusion, Moments, ScoreTable};

/// Reduced predictions of one kind, for a metric to read.
#[derive(Clone, Copy, Debug)]
pub enum Evidence<'a> {
    /// Scores of a positive class.
    Binary(&'a Binary),
    /// One of several classes.
    Classes(&'a Classes),
    /// Any number of several labels.
    Labels(&'a Labels),
    /// Numbers.
    Regression(&'a Regression),
    /// Intervals for numbers.
    Intervals(&'a Intervals),
    /// Documents ranked for queries.
    Queries(&'a Queries),
}

/// A number that each row has, and whose mean is a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowLoss {
    Log,
    Brier,
    Absolute,
    Squared,
    Percentage,
    Width,
    Hamming,
}

impl<'a> Evidence<'a> {
    /// What these are called in errors.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Evidence::Binary(_) => "binary scores",
            Evidence::Classes(classes) if classes.log_loss().is_some() => "class probabilities",
            Evidence::Classes(_) => "class decisions without probabilities",
            Evidence::Labels(_) => "several labels a row",
            Evidence::Regression(_) => "regression predictions",
            Evidence::Intervals(_) => "predicted intervals",
            Evidence::Queries(_) => "ranked queries",
        }
    }

    /// The number of rows, those of weight zero included.
    pub fn rows(&self) -> u64 {
        match self {
            Evidence::Binary(table) => table.rows(),
            Evidence::Classes(table) => table.rows(),
            Evidence::Labels(table) => table.rows(),
            Evidence::Regression(table) => table.rows(),
            Evidence::Intervals(table) => table.rows(),
            Evidence::Queries(table) => table.rows(),
        }
    }

    pub(crate) fn confusion(&self) -> Option<&'a Confusion> {
        match self {
            Evidence::Binary(table) => Some(table.confusion()),
            Evidence::Classes(table) => Some(table.confusion()),
            _ => None,
        }
    }

    pub(crate) fn class_of(&self, name: &str) -> Option<usize> {
        match self {
            Evidence::Classes(table) => table.names().iter().position(|known| known == name),
            _ => None,
        }
    }

    pub(crate) fn moments(&self, loss: RowLoss) -> Option<&'a Moments> {
        match (self, loss) {
            (Evidence::Binary(table), RowLoss::Log) => table.log_loss(),
            (Evidence::Binary(table), RowLoss::Brier) => table.brier(),
            (Evidence::Classes(table), RowLoss::Log) => table.log_loss(),
            (Evidence::Classes(table), RowLoss::Brier) => table.brier(),
            (Evidence::Regression(table), RowLoss::Absolute) => Some(table.absolute()),
            (Evidence::Regression(table), RowLoss::Squared) => Some(table.squared()),
            (Evidence::Regression(table), RowLoss::Percentage) => Some(table.percentage()),
            (Evidence::Intervals(table), RowLoss::Width) => Some(table.width()),
            (Evidence::Labels(table), RowLoss::Hamming) => Some(table.hamming()),
            _ => None,
        }
    }

    /// Rows by how probable the decision was, and whether it was right; of two
    /// classes, by the score, and whether it is positive.
    pub(crate) fn calibration(&self) -> Option<&'a ScoreTable> {
        match self {
            Evidence::Binary(table) => table.probabilities(),
            Evidence::Classes(table) => table.log_loss().map(|_| table.confidence()),
            _ => None,
        }
    }

    pub(crate) fn scores(&self) -> Option<&'a ScoreTable> {
        match self {
            Evidence::Binary(table) => table.kept_scores(),
            _ => None,
        }
    }
}
