//! Everything that metrics ask about one kind of prediction, reduced from rows
//! in one pass; and the same for two versions on the same rows.
//!
//! One table a kind: [`Binary`], [`Classes`], [`Regression`]. They are built of
//! the smaller tables of [`crate::table`] and keep the same laws. What does not
//! live here: formulas.

mod binary;
mod classes;
mod paired;
mod regression;

pub use binary::{Binary, BinaryOptions};
pub use classes::Classes;
pub use paired::{JointConfusion, Paired, PairedBinary, PairedClasses, PairedRegression};
pub use regression::Regression;

use crate::table::{Confusion, Moments, ScoreTable};

/// Reduced predictions of one kind, for a metric to read.
#[derive(Clone, Copy, Debug)]
pub enum Evidence<'a> {
    /// Scores of a positive class.
    Binary(&'a Binary),
    /// One of several classes.
    Classes(&'a Classes),
    /// Numbers.
    Regression(&'a Regression),
}

/// A number that each row has, and whose mean is a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowLoss {
    Log,
    Brier,
    Absolute,
    Squared,
}

impl<'a> Evidence<'a> {
    /// What these are called in errors.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Evidence::Binary(_) => "binary scores",
            Evidence::Classes(classes) if classes.log_loss().is_some() => "class probabilities",
            Evidence::Classes(_) => "class decisions without probabilities",
            Evidence::Regression(_) => "regression predictions",
        }
    }

    /// The number of rows, those of weight zero included.
    pub fn rows(&self) -> u64 {
        match self {
            Evidence::Binary(table) => table.rows(),
            Evidence::Classes(table) => table.rows(),
            Evidence::Regression(table) => table.rows(),
        }
    }

    pub(crate) fn confusion(&self) -> Option<&'a Confusion> {
        match self {
            Evidence::Binary(table) => Some(table.confusion()),
            Evidence::Classes(table) => Some(table.confusion()),
            Evidence::Regression(_) => None,
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
            _ => None,
        }
    }

    pub(crate) fn scores(&self) -> Option<&'a ScoreTable> {
        match self {
            Evidence::Binary(table) => Some(table.scores()),
            _ => None,
        }
    }
}
