//! Two classes and a score of the positive one.

use std::borrow::Cow;

use super::logarithm::{ln, vectorised};
use super::{Reads, Which};
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
    /// What is kept of rows, beside decisions.
    pub reads: Reads,
}

impl Default for BinaryOptions {
    fn default() -> Self {
        Self {
            threshold: 0.5,
            scale: Scale::Probability,
            budget: ScoreTable::BUDGET,
            reads: Reads::ALL,
        }
    }
}

impl BinaryOptions {
    /// What is kept: losses are of probabilities.
    fn kept(&self) -> Reads {
        let probabilities = self.scale == Scale::Probability;
        Reads {
            scores: self.reads.scores,
            log_loss: self.reads.log_loss && probabilities,
            brier: self.reads.brier && probabilities,
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
        let rows = BinaryRows::new(self.options, scores, labels, weights)?;
        self.add(&rows, Which::All);
        Ok(())
    }

    /// Adds rows that were made ready, for the same options.
    pub fn add(&mut self, rows: &BinaryRows, which: Which) {
        let BinaryRows {
            side,
            labels,
            weights,
        } = rows;
        let labels = which.of(labels);
        let weights = weights.as_deref().map(|weights| which.of(weights));
        let decided = which.of(&side.decisions);
        let cells = labels.iter().zip(decided.iter());
        let cells = cells.map(|(&label, &decided)| 2 * u8::from(label) + u8::from(decided));
        let masses = tally::<4>(cells, weights.as_deref());
        self.add_decisions(labels.len(), masses);
        let side = side.pick(self.options, which);
        self.add_side(&side, &labels, weights.as_deref());
    }

    /// Adds rows by their label and decision: `2 * label + decision`.
    pub(super) fn add_decisions(&mut self, rows: usize, masses: [Mass; 4]) {
        self.rows += rows as u64;
        for (cell, mass) in masses.into_iter().enumerate() {
            self.confusion.add(cell / 2, cell % 2, mass);
        }
    }

    /// Adds all but the decisions of rows.
    pub(super) fn add_side(&mut self, side: &Picked, labels: &[bool], weights: Option<&[f64]>) {
        self.scores.add(&side.keys, labels, weights);
        self.log_loss.add(&side.log_losses, weights);
        self.brier.add(&side.briers, weights);
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

    /// Rows by score: none, unless they were asked for.
    pub fn scores(&self) -> &ScoreTable {
        &self.scores
    }

    /// Rows by score; `None` unless they were asked for.
    pub(crate) fn kept_scores(&self) -> Option<&ScoreTable> {
        self.options.kept().scores.then_some(&self.scores)
    }

    /// The same; `None` unless scores are probabilities.
    pub(crate) fn probabilities(&self) -> Option<&ScoreTable> {
        let probabilities = self.options.scale == Scale::Probability;
        self.kept_scores().filter(|_| probabilities)
    }

    /// Log loss a row; `None` unless it was asked for and scores are
    /// probabilities.
    pub fn log_loss(&self) -> Option<&Moments> {
        self.options.kept().log_loss.then_some(&self.log_loss)
    }

    /// Squared distance from the label a row; `None` unless it was asked for and
    /// scores are probabilities.
    pub fn brier(&self) -> Option<&Moments> {
        self.options.kept().brier.then_some(&self.brier)
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
        let side = Side::new(options, scores, labels)?;
        rows::weights(weights, scores.len())?;
        Ok(Self {
            side,
            labels: labels.to_vec(),
            weights: weights.map(<[f64]>::to_vec),
        })
    }
}

/// What one version says of rows. What is not kept of them is empty.
#[derive(Clone, Debug)]
pub(super) struct Side {
    pub(super) decisions: Vec<bool>,
    /// In the order of the scores.
    keys: Vec<u64>,
    log_losses: Vec<f64>,
    briers: Vec<f64>,
}

/// The same of some rows, without decisions, and only what is kept.
pub(super) struct Picked<'a> {
    pub(super) keys: Cow<'a, [u64]>,
    pub(super) log_losses: Cow<'a, [f64]>,
    pub(super) briers: Cow<'a, [f64]>,
}

impl Side {
    pub(super) fn new(
        options: BinaryOptions,
        scores: &[f64],
        labels: &[bool],
    ) -> Result<Self, Error> {
        rows::same_length("label", labels.len(), scores.len())?;
        options.scale.check(scores)?;
        let kept = options.kept();
        let keys = || options.scale.keys(scores);
        let pairs = || scores.iter().zip(labels);
        let log_losses = || {
            let mut losses = vec![0.0; scores.len()];
            vectorised(
                #[inline(always)]
                || {
                    for ((loss, &p), &label) in losses.iter_mut().zip(scores).zip(labels) {
                        *loss = log_loss(p, label);
                    }
                },
            );
            losses
        };
        let briers = || pairs().map(|(&p, &label)| brier(p, label)).collect();
        Ok(Self {
            decisions: scores.iter().map(|&s| s >= options.threshold).collect(),
            keys: kept.scores.then(keys).unwrap_or_default(),
            log_losses: kept.log_loss.then(log_losses).unwrap_or_default(),
            briers: kept.brier.then(briers).unwrap_or_default(),
        })
    }

    /// What a table of these options keeps of some rows.
    pub(super) fn pick(&self, options: BinaryOptions, which: Which) -> Picked<'_> {
        fn some<'v, T: Copy>(kept: bool, which: Which, values: &'v [T]) -> Cow<'v, [T]> {
            if kept {
                which.of(values)
            } else {
                Cow::Borrowed(&[])
            }
        }
        let kept = options.kept();
        Picked {
            keys: some(kept.scores, which, &self.keys),
            log_losses: some(kept.log_loss, which, &self.log_losses),
            briers: some(kept.brier, which, &self.briers),
        }
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

#[inline(always)]
pub(crate) fn log_loss(probability: f64, label: bool) -> f64 {
    let p = probability.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
    -ln(if label { p } else { 1.0 - p })
}

#[inline]
pub(crate) fn brier(probability: f64, label: bool) -> f64 {
    let off = probability - f64::from(u8::from(label));
    off * off
}
