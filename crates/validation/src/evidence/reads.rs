//! What is asked of rows, so that nothing else is kept of them.

use std::borrow::Cow;

use super::RowLoss;
use crate::Metric;
use crate::metric::Formula;

/// What some metrics read of rows of two classes, beside decisions.
///
/// A table that keeps less than a metric reads has an error for it, never a
/// number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// Rows by their score.
    pub scores: bool,
    /// The log loss a row.
    pub log_loss: bool,
    /// The Brier score a row.
    pub brier: bool,
}

impl Reads {
    /// Whatever any metric reads.
    pub const ALL: Self = Self {
        scores: true,
        log_loss: true,
        brier: true,
    };

    /// What these metrics read.
    pub fn of<'a>(metrics: impl IntoIterator<Item = &'a Metric>) -> Self {
        let mut all = Self::default();
        for metric in metrics {
            match metric.formula() {
                Formula::Mean(RowLoss::Log) | Formula::Root(RowLoss::Log) => all.log_loss = true,
                Formula::Mean(RowLoss::Brier) | Formula::Root(RowLoss::Brier) => all.brier = true,
                // Of decisions alone.
                Formula::Rate(_) | Formula::Recalls(_) | Formula::Counts(..) => {}
                _ => all.scores = true,
            }
        }
        all
    }

    /// These, and rows by their score, which figures are drawn from.
    pub fn and_scores(self) -> Self {
        Self {
            scores: true,
            ..self
        }
    }
}

/// Rows of a batch.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    /// All of them.
    All,
    /// Those at these places, in this order.
    At(&'a [u32]),
}

impl Which<'_> {
    /// Their values.
    pub(super) fn of<'v, T: Copy>(&self, values: &'v [T]) -> Cow<'v, [T]> {
        match self {
            Which::All => Cow::Borrowed(values),
            Which::At(places) => places.iter().map(|&place| values[place as usize]).collect(),
        }
    }
}
