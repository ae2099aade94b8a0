//! Two versions' numbers on the same rows.

use crate::Error;
use crate::evidence::Regression;
use crate::evidence::regression::{Spread, check_numbers, percentages, sides};
use crate::table::{CoMoments, Moments, rows};

/// Two versions' numbers, reduced.
#[derive(Clone, Debug, Default)]
pub struct PairedRegression {
    pub(super) candidate: Regression,
    pub(super) previous: Regression,
    pub(super) absolute: Moments,
    pub(super) squared: Moments,
    pub(super) percentage: Moments,
    /// By how much targets are above the candidate's predictions, and below;
    /// the same for the previous version.
    sides: CoMoments,
    spread: Spread,
}

impl PairedRegression {
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
        candidate: &[f64],
        previous: &[f64],
        targets: &[f64],
        weights: Option<&[f64]>,
    ) -> Result<(), Error> {
        check_numbers(previous, targets)?;
        let errors =
            |of: &[f64]| -> Vec<f64> { of.iter().zip(targets).map(|(p, y)| p - y).collect() };
        let b = errors(previous);
        let squares = |of: &[f64]| -> Vec<f64> { of.iter().map(|e| e * e).collect() };
        rows::finite("squared error", &squares(&b))?;
        self.candidate.update(candidate, targets, weights)?;
        self.previous.update(previous, targets, weights)?;
        let a = errors(candidate);
        let ((a_above, a_below), (b_above, b_below)) = (sides(&a), sides(&b));
        self.sides
            .add(&[&a_above, &a_below, &b_above, &b_below], weights);
        let sizes = |of: &[f64]| -> Vec<f64> { of.iter().map(|e| e.abs()).collect() };
        let (a, b) = (sizes(&a), sizes(&b));
        let less =
            |a: &[f64], b: &[f64]| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a - b).collect() };
        self.absolute.add(&less(&a, &b), weights);
        let (shares_a, of_shares, _) = percentages(&a, targets, weights);
        let (shares_b, ..) = percentages(&b, targets, weights);
        self.percentage
            .add(&less(&shares_a, &shares_b), of_shares.as_deref());
        let (a, b) = (squares(&a), squares(&b));
        self.squared.add(&less(&a, &b), weights);
        self.spread.add(&[&a, &b], targets, weights);
        Ok(())
    }

    /// Adds another's rows.
    ///
    /// # Errors
    /// None today; fallible as its siblings are.
    pub fn merge(&mut self, other: Self) -> Result<(), Error> {
        self.candidate.merge(other.candidate)?;
        self.previous.merge(other.previous)?;
        self.absolute.merge(&other.absolute);
        self.squared.merge(&other.squared);
        self.percentage.merge(&other.percentage);
        self.sides.merge(&other.sides);
        self.spread.merge(&other.spread);
        Ok(())
    }

    /// The table as metrics read it.
    pub fn finish(self) -> Self {
        self
    }

    pub(crate) fn sides(&self) -> &CoMoments {
        &self.sides
    }

    pub(crate) fn spread(&self) -> &Spread {
        &self.spread
    }
}
