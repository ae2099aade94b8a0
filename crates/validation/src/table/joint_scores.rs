//! Two classes of rows by two scores at once.

use super::cell::{Cell, collapse, merged};
use super::{Mass, Scale, rows};

/// Rows of one pair of scores, the candidate's and the previous version's, or of
/// a range of pairs counted as one.
pub(crate) type JointCell = Cell<[u64; 2]>;

/// Rows by the scores of two versions and by class.
///
/// Exact while there are no more distinct pairs than the budget; coarsened in
/// the same way as a [`ScoreTable`](super::ScoreTable) beyond that. It serves
/// how two versions vary together; each one's own ranking is kept apart, and
/// finer.
#[derive(Clone, Debug)]
pub(crate) struct JointScores {
    scale: Scale,
    budget: usize,
    level: u32,
    cells: Vec<JointCell>,
    pending: Vec<JointCell>,
    /// Rows of weight one that wait, the usual case: smaller, so faster to sort.
    pending_ones: Vec<([u64; 2], bool)>,
}

const PENDING_MIN: usize = 1 << 14;

const FIRST_STEP: u32 = 24;

impl JointScores {
    pub(crate) fn new(scale: Scale, budget: usize) -> Self {
        Self {
            scale,
            budget: budget.max(4),
            level: 0,
            cells: Vec::new(),
            pending: Vec::new(),
            pending_ones: Vec::new(),
        }
    }

    /// Adds rows that are known to be good.
    pub(crate) fn add(
        &mut self,
        candidate: &[f64],
        previous: &[f64],
        labels: &[bool],
        weights: Option<&[f64]>,
    ) {
        for row in 0..labels.len() {
            let weight = rows::weight_of(weights, row);
            let keys = [candidate[row], previous[row]].map(|score| self.scale.key(score));
            if weight == 1.0 {
                self.pending_ones.push((keys, labels[row]));
            } else if weight > 0.0 {
                self.pending
                    .push(Cell::of_row(keys, labels[row], Mass::of(weight)));
            }
        }
        if self.pending.len() + self.pending_ones.len() >= PENDING_MIN.max(self.cells.len()) {
            self.settle();
        }
    }

    pub(crate) fn merge(&mut self, mut other: Self) {
        self.settle();
        other.settle();
        let level = self.level.max(other.level);
        self.coarsen_to(level);
        other.coarsen_to(level);
        self.cells = merged(std::mem::take(&mut self.cells), other.cells);
        self.fit();
    }

    /// Moves what waits into the cells.
    pub(crate) fn settle(&mut self) {
        let shift = |keys: [u64; 2]| keys.map(|key| key.checked_shr(self.level).unwrap_or(0));
        let mut ones = std::mem::take(&mut self.pending_ones);
        ones.iter_mut().for_each(|row| row.0 = shift(row.0));
        ones.sort_unstable();
        let mut new: Vec<_> = ones
            .chunk_by(|a, b| a == b)
            .map(|run| Cell::of_row(run[0].0, run[0].1, Mass::of_rows(run.len() as u64)))
            .collect();
        collapse(&mut new);
        let mut pending = std::mem::take(&mut self.pending);
        pending
            .iter_mut()
            .for_each(|cell| cell.key = shift(cell.key));
        // Stable: equal pairs are added up in the order in which they came.
        pending.sort_by_key(|cell| cell.key);
        collapse(&mut pending);
        let new = merged(new, pending);
        self.cells = merged(std::mem::take(&mut self.cells), new);
        self.fit();
    }

    /// Coarsens until the cells fit the budget. Leaving out a bit of both keys
    /// leaves a quarter to all of the cells, so a few rounds do; many bits at
    /// once while hardly any two pairs share them.
    fn fit(&mut self) {
        while self.cells.len() > self.budget {
            let step = if self.level == 0 { FIRST_STEP } else { 1 };
            self.coarsen_to(self.level + step);
        }
    }

    fn coarsen_to(&mut self, level: u32) {
        let further = level - self.level;
        if further > 0 {
            for cell in &mut self.cells {
                cell.key = cell.key.map(|key| key.checked_shr(further).unwrap_or(0));
            }
            self.level = level;
            // Pairs that share a first key now may be out of order in the second.
            self.cells.sort_by_key(|cell| cell.key);
            collapse(&mut self.cells);
        }
    }

    /// Cells, ascending by the candidate's score, then by the previous one's.
    pub(crate) fn cells(&self) -> &[JointCell] {
        &self.cells
    }

    /// The lowest key of single scores that this key of a cell stands for.
    pub(crate) fn first_key(&self, key: u64) -> u64 {
        key.checked_shl(self.level).unwrap_or(0)
    }

    /// The lowest score of a cell with this key.
    pub(crate) fn score_of(&self, key: u64) -> f64 {
        self.scale.score(self.first_key(key))
    }

    /// Places of the cells in ascending order of one version's score, with the
    /// key of that score.
    pub(crate) fn order_by(&self, version: usize) -> Vec<(u64, u32)> {
        let cells = self.cells.iter().enumerate();
        let mut order: Vec<_> = cells
            .map(|(i, cell)| (cell.key[version], i as u32))
            .collect();
        if version > 0 {
            // In the order of the first version's scores they are already.
            order.sort_unstable();
        }
        order
    }

    pub(crate) fn is_exact(&self) -> bool {
        self.level == 0
    }
}
