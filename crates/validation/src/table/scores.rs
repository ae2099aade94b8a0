//! Two classes of rows by their score.

use serde::{Deserialize, Serialize};

use super::cell::{Cell, collapse, merged};
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
            Scale::Probability if score <= 0.5 => score.to_bits(),
            Scale::Probability => 2 * HALF - (1.0 - score).to_bits(),
            Scale::Real if score < 0.0 => !score.to_bits(),
            Scale::Real => score.to_bits() | SIGN,
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
pub struct ScoreTable {
    scale: Scale,
    budget: usize,
    /// How many of the last bits of a key are left out.
    level: u32,
    cells: Vec<ScoreCell>,
    pending: Vec<ScoreCell>,
    /// Rows of weight one that wait, as keys alone: the usual case, and faster.
    pending_ones: [Vec<u64>; 2],
}

/// Rows wait until there are this many, or as many as there are cells.
const PENDING_MIN: usize = 1 << 14;

impl ScoreTable {
    /// Enough for about ten megabytes.
    pub const BUDGET: usize = 1 << 18;

    /// Of no rows, with at most `budget` cells (at least two).
    pub fn new(scale: Scale, budget: usize) -> Self {
        Self {
            scale,
            budget: budget.max(2),
            level: 0,
            cells: Vec::new(),
            pending: Vec::new(),
            pending_ones: [Vec::new(), Vec::new()],
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
        self.add(scores, labels, weights);
        Ok(())
    }

    /// Adds rows that are known to be good.
    pub(crate) fn add(&mut self, scores: &[f64], labels: &[bool], weights: Option<&[f64]>) {
        match weights {
            None => {
                for (&score, &label) in scores.iter().zip(labels) {
                    self.pending_ones[usize::from(label)].push(self.scale.key(score));
                }
            }
            Some(weights) => {
                for ((&score, &label), &weight) in scores.iter().zip(labels).zip(weights) {
                    if weight > 0.0 {
                        let key = self.scale.key(score);
                        self.pending
                            .push(Cell::of_row(key, label, Mass::of(weight)));
                    }
                }
            }
        }
        let waiting = self.pending.len() + self.pending_ones[0].len() + self.pending_ones[1].len();
        if waiting >= PENDING_MIN.max(self.cells.len()) {
            self.settle();
        }
    }

    /// Adds another's rows.
    ///
    /// # Errors
    /// Another scale or budget.
    pub fn merge(&mut self, mut other: Self) -> Result<(), Error> {
        if self.scale != other.scale {
            return Err(Error::Unlike("scale of scores"));
        }
        if self.budget != other.budget {
            return Err(Error::Unlike("budget of cells"));
        }
        self.settle();
        other.settle();
        let level = self.level.max(other.level);
        self.coarsen_to(level);
        other.coarsen_to(level);
        self.cells = merged(std::mem::take(&mut self.cells), other.cells);
        self.fit();
        Ok(())
    }

    /// Moves what waits into the cells.
    pub(crate) fn settle(&mut self) {
        let ones = std::mem::take(&mut self.pending_ones);
        for (label, mut keys) in ones.into_iter().enumerate() {
            keys.iter_mut().for_each(|key| *key >>= self.level);
            keys.sort_unstable();
            let runs = keys
                .chunk_by(|a, b| a == b)
                .map(|run| Cell::of_row(run[0], label == 1, Mass::of_rows(run.len() as u64)));
            let cells: Vec<_> = runs.collect();
            self.cells = merged(std::mem::take(&mut self.cells), cells);
        }
        let mut pending = std::mem::take(&mut self.pending);
        if !pending.is_empty() {
            pending.iter_mut().for_each(|cell| cell.key >>= self.level);
            pending.sort_by_key(|cell| cell.key);
            collapse(&mut pending);
            self.cells = merged(std::mem::take(&mut self.cells), pending);
        }
        self.fit();
    }

    /// Coarsens until the cells fit the budget.
    fn fit(&mut self) {
        if self.cells.len() <= self.budget {
            return;
        }
        // Two neighbours share a cell once all bits in which they differ are
        // left out: count neighbours by their highest differing bit.
        let mut splits = [0_usize; 65];
        for pair in self.cells.windows(2) {
            splits[(64 - (pair[0].key ^ pair[1].key).leading_zeros()) as usize] += 1;
        }
        let mut cells = self.cells.len();
        let mut further = 0;
        while cells > self.budget {
            further += 1;
            cells -= splits[further];
        }
        self.coarsen_to(self.level + further as u32);
    }

    fn coarsen_to(&mut self, level: u32) {
        let further = level - self.level;
        if further > 0 {
            for cell in &mut self.cells {
                cell.key = cell.key.checked_shr(further).unwrap_or(0);
            }
            collapse(&mut self.cells);
            self.level = level;
        }
    }

    /// The table with nothing left waiting: what is read at the end.
    pub fn finish(mut self) -> Self {
        self.settle();
        self
    }

    /// The table, if nothing waits to be counted.
    pub(crate) fn finished(&self, metric: &str) -> Result<&Self, Error> {
        let waiting = self.pending.len() + self.pending_ones.iter().map(Vec::len).sum::<usize>();
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
        &self.cells
    }

    /// All rows as negative ones beside all rows of another as positive ones:
    /// two samples in one table.
    pub(crate) fn beside(&self, other: &Self) -> Result<Self, Error> {
        let labelled = |table: &Self, label: usize| {
            let mut table = table.clone().finish();
            for cell in &mut table.cells {
                let all = cell.mass[0] + cell.mass[1];
                cell.mass = [Mass::default(); 2];
                cell.mass[label] = all;
            }
            table
        };
        let mut both = labelled(self, 0);
        // Cells of both may be twice as many as of one.
        both.budget *= 2;
        let mut second = labelled(other, 1);
        second.budget *= 2;
        both.merge(second)?;
        Ok(both)
    }

    /// Whether each cell holds rows of one score only.
    pub fn is_exact(&self) -> bool {
        self.level == 0
    }

    /// The lowest and the highest score that a cell stands for.
    pub fn range_of(&self, cell: &ScoreCell) -> (f64, f64) {
        let low = cell.key << self.level;
        let high = low | ((1_u64 << self.level) - 1);
        match self.scale {
            Scale::Probability => (self.scale.score(low), self.scale.score(high.min(2 * HALF))),
            Scale::Real => (self.scale.score(low), self.scale.score(high)),
        }
    }

    /// The lowest key that a cell stands for.
    pub(crate) fn first_key(&self, cell: &ScoreCell) -> u64 {
        cell.key << self.level
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
        for cell in &self.cells {
            totals[0] += cell.mass[0];
            totals[1] += cell.mass[1];
        }
        totals
    }
}
