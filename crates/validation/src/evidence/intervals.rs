//! Predicted intervals for numbers.

use crate::Error;
use crate::table::{Mass, Moments, rows};

/// Rows with an interval that should hold the target, reduced.
#[derive(Clone, Debug, Default)]
pub struct Intervals {
    rows: u64,
    covered: Mass,
    width: Moments,
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
        lows: &[f64],
        highs: &[f64],
        targets: &[f64],
        weights: Option<&[f64]>,
    ) -> Result<(), Error> {
        for (column, values) in [("low end", lows), ("high end", highs), ("target", targets)] {
            rows::same_length(column, values.len(), targets.len())?;
            rows::finite(column, values)?;
        }
        rows::weights(weights, targets.len())?;
        let widths: Vec<f64> = highs
            .iter()
            .zip(lows)
            .map(|(high, low)| high - low)
            .collect();
        rows::all("width", &widths, "finite and not negative", |width| {
            width.is_finite() && width >= 0.0
        })?;
        self.rows += targets.len() as u64;
        for (row, y) in targets.iter().enumerate() {
            if (lows[row]..=highs[row]).contains(y) {
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
        Ok(())
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
}
