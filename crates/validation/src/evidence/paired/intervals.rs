//! Two versions' intervals for the same numbers.

use crate::Error;
use crate::evidence::{IntervalRows, Intervals, PairedRegression};
use crate::table::{Mass, Moments, rows};

/// Two versions' intervals, reduced.
#[derive(Clone, Debug, Default)]
pub struct PairedIntervals {
    pub(super) candidate: Intervals,
    pub(super) previous: Intervals,
    /// Rows whose interval holds the target: `[candidate][previous]`.
    covered: [[Mass; 2]; 2],
    /// By how much the candidate's interval is wider, a row.
    pub(super) width: Moments,
    numbers: PairedRegression,
}

impl PairedIntervals {
    /// Of no rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds rows, as [`Intervals::update`] takes them.
    ///
    /// # Errors
    /// As there, and when one version has numbers beside its intervals and the
    /// other has none. The table is then as it was.
    pub fn update(
        &mut self,
        candidate: &IntervalRows<'_>,
        previous: &IntervalRows<'_>,
        targets: &[f64],
        weights: Option<&[f64]>,
    ) -> Result<(), Error> {
        let wide = [candidate.widths(targets)?, previous.widths(targets)?];
        rows::weights(weights, targets.len())?;
        match (candidate.numbers, previous.numbers) {
            (Some(a), Some(b)) => self.numbers.update(a, b, targets, weights)?,
            (None, None) => {}
            _ => return Err(Error::Unlike("predicted numbers")),
        }
        self.candidate.update(candidate, targets, weights)?;
        self.previous.update(previous, targets, weights)?;
        for (row, &target) in targets.iter().enumerate() {
            let [a, b] = [candidate, previous].map(|of| usize::from(of.holds(row, target)));
            self.covered[a][b] += Mass::of(rows::weight_of(weights, row));
        }
        let [a, b] = &wide;
        let wider: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
        self.width.add(&wider, weights);
        Ok(())
    }

    /// Adds another's rows.
    ///
    /// # Errors
    /// None today; fallible as its siblings are.
    pub fn merge(&mut self, other: Self) -> Result<(), Error> {
        self.candidate.merge(other.candidate)?;
        self.previous.merge(other.previous)?;
        let cells = self.covered.iter_mut().flatten();
        let more = other.covered.into_iter().flatten();
        cells.zip(more).for_each(|(cell, more)| *cell += more);
        self.width.merge(&other.width);
        self.numbers.merge(other.numbers)
    }

    /// The table as metrics read it.
    pub fn finish(self) -> Self {
        self
    }

    pub(crate) fn covered(&self) -> [[Mass; 2]; 2] {
        self.covered
    }

    /// The numbers beside the intervals; `None` unless every row came with them.
    pub(crate) fn numbers(&self) -> Option<&PairedRegression> {
        self.candidate.numbers()?;
        self.previous.numbers()?;
        Some(&self.numbers)
    }
}
