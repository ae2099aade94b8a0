//! Predicted intervals for numbers.

use super::Regression;
use crate::Error;
use crate::table::{Mass, Moments, rows};

/// Rows with an interval that should hold the target, reduced.
#[derive(Clone, Debug, Default)]
pub struct Intervals {
    rows: u64,
    covered: Mass,
    width: Moments,
    /// Of rows with a predicted number too.
    numbers: Regression,
}

/// What is predicted of some rows, a slice a column.
#[derive(Clone, Copy, Debug)]
pub struct IntervalRows<'a> {
    /// The low ends, which belong to the intervals.
    pub lows: &'a [f64],
    /// The high ends, which belong to them too.
    pub highs: &'a [f64],
    /// A number beside each interval, if there are any.
    pub numbers: Option<&'a [f64]>,
}

impl IntervalRows<'_> {
    /// High end less low end of each row.
    ///
    /// # Errors
    /// As [`Intervals::update`], for these columns and the targets.
    pub(crate) fn widths(&self, targets: &[f64]) -> Result<Vec<f64>, Error> {
        let Self { lows, highs, .. } = *self;
        for (column, values) in [("low end", lows), ("high end", highs), ("target", targets)] {
            rows::same_length(column, values.len(), targets.len())?;
            rows::finite(column, values)?;
        }
        let ends = highs.iter().zip(lows);
        let widths: Vec<f64> = ends.map(|(high, low)| high - low).collect();
        rows::all("width", &widths, "finite and not negative", |width| {
            width.is_finite() && width >= 0.0
        })?;
        Ok(widths)
    }

    /// Whether the interval of a row holds its target.
    pub(crate) fn holds(&self, row: usize, target: f64) -> bool {
        (self.lows[row]..=self.highs[row]).contains(&target)
    }
}

impl Intervals {
    /// Of no rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds rows. An interval holds its ends.
    ///
    /// # Errors
    /// Slices of different lengths, a number that is not finite, an interval
    /// whose low end is above its high end, a bad weight. The table is then as
    /// it was.
    pub fn update(
        &mut self,
        predicted: &IntervalRows<'_>,
        targets: &[f64],
        weights: Option<&[f64]>,
    ) -> Result<(), Error> {
        let widths = predicted.widths(targets)?;
        rows::weights(weights, targets.len())?;
        if let Some(numbers) = predicted.numbers {
            self.numbers.update(numbers, targets, weights)?;
        }
        self.rows += targets.len() as u64;
        for (row, &target) in targets.iter().enumerate() {
            if predicted.holds(row, target) {
                self.covered += Mass::of(rows::weight_of(weights, row));
            }
        }
        self.width.add(&widths, weights);
        Ok(())
    }

    /// Adds another's rows.
    ///
    /// # Errors
    /// None today; fallible as its siblings are.
    pub fn merge(&mut self, other: Self) -> Result<(), Error> {
        self.rows += other.rows;
        self.covered += other.covered;
        self.width.merge(&other.width);
        self.numbers.merge(other.numbers)
    }

    /// The table as metrics read it.
    pub fn finish(self) -> Self {
        self
    }

    /// The number of rows, those of weight zero included.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows whose interval holds the target.
    pub fn covered(&self) -> Mass {
        self.covered
    }

    /// High end less low end a row.
    pub fn width(&self) -> &Moments {
        &self.width
    }

    /// The numbers beside the intervals; `None` unless every row came with one.
    pub fn numbers(&self) -> Option<&Regression> {
        (self.rows > 0 && self.numbers.rows() == self.rows).then_some(&self.numbers)
    }
}
