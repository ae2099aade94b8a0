//! Two classes of rows by two scores at once.

use super::cell::Cell;
use super::counted::Counted;
use super::key::{Key, Pair};
use super::tiles::scattered;
use super::{Mass, Scale};

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
    /// The binary logarithm of how many rows one stands for, once there are
    /// enough.
    stands_for: u32,
    /// Negative and positive rows that came.
    seen: [u64; 2],
}

/// Rows of a class that count one each before any stands for others, so that of
/// a rare class all do.
const ALL_COUNT: u64 = 1 << 10;

impl JointScores {
    pub(crate) fn new(scale: Scale, budget: usize) -> Self {
        Self {
            scale,
            rows: Counted::new(budget.max(4)),
            stands_for: 0,
            seen: [0; 2],
        }
    }

    /// From now on one row of a class stands for two to the power of this many,
    /// beyond the first [`ALL_COUNT`] of it. A variance needs no more: told from m
    /// rows it is off by about √(2 / m) of itself.
    pub(crate) fn thin(&mut self, stands_for: u32) {
        self.stands_for = stands_for;
        self.rows.set_many(1 << stands_for);
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
        if self.stands_for > 0 {
            return self.add_some(rows, weights);
        }
        match weights {
            None => self.rows.add_ones(rows),
            Some(weights) => {
                for ((pair, label), &weight) in rows.zip(weights) {
                    if weight > 0.0 {
                        self.rows.add_weighted(pair, label, Mass::of(weight));
                    }
                }
            }
        }
    }

    /// Adds rows of which not all count.
    fn add_some(&mut self, rows: impl Iterator<Item = ([u64; 2], bool)>, weights: Option<&[f64]>) {
        let (mut ones, mut many) = (Vec::new(), Vec::new());
        for (row, (pair, label)) in rows.enumerate() {
            let seen = self.seen[usize::from(label)];
            self.seen[usize::from(label)] += 1;
            let counts = if seen < ALL_COUNT {
                1
            } else if self.is_drawn(seen) {
                1 << self.stands_for
            } else {
                continue;
            };
            match weights {
                None if counts == 1 => ones.push((pair, label)),
                None => many.push((pair, label)),
                Some(weights) if weights[row] > 0.0 => {
                    let mass = Mass::of(weights[row]) * counts as f64;
                    self.rows.add_weighted(pair, label, mass);
                }
                Some(_) => {}
            }
        }
        if !ones.is_empty() {
            self.rows.add_ones(ones.into_iter());
        }
        if !many.is_empty() {
            self.rows.add_many(many.into_iter());
        }
    }

    /// Whether a row is the one of its block that counts: any of them, so that
    /// nothing which comes round in the rows is met again and again.
    fn is_drawn(&self, row: u64) -> bool {
        let (block, place) = (row >> self.stands_for, row & ((1 << self.stands_for) - 1));
        scattered(block) & ((1 << self.stands_for) - 1) == place
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
        for (seen, more) in self.seen.iter_mut().zip(other.seen) {
            *seen += more;
        }
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
