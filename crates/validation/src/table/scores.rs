//! Two classes of rows by their score.

use serde::{Deserialize, Serialize};

use super::cell::Cell;
use super::counted::Counted;
use super::key::Key;
use super::{Mass, rows};
use crate::Error;

/// What scores are, which decides where they are told apart finely.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// Between zero and one, with the same relative resolution near both.
    Probability,
    /// Any finite number, with the same relative resolution everywhere.
    Real,
}

/// The bits of one half, and of one, as a double.
const HALF: u64 = 0x3FE0_0000_0000_0000;
const SIGN: u64 = 1 << 63;

impl Scale {
    /// A whole number that orders as the scores do, different for different
    /// scores. Probabilities from one half up are told by their distance from
    /// one, which subtraction gives exactly (Sterbenz, 1974).
    pub(crate) fn key(self, score: f64) -> u64 {
        // Minus zero is zero.
        let score = score + 0.0;
        match self {
            // Both sides are worked out, so that nothing depends on a guess at
            // which it is: half of all guesses would be wrong.
            Scale::Probability => {
                let (low, high) = (score.to_bits(), 2 * HALF - (1.0 - score).to_bits());
                if score <= 0.5 { low } else { high }
            }
            Scale::Real => {
                let bits = score.to_bits();
                bits ^ ((bits.cast_signed() >> 63).cast_unsigned() | SIGN)
            }
        }
    }

    /// The keys of many scores.
    pub(crate) fn keys(self, scores: &[f64]) -> Vec<u64> {
        // One loop for each scale, so that none decides anew for each row.
        match self {
            Scale::Probability => {
                let keys = scores.iter().map(|&score| Scale::Probability.key(score));
                keys.collect()
            }
            Scale::Real => scores.iter().map(|&score| Scale::Real.key(score)).collect(),
        }
    }

    /// The score of this key.
    pub(crate) fn score(self, key: u64) -> f64 {
        match self {
            Scale::Probability if key <= HALF => f64::from_bits(key),
            Scale::Probability => 1.0 - f64::from_bits((2 * HALF).saturating_sub(key)),
            Scale::Real if key & SIGN == 0 => f64::from_bits(!key),
            Scale::Real => f64::from_bits(key & !SIGN),
        }
    }

    /// Refuses the first score that is not on this scale.
    pub(crate) fn check(self, scores: &[f64]) -> Result<(), Error> {
        match self {
            Scale::Probability => rows::all("score", scores, "between 0 and 1", |score| {
                (0.0..=1.0).contains(&score)
            }),
            Scale::Real => rows::finite("score", scores),
        }
    }
}

/// The rows of one score, or of a range of scores that are counted as one.
pub type ScoreCell = Cell<u64>;

/// Rows by score and class, in ascending order of score.
///
/// Every distinct score has its own cell while there are no more of them than
/// the budget. Beyond that, neighbouring scores share one: scores are ranked by
/// as many leading bits of their keys as the budget allows. Which scores share
/// a cell depends on the scores alone, not on the order in which they came.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Saved", into = "Saved")]
pub struct ScoreTable {
    scale: Scale,
    rows: Counted<u64>,
}

/// A table as it is kept: nothing waits in it.
#[derive(Serialize, Deserialize)]
struct Saved {
    scale: Scale,
    budget: usize,
    /// How many of the last bits of a key are left out.
    level: u32,
    cells: Vec<ScoreCell>,
}

impl From<Saved> for ScoreTable {
    fn from(saved: Saved) -> Self {
        Self {
            scale: saved.scale,
            rows: Counted::of(saved.budget, saved.level, saved.cells),
        }
    }
}

impl From<ScoreTable> for Saved {
    fn from(mut table: ScoreTable) -> Self {
        table.rows.settle();
        Self {
            scale: table.scale,
            budget: table.rows.budget(),
            level: table.rows.level(),
            cells: table.rows.cells().to_vec(),
        }
    }
}

impl ScoreTable {
    /// Enough for about ten megabytes.
    pub const BUDGET: usize = 1 << 18;

    /// Of no rows, with at most `budget` cells (at least two).
    pub fn new(scale: Scale, budget: usize) -> Self {
        Self {
            scale,
            rows: Counted::new(budget.max(2)),
        }
    }

    /// Adds rows: `true` labels are positive.
    ///
    /// # Errors
    /// Slices of different lengths, a score off the scale, a bad weight.
    pub fn update(
        &mut self,
        scores: &[f64],
        labels: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<(), Error> {
        rows::same_length("label", labels.len(), scores.len())?;
        self.scale.check(scores)?;
        rows::weights(weights, scores.len())?;
        self.add(&self.scale.keys(scores), labels, weights);
        Ok(())
    }

    /// Adds rows by the keys of their scores, known to be good.
    pub(crate) fn add(&mut self, keys: &[u64], labels: &[bool], weights: Option<&[f64]>) {
        let rows = keys.iter().copied().zip(labels.iter().copied());
        match weights {
            None => self.rows.add_ones(rows),
            Some(weights) => {
                for ((key, label), &weight) in rows.zip(weights) {
                    if weight > 0.0 {
                        self.rows.add_weighted(key, label, Mass::of(weight));
                    }
                }
            }
        }
    }

    /// Adds negative rows of weight one: all that a table of one class needs.
    pub(crate) fn add_unlabelled(&mut self, scores: &[f64]) {
        let keys = self.scale.keys(scores);
        self.rows.add_ones(keys.into_iter().map(|key| (key, false)));
    }

    pub(crate) fn known_level(&self) -> Option<u32> {
        self.rows.known_level()
    }

    pub(crate) fn begin_at(&mut self, known: Option<u32>) {
        self.rows.begin_at(known);
    }

    /// At most so many cells from now on.
    pub(crate) fn shrink(&mut self, budget: usize) {
        self.rows.shrink(budget.max(2));
    }

    /// Adds another's rows.
    ///
    /// # Errors
    /// Another scale or budget.
    pub fn merge(&mut self, other: Self) -> Result<(), Error> {
        if self.scale != other.scale {
            return Err(Error::Unlike("scale of scores"));
        }
        if self.rows.budget() != other.rows.budget() {
            return Err(Error::Unlike("budget of cells"));
        }
        self.rows.merge(other.rows);
        Ok(())
    }

    /// Moves what waits into the cells.
    pub(crate) fn settle(&mut self) {
        self.rows.settle();
    }

    /// The table with nothing left waiting: what is read at the end.
    pub fn finish(mut self) -> Self {
        self.settle();
        self
    }

    /// The table, if nothing waits to be counted.
    pub(crate) fn finished(&self, metric: &str) -> Result<&Self, Error> {
        let waiting = self.rows.waiting();
        if waiting == 0 {
            return Ok(self);
        }
        Err(Error::undefined(
            metric,
            format!("{waiting} rows still wait to be counted: `finish` was not called"),
        ))
    }

    /// Cells in ascending order of score. Call [`finish`](Self::finish) first:
    /// rows that still wait are not among them.
    pub fn cells(&self) -> &[ScoreCell] {
        self.rows.cells()
    }

    /// All rows as negative ones beside all rows of another as positive ones:
    /// two samples in one table.
    pub(crate) fn beside(&self, other: &Self) -> Result<Self, Error> {
        let labelled = |table: &Self, label: usize| {
            let mut cells = table.clone().finish().rows.cells().to_vec();
            for cell in &mut cells {
                let all = cell.mass[0] + cell.mass[1];
                cell.mass = [Mass::default(); 2];
                cell.mass[label] = all;
            }
            // Cells of both may be twice as many as of one.
            let rows = Counted::of(2 * table.rows.budget(), table.rows.level(), cells);
            let scale = table.scale;
            Self { scale, rows }
        };
        let mut both = labelled(self, 0);
        both.merge(labelled(other, 1))?;
        Ok(both.finish())
    }

    /// Whether each cell holds rows of one score only.
    pub fn is_exact(&self) -> bool {
        self.rows.level() == 0
    }

    /// The lowest and the highest score that a cell stands for.
    pub fn range_of(&self, cell: &ScoreCell) -> (f64, f64) {
        let (level, low) = (self.rows.level(), self.first_key(cell));
        let high = low | (1_u64.checked_shl(level).unwrap_or(0).wrapping_sub(1));
        match self.scale {
            Scale::Probability => (self.scale.score(low), self.scale.score(high.min(2 * HALF))),
            Scale::Real => (self.scale.score(low), self.scale.score(high)),
        }
    }

    /// The lowest key that a cell stands for.
    pub(crate) fn first_key(&self, cell: &ScoreCell) -> u64 {
        cell.key().raw(self.rows.level())
    }

    /// The score in the middle of a cell.
    pub(crate) fn middle_of(&self, cell: &ScoreCell) -> f64 {
        let (low, high) = self.range_of(cell);
        if low == high {
            low
        } else {
            low + 0.5 * (high - low)
        }
    }

    /// All negative and all positive rows.
    pub fn totals(&self) -> [Mass; 2] {
        let mut totals = [Mass::default(); 2];
        for cell in self.cells() {
            totals[0] += cell.mass[0];
            totals[1] += cell.mass[1];
        }
        totals
    }
}
