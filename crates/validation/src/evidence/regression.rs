//! Numbers for numbers.

use crate::Error;
use crate::table::{CoMoments, Moments, rows};

/// Rows with a number to predict, reduced.
#[derive(Clone, Debug, Default)]
pub struct Regression {
    rows: u64,
    absolute: Moments,
    squared: Moments,
    /// |error| over |target|, of rows whose target is not zero.
    percentage: Moments,
    zero_targets: u64,
    /// By how much targets are above predictions, and below.
    sides: CoMoments,
    /// Of the squared error, the target off an origin, and its square: what R²
    /// and its error are made of.
    spread: Spread,
}

impl Regression {
    /// Of no rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds rows.
    ///
    /// # Errors
    /// Slices of different lengths, a number that is not finite, a bad weight.
    /// The table is then as it was.
    pub fn update(
        &mut self,
        predictions: &[f64],
        targets: &[f64],
        weights: Option<&[f64]>,
    ) -> Result<(), Error> {
        check_numbers(predictions, targets)?;
        rows::weights(weights, targets.len())?;
        let errors: Vec<f64> = predictions
            .iter()
            .zip(targets)
            .map(|(p, y)| p - y)
            .collect();
        let squares: Vec<f64> = errors.iter().map(|e| e * e).collect();
        rows::finite("squared error", &squares)?;
        self.rows += targets.len() as u64;
        let sizes: Vec<f64> = errors.iter().map(|e| e.abs()).collect();
        self.absolute.add(&sizes, weights);
        self.squared.add(&squares, weights);
        self.spread.add(&[&squares], targets, weights);
        let (above, below) = sides(&errors);
        self.sides.add(&[&above, &below], weights);
        let (shares, of_shares, zeros) = percentages(&sizes, targets, weights);
        self.zero_targets += zeros;
        self.percentage.add(&shares, of_shares.as_deref());
        Ok(())
    }

    /// Adds another's rows.
    ///
    /// # Errors
    /// None today; fallible as its siblings are.
    pub fn merge(&mut self, other: Self) -> Result<(), Error> {
        self.rows += other.rows;
        self.absolute.merge(&other.absolute);
        self.squared.merge(&other.squared);
        self.spread.merge(&other.spread);
        self.sides.merge(&other.sides);
        self.percentage.merge(&other.percentage);
        self.zero_targets += other.zero_targets;
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

    /// |error| a row.
    pub fn absolute(&self) -> &Moments {
        &self.absolute
    }

    /// Squared error a row.
    pub fn squared(&self) -> &Moments {
        &self.squared
    }

    /// |error| over |target| a row, of rows whose target is not zero.
    pub fn percentage(&self) -> &Moments {
        &self.percentage
    }

    /// Rows with weight whose target is zero, which have no percentage.
    pub fn zero_targets(&self) -> u64 {
        self.zero_targets
    }

    pub(crate) fn sides(&self) -> &CoMoments {
        &self.sides
    }

    pub(crate) fn spread(&self) -> &Spread {
        &self.spread
    }
}

pub(crate) fn check_numbers(predictions: &[f64], targets: &[f64]) -> Result<(), Error> {
    rows::same_length("prediction", predictions.len(), targets.len())?;
    rows::finite("prediction", predictions)?;
    rows::finite("target", targets)
}

/// By how much each target is above its prediction, and below.
pub(crate) fn sides(errors: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let above = errors.iter().map(|error| (-error).max(0.0));
    let below = errors.iter().map(|error| error.max(0.0));
    (above.collect(), below.collect())
}

/// Sizes of errors over those of targets that are not zero, the weights of these
/// rows, and how many rows with weight are left out.
pub(crate) fn percentages(
    sizes: &[f64],
    targets: &[f64],
    weights: Option<&[f64]>,
) -> (Vec<f64>, Option<Vec<f64>>, u64) {
    let kept = |row: &usize| targets[*row] != 0.0;
    let rows: Vec<usize> = (0..targets.len()).filter(kept).collect();
    let zeros = (0..targets.len())
        .filter(|row| !kept(row) && rows::weight_of(weights, *row) > 0.0)
        .count();
    let shares = rows
        .iter()
        .map(|&row| sizes[row] / targets[row].abs())
        .collect();
    let weights = weights.map(|weights| rows.iter().map(|&row| weights[row]).collect());
    (shares, weights, zeros as u64)
}

/// Moments of some numbers a row together with a target u off an origin, and
/// u². The origin is the first target, so that large targets lose no digits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spread {
    origin: Option<f64>,
    moments: CoMoments,
}

impl Spread {
    pub(crate) fn add(&mut self, numbers: &[&[f64]], targets: &[f64], weights: Option<&[f64]>) {
        let Some(&first) = targets.first() else {
            return;
        };
        let origin = *self.origin.get_or_insert(first);
        let off: Vec<f64> = targets.iter().map(|y| y - origin).collect();
        let squares: Vec<f64> = off.iter().map(|u| u * u).collect();
        let mut columns = numbers.to_vec();
        columns.extend([&off[..], &squares]);
        self.moments.add(&columns, weights);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        let (Some(origin), Some(theirs)) = (self.origin, other.origin) else {
            if self.origin.is_none() {
                *self = other.clone();
            }
            return;
        };
        // u' = u + d and u'² = u² + 2 d u + d², for the last two columns.
        let d = theirs - origin;
        let moved = other.moments.with_last_shifted(d);
        self.moments.merge(&moved);
    }

    pub(crate) fn moments(&self) -> &CoMoments {
        &self.moments
    }
}
