//! Two classes and a score of the positive one.

use crate::Error;
use crate::table::{Confusion, Mass, Moments, Scale, ScoreTable, rows};

/// How a [`Binary`] reads scores.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BinaryOptions {
    /// Rows that score at least this are taken for positive.
    pub threshold: f64,
    /// What scores are. Log loss, Brier score and calibration need
    /// probabilities.
    pub scale: Scale,
    /// At most so many cells of scores.
    pub budget: usize,
}

impl Default for BinaryOptions {
    fn default() -> Self {
        Self {
            threshold: 0.5,
            scale: Scale::Probability,
            budget: ScoreTable::BUDGET,
        }
    }
}

/// Rows of two classes, reduced.
#[derive(Clone, Debug)]
pub struct Binary {
    options: BinaryOptions,
    rows: u64,
    confusion: Confusion,
    scores: ScoreTable,
    log_loss: Moments,
    brier: Moments,
}

impl Binary {
    /// Of no rows.
    pub fn new(options: BinaryOptions) -> Self {
        Self {
            options,
            rows: 0,
            confusion: Confusion::new(2),
            scores: ScoreTable::new(options.scale, options.budget),
            log_loss: Moments::new(),
            brier: Moments::new(),
        }
    }

    /// Adds rows; `true` labels are positive.
    ///
    /// # Errors
    /// Slices of different lengths, a score off its scale, a bad weight. The
    /// table is then as it was.
    pub fn update(
        &mut self,
        scores: &[f64],
        labels: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<(), Error> {
        self.scores.update(scores, labels, weights)?;
        self.rows += scores.len() as u64;
        let mut cells = [Mass::default(); 4];
        for (row, (&score, &label)) in scores.iter().zip(labels).enumerate() {
            let decision = score >= self.options.threshold;
            cells[usize::from(label) * 2 + usize::from(decision)] +=
                Mass::of(rows::weight_of(weights, row));
        }
        for (cell, mass) in cells.into_iter().enumerate() {
            self.confusion.add(cell / 2, cell % 2, mass);
        }
        if self.options.scale == Scale::Probability {
            let pairs = || scores.iter().zip(labels);
            let losses: Vec<f64> = pairs().map(|(&p, &label)| log_loss(p, label)).collect();
            self.log_loss.add(&losses, weights);
            let losses: Vec<f64> = pairs().map(|(&p, &label)| brier(p, label)).collect();
            self.brier.add(&losses, weights);
        }
        Ok(())
    }

    /// Adds another's rows.
    ///
    /// # Errors
    /// Other options.
    pub fn merge(&mut self, other: Self) -> Result<(), Error> {
        if self.options != other.options {
            return Err(Error::Unlike("threshold, scale or budget"));
        }
        self.rows += other.rows;
        self.confusion.merge(&other.confusion)?;
        self.log_loss.merge(&other.log_loss);
        self.brier.merge(&other.brier);
        self.scores.merge(other.scores)
    }

    /// The table with nothing left waiting: what metrics read.
    pub fn finish(mut self) -> Self {
        self.scores.settle();
        self
    }

    /// How scores were read.
    pub fn options(&self) -> BinaryOptions {
        self.options
    }

    /// The number of rows, those of weight zero included.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Labels by decisions at the threshold.
    pub fn confusion(&self) -> &Confusion {
        &self.confusion
    }

    /// Rows by score.
    pub fn scores(&self) -> &ScoreTable {
        &self.scores
    }

    /// Log loss a row; `None` unless scores are probabilities.
    pub fn log_loss(&self) -> Option<&Moments> {
        (self.options.scale == Scale::Probability).then_some(&self.log_loss)
    }

    /// Squared distance from the label a row; `None` unless scores are
    /// probabilities.
    pub fn brier(&self) -> Option<&Moments> {
        (self.options.scale == Scale::Probability).then_some(&self.brier)
    }
}

/// What a probability of the true class costs, in nats. A probability of zero
/// counts as 2⁻⁵², as in scikit-learn, so that one row cannot make the mean of
/// a billion infinite.
pub(crate) fn negative_log(probability: f64) -> f64 {
    -probability.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln()
}

pub(crate) fn log_loss(probability: f64, label: bool) -> f64 {
    let p = probability.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
    -(if label { p } else { 1.0 - p }).ln()
}

pub(crate) fn brier(probability: f64, label: bool) -> f64 {
    let off = probability - f64::from(u8::from(label));
    off * off
}
