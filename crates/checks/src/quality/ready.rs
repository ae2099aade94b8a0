//! Rows made ready for the tables of evidence that they are added to.

use std::borrow::Cow;

use seatrial_data::predictions::{Chunk, Task, Widths};
use seatrial_validation::evidence::{IntervalRows, Which};

/// Rows made ready: of two classes by their scores, or others as they are.
pub(super) enum Ready<B> {
    Binary(B),
    Others(Others),
}

/// Rows that take no preparation.
#[derive(Clone)]
pub(super) struct Others {
    pub rows: Chunk,
    pub previous: Vec<f64>,
    pub widths: Widths,
}

impl<B> Ready<B> {
    pub fn others(task: &Task, rows: Chunk, previous: Vec<f64>) -> Self {
        Self::Others(Others {
            rows,
            previous,
            widths: task.widths(),
        })
    }

    /// Queries, with so many numbers of each in place of what is predicted.
    pub fn queries(numbers: usize, queries: Chunk, previous: Vec<f64>) -> Self {
        let widths = Widths {
            labels: 0,
            values: numbers,
        };
        Self::Others(Others {
            rows: queries,
            previous,
            widths,
        })
    }
}

impl Others {
    /// Some of the rows.
    pub fn pick(&self, which: Which<'_>) -> Cow<'_, Self> {
        let Which::At(places) = which else {
            return Cow::Borrowed(self);
        };
        let Self {
            rows,
            previous,
            widths,
        } = self;
        Cow::Owned(Self {
            rows: rows.pick(*widths, places),
            previous: if previous.is_empty() {
                Vec::new()
            } else {
                Chunk::pick_values(previous, widths.values, places)
            },
            widths: *widths,
        })
    }
}

/// Numbers of rows, a column each.
pub(super) struct Columns(Vec<Vec<f64>>);

impl Columns {
    pub fn of(values: &[f64], widths: Widths) -> Self {
        let column = |at| values.iter().skip(at).step_by(widths.values).copied();
        Self((0..widths.values).map(|at| column(at).collect()).collect())
    }

    /// Of the ends of intervals, and the numbers beside them.
    pub fn intervals(&self) -> IntervalRows<'_> {
        let column = |at: usize| self.0.get(at).map(Vec::as_slice);
        IntervalRows {
            lows: column(0).unwrap_or_default(),
            highs: column(1).unwrap_or_default(),
            numbers: column(2),
        }
    }
}

/// Whether each row is of the second class.
pub(super) fn positive(labels: &[f64]) -> Vec<bool> {
    labels.iter().map(|&label| label == 1.0).collect()
}

/// Indices of classes, which reading keeps as whole numbers.
pub(super) fn indices(values: &[f64]) -> Vec<u32> {
    values.iter().map(|&value| value as u32).collect()
}
