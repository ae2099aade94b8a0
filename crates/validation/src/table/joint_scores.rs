//! Two classes of rows by two scores at once.

use super::{Mass, Scale, rows};

/// Rows of one pair of scores, or of a range of pairs counted as one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct JointCell {
    /// Of the candidate's and the previous version's score.
    pub(crate) keys: [u64; 2],
    /// The negative and the positive rows.
    pub(crate) mass: [Mass; 2],
}

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
}

const PENDING_MIN: usize = 1 << 14;

impl JointScores {
    pub(crate) fn new(scale: Scale, budget: usize) -> Self {
        Self {
            scale,
            budget: budget.max(4),
            level: 0,
            cells: Vec::new(),
            pending: Vec::new(),
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
            if weight > 0.0 {
                let mut mass = [Mass::default(); 2];
                mass[usize::from(labels[row])] = Mass::of(weight);
                let keys = [candidate[row], previous[row]].map(|score| self.scale.key(score));
                self.pending.push(JointCell { keys, mass });
            }
        }
        if self.pending.len() >= PENDING_MIN.max(self.cells.len()) {
            self.settle();
        }
    }

    pub(crate) fn merge(&mut self, mut other: Self) {
        let level = self.level.max(other.level);
        self.coarsen_to(level);
        other.coarsen_to(level);
        self.pending.append(&mut other.cells);
        self.pending.append(&mut other.pending);
        self.settle();
    }

    pub(crate) fn settle(&mut self) {
        let mut pending = std::mem::take(&mut self.pending);
        for cell in &mut pending {
            cell.keys = cell
                .keys
                .map(|key| key.checked_shr(self.level).unwrap_or(0));
        }
        self.cells.append(&mut pending);
        self.collapse();
        // Halving the resolution of both scores leaves a quarter to all of the
        // cells, so a few rounds do; many bits at once while none is shared.
        while self.cells.len() > self.budget {
            let step = if self.level == 0 { 24 } else { 1 };
            self.coarsen_to(self.level + step);
        }
    }

    fn coarsen_to(&mut self, level: u32) {
        let further = level - self.level;
        if further == 0 {
            return;
        }
        for cell in self.cells.iter_mut().chain(&mut self.pending) {
            cell.keys = cell.keys.map(|key| key.checked_shr(further).unwrap_or(0));
        }
        self.level = level;
        self.collapse();
    }

    fn collapse(&mut self) {
        // Stable: equal pairs are added up in the order in which they came.
        self.cells.sort_by_key(|cell| cell.keys);
        self.cells.dedup_by(|next, kept| {
            let same = next.keys == kept.keys;
            if same {
                kept.mass[0] += next.mass[0];
                kept.mass[1] += next.mass[1];
            }
            same
        });
    }

    /// Cells, ascending by the candidate's score, then by the previous one's.
    pub(crate) fn cells(&self) -> &[JointCell] {
        &self.cells
    }

    /// The lowest score of a cell with this key.
    pub(crate) fn score_of(&self, key: u64) -> f64 {
        self.scale.score(key.checked_shl(self.level).unwrap_or(0))
    }

    pub(crate) fn is_exact(&self) -> bool {
        self.level == 0
    }
}
