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
        self.add(&BinaryRows::new(self.options, scores, labels, weights)?);
        Ok(())
    }

    /// Adds rows that were made ready, for the same options.
    pub fn add(&mut self, rows: &BinaryRows) {
        self.add_side(&rows.side, &rows.labels, rows.weights.as_deref());
    }

    pub(super) fn add_side(&mut self, side: &Side, labels: &[bool], weights: Option<&[f64]>) {
        self.rows += labels.len() as u64;
        let decided = side.decisions(self.options.threshold);
        let cells = (labels.iter().zip(&decided)).map(|(&l, &d)| 2 * u8::from(l) + u8::from(d));
        let masses = tally::<4>(cells, weights);
        for (cell, mass) in masses.into_iter().enumerate() {
            self.confusion.add(cell / 2, cell % 2, mass);
        }
        self.scores.add(&side.keys, labels, weights);
        if self.options.scale == Scale::Probability {
            self.log_loss.add(&side.log_losses, weights);
            self.brier.add(&side.briers(labels), weights);
        }
    }

    /// How finely scores are told apart by now; `None` while that is not settled.
    pub fn known_level(&self) -> Option<u32> {
        self.scores.known_level()
    }

    /// Of no rows, to begin with what is known of others from the same table:
    /// faster, and of all rows the same comes.
    pub fn begin_at(&mut self, known: Option<u32>) {
        self.scores.begin_at(known);
    }

    /// At most so many cells of scores from now on.
    pub fn shrink(&mut self, budget: usize) {
        self.options.budget = self.options.budget.min(budget);
        self.scores.shrink(budget);
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

/// Rows of two classes made ready for [`Binary::add`]: checked, and what every
/// table that they go into would compute is computed.
#[derive(Clone, Debug)]
pub struct BinaryRows {
    side: Side,
    labels: Vec<bool>,
    weights: Option<Vec<f64>>,
}

impl BinaryRows {
    /// Rows as [`Binary::update`] takes them.
    ///
    /// # Errors
    /// As there.
    pub fn new(
        options: BinaryOptions,
        scores: &[f64],
        labels: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<Self, Error> {
        let side = Side::new(options.scale, scores, labels)?;
        rows::weights(weights, scores.len())?;
        Ok(Self {
            side,
            labels: labels.to_vec(),
            weights: weights.map(<[f64]>::to_vec),
        })
    }

    /// The rows at these places, in this order.
    pub fn pick(&self, places: &[u32]) -> Self {
        Self {
            side: self.side.pick(places),
            labels: rows::pick(&self.labels, places),
            weights: self.weights.as_deref().map(|w| rows::pick(w, places)),
        }
    }
}

/// What one version says of rows.
#[derive(Clone, Debug)]
pub(super) struct Side {
    pub(super) scores: Vec<f64>,
    /// In the order of the scores.
    pub(super) keys: Vec<u64>,
    /// Empty unless scores are probabilities.
    pub(super) log_losses: Vec<f64>,
}

impl Side {
    pub(super) fn new(scale: Scale, scores: &[f64], labels: &[bool]) -> Result<Self, Error> {
        rows::same_length("label", labels.len(), scores.len())?;
        scale.check(scores)?;
        let log_losses = match scale {
            Scale::Probability => {
                let pairs = scores.iter().zip(labels);
                pairs.map(|(&p, &label)| log_loss(p, label)).collect()
            }
            Scale::Real => Vec::new(),
        };
        Ok(Self {
            scores: scores.to_vec(),
            keys: scale.keys(scores),
            log_losses,
        })
    }

    pub(super) fn pick(&self, places: &[u32]) -> Self {
        Self {
            scores: rows::pick(&self.scores, places),
            keys: rows::pick(&self.keys, places),
            log_losses: if self.log_losses.is_empty() {
                Vec::new()
            } else {
                rows::pick(&self.log_losses, places)
            },
        }
    }

    pub(super) fn decisions(&self, threshold: f64) -> Vec<bool> {
        self.scores
            .iter()
            .map(|&score| score >= threshold)
            .collect()
    }

    pub(super) fn briers(&self, labels: &[bool]) -> Vec<f64> {
        let pairs = self.scores.iter().zip(labels);
        pairs.map(|(&p, &label)| brier(p, label)).collect()
    }
}

/// Tallies that do not wait for each other.
const LANES: usize = 4;

/// The rows of each of so many cells.
pub(super) fn tally<const CELLS: usize>(
    cells: impl Iterator<Item = u8>,
    weights: Option<&[f64]>,
) -> [Mass; CELLS] {
    let mut masses = [Mass::default(); CELLS];
    if let Some(weights) = weights {
        for (cell, &weight) in cells.zip(weights) {
            masses[usize::from(cell) % CELLS] += Mass::of(weight);
        }
        return masses;
    }
    let mut counts = [[0_u32; CELLS]; LANES];
    for (row, cell) in cells.enumerate() {
        counts[row % LANES][usize::from(cell) % CELLS] += 1;
    }
    for counts in counts {
        for (mass, rows) in masses.iter_mut().zip(counts) {
            *mass += Mass::of_rows(rows.into());
        }
    }
    masses
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
