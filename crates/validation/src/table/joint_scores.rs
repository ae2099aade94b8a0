//! Two classes of rows by two scores at once.

use super::Scale;
use super::cell::Cell;
use super::counted::Counted;
use super::key::{Key, Pair};

/// Rows of one pair of scores, the candidate's and the previous version's, or of
/// a range of pairs counted as one.
pub(crate) type JointCell = Cell<Pair>;

/// Rows by the scores of two versions and by class.
///
/// Exact while there are no more distinct pairs than the budget; coarsened in
/// the same way as a [`ScoreTable`](super::ScoreTable) beyond that. It serves
/// how two versions vary together; each one's own ranking is kept apart, and
/// finer.
#[derive(Clone, Debug)]
pub(crate) struct JointScores {
    scale: Scale,
    rows: Counted<Pair>,
}

impl JointScores {
    pub(crate) fn new(scale: Scale, budget: usize) -> Self {
        Self {
            scale,
            rows: Counted::new(budget.max(4)),
        }
    }

    /// Adds rows by the keys of their scores, known to be good.
    pub(crate) fn add(
        &mut self,
        candidate: &[u64],
        previous: &[u64],
        labels: &[bool],
        weights: Option<&[f64]>,
    ) {
        let pairs = candidate.iter().zip(previous).map(|(&a, &b)| [a, b]);
        let rows = pairs.zip(labels.iter().copied());
        match weights {
            None => self.rows.add_ones(rows),
            Some(weights) => {
                for ((pair, label), &weight) in rows.zip(weights) {
                    if weight > 0.0 {
                        self.rows.add_weighted(pair, label, weight);
                    }
                }
            }
        }
    }

    pub(crate) fn known_level(&self) -> Option<u32> {
        self.rows.known_level()
    }

    pub(crate) fn begin_at(&mut self, known: Option<u32>) {
        self.rows.begin_at(known);
    }

    /// At most so many cells from now on.
    pub(crate) fn shrink(&mut self, budget: usize) {
        self.rows.shrink(budget.max(4));
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.rows.merge(other.rows);
    }

    /// Moves what waits into the cells.
    pub(crate) fn settle(&mut self) {
        self.rows.settle();
    }

    /// Cells, in an order in which pairs of like scores are neighbours.
    pub(crate) fn cells(&self) -> &[JointCell] {
        self.rows.cells()
    }

    /// The lowest keys of single scores that a cell stands for.
    pub(crate) fn first_keys(&self, cell: &JointCell) -> [u64; 2] {
        cell.key().raw(self.rows.level())
    }

    /// The lowest scores of a cell.
    pub(crate) fn scores_of(&self, cell: &JointCell) -> [f64; 2] {
        self.first_keys(cell).map(|key| self.scale.score(key))
    }

    /// Places of the cells in ascending order of one version's score, with the
    /// key of that score.
    pub(crate) fn order_by(&self, version: usize) -> Vec<(u64, u32)> {
        let cells = self.cells().iter().enumerate();
        let mut order: Vec<_> = cells
            .map(|(i, cell)| (cell.key().both()[version], i as u32))
            .collect();
        order.sort_unstable();
        order
    }

    pub(crate) fn is_exact(&self) -> bool {
        self.rows.level() == 0
    }
}
