//! Rows of one version or of two, reduced to what metrics read.

use seatrial_data::predictions::{Chunk, Predictions, ScoreScale, Task};
use seatrial_validation::clustered::{OneVersion, Reduced, TwoVersions};
use seatrial_validation::evidence::{
    Binary, BinaryOptions, BinaryRows, Classes, Evidence, Intervals, Labels, Paired, PairedBinary,
    PairedBinaryRows, PairedClasses, PairedIntervals, PairedLabels, PairedQueries,
    PairedRegression, Queries, Query, Reads, Regression, Which,
};
use seatrial_validation::table::{Scale, ScoreTable};
use seatrial_validation::{Error, Metric};

use super::ready::{Columns, Ready, indices, positive};

/// Rows of one version, or of two, reduced.
pub(super) trait Reduce: Send + Sized {
    /// Rows made ready, once for all that they are added to.
    type Rows;

    /// Cells of scores that all slices together have at most.
    const SLICES_CELLS: usize;

    /// Of no rows.
    fn new(task: &Task, asked: Asked<'_>) -> Self;

    /// Queries made ready: so many numbers of each in place of what is predicted.
    fn queries(numbers: usize, queries: Chunk, previous: Vec<f64>) -> Self::Rows;

    /// Makes rows ready that were found sound; `previous` has the other version's
    /// numbers, where there are two.
    fn rows(
        task: &Task,
        asked: Asked<'_>,
        rows: Chunk,
        previous: Vec<f64>,
    ) -> Result<Self::Rows, Error>;

    fn update(&mut self, rows: &Self::Rows, which: Which<'_>) -> Result<(), Error>;

    /// At most so many cells of scores from now on.
    fn shrink(&mut self, budget: usize);

    /// What is known of how finely scores will be told apart.
    fn known(&self) -> Known;

    /// Of no rows, to begin with what is known of others of the same table.
    fn begin_at(&mut self, known: Known);

    fn merge(&mut self, later: Self) -> Result<(), Error>;

    fn finish(self) -> Self;
}

/// What rows are reduced for.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    metrics: &'a [Metric],
    /// Whether they are drawn too, by their score.
    drawn: bool,
    /// How many there are in all.
    rows: u64,
    /// The score from which the previous version took a row for positive.
    threshold_before: Option<f64>,
}

impl<'a> Asked<'a> {
    /// Asked of each slice of a table.
    pub fn of(predictions: &Predictions, metrics: &'a [Metric]) -> Self {
        Self {
            metrics,
            drawn: false,
            rows: predictions.table().rows(),
            threshold_before: None,
        }
    }

    /// The same, asked of two versions.
    pub fn beside(self, previous: &Predictions) -> Self {
        let threshold_before = match previous.task() {
            Task::Binary { threshold, .. } => Some(*threshold),
            _ => None,
        };
        Self {
            threshold_before,
            ..self
        }
    }

    /// Asked of all rows.
    pub fn and_drawn(self) -> Self {
        Self {
            drawn: true,
            ..self
        }
    }

    /// The numbers that are needed of each query, where documents are ranked.
    pub fn numbers(self) -> Vec<Query> {
        let mut numbers = Vec::new();
        for number in self.metrics.iter().filter_map(Metric::query) {
            if !numbers.contains(&number) {
                numbers.push(number);
            }
        }
        numbers
    }

    fn reads(self) -> Reads {
        let reads = Reads::of(self.metrics);
        if self.drawn {
            reads.and_scores()
        } else {
            reads
        }
    }

    /// How many rows one pair of scores stands for, as a binary logarithm: of many
    /// rows, so many count that a variance is told to one in a thousand.
    fn stands_for(self) -> u32 {
        (self.rows / PAIRS_MIN).max(1).ilog2().min(STANDS_FOR_MAX)
    }
}

/// Pairs of scores that count at least, of however many rows.
const PAIRS_MIN: u64 = 1 << 21;

/// Slices share what counts: not one in too many rows.
const STANDS_FOR_MAX: u32 = 5;

/// Levels of the candidate's scores, the previous version's and of pairs.
pub(super) type Known = [Option<u32>; 3];

/// One version.
#[derive(Clone)]
pub(super) enum One {
    Binary(Box<Binary>),
    Classes(Classes),
    Decisions(Classes),
    Regression(Regression),
    Intervals(Box<Intervals>),
    Labels(Labels),
    Queries(Queries),
}

/// The candidate and the previous version.
#[derive(Clone)]
pub(super) enum Two {
    Binary(Box<PairedBinary>),
    Classes(PairedClasses),
    Decisions(PairedClasses),
    Regression(Box<PairedRegression>),
    Intervals(Box<PairedIntervals>),
    Labels(PairedLabels),
    Queries(PairedQueries),
}

impl One {
    pub(super) fn evidence(&self) -> Evidence<'_> {
        match self {
            One::Binary(table) => Evidence::Binary(table),
            One::Classes(table) | One::Decisions(table) => Evidence::Classes(table),
            One::Regression(table) => Evidence::Regression(table),
            One::Intervals(table) => Evidence::Intervals(table),
            One::Labels(table) => Evidence::Labels(table),
            One::Queries(table) => Evidence::Queries(table),
        }
    }
}

impl Two {
    pub(super) fn paired(&self) -> Paired<'_> {
        match self {
            Two::Binary(table) => Paired::Binary(table),
            Two::Classes(table) | Two::Decisions(table) => Paired::Classes(table),
            Two::Regression(table) => Paired::Regression(table),
            Two::Intervals(table) => Paired::Intervals(table),
            Two::Labels(table) => Paired::Labels(table),
            Two::Queries(table) => Paired::Queries(table),
        }
    }
}

impl Reduce for One {
    type Rows = Ready<BinaryRows>;

    const SLICES_CELLS: usize = 1 << 22;

    fn new(task: &Task, asked: Asked<'_>) -> Self {
        match task {
            Task::Binary {
                threshold, scale, ..
            } => One::Binary(Box::new(Binary::new(options(*threshold, *scale, asked)))),
            Task::Probabilities(classes) => One::Classes(Classes::new(classes)),
            Task::Decisions(classes) => One::Decisions(Classes::new(classes)),
            Task::Regression => One::Regression(Regression::new()),
            Task::Intervals { .. } => One::Intervals(Box::default()),
            Task::Labels {
                names,
                threshold,
                scale,
            } => One::Labels(Labels::new(names, options(*threshold, *scale, asked))),
            Task::Ranking => One::Queries(Queries::new(&asked.numbers())),
        }
    }

    fn queries(numbers: usize, queries: Chunk, previous: Vec<f64>) -> Self::Rows {
        Ready::queries(numbers, queries, previous)
    }

    fn rows(
        task: &Task,
        asked: Asked<'_>,
        rows: Chunk,
        previous: Vec<f64>,
    ) -> Result<Self::Rows, Error> {
        let Task::Binary {
            threshold, scale, ..
        } = task
        else {
            return Ok(Ready::others(task, rows, previous));
        };
        let options = options(*threshold, *scale, asked);
        let labels = positive(&rows.labels);
        let ready = BinaryRows::new(options, &rows.values, &labels, rows.weights.as_deref())?;
        Ok(Ready::Binary(ready))
    }

    fn update(&mut self, rows: &Self::Rows, which: Which<'_>) -> Result<(), Error> {
        let others = match (rows, &mut *self) {
            (Ready::Binary(rows), One::Binary(table)) => {
                table.add(rows, which);
                return Ok(());
            }
            (Ready::Others(others), _) => others.pick(which),
            _ => return Err(Error::Unlike("task")),
        };
        let rows = &others.rows;
        let weights = rows.weights.as_deref();
        match self {
            One::Binary(table) => table.update(&rows.values, &positive(&rows.labels), weights),
            One::Classes(table) => table.update(&rows.values, &indices(&rows.labels), weights),
            One::Decisions(table) => {
                table.update_decisions(&indices(&rows.values), &indices(&rows.labels), weights)
            }
            One::Regression(table) => table.update(&rows.values, &rows.labels, weights),
            One::Intervals(table) => {
                let columns = Columns::of(&rows.values, others.widths);
                table.update(&columns.intervals(), &rows.labels, weights)
            }
            One::Labels(table) => table.update(&rows.values, &positive(&rows.labels), weights),
            One::Queries(table) => table.add(&rows.values, weights),
        }
    }

    fn shrink(&mut self, budget: usize) {
        match self {
            One::Binary(table) => table.shrink(budget),
            One::Classes(table) | One::Decisions(table) => table.shrink(budget),
            One::Labels(table) => table.shrink(budget),
            One::Regression(_) | One::Intervals(_) | One::Queries(_) => {}
        }
    }

    fn known(&self) -> Known {
        match self {
            One::Binary(table) => [table.known_level(), None, None],
            _ => Known::default(),
        }
    }

    fn begin_at(&mut self, known: Known) {
        if let One::Binary(table) = self {
            table.begin_at(known[0]);
        }
    }

    fn merge(&mut self, later: Self) -> Result<(), Error> {
        match (self, later) {
            (One::Binary(table), One::Binary(later)) => table.merge(*later),
            (One::Classes(table), One::Classes(later))
            | (One::Decisions(table), One::Decisions(later)) => table.merge(later),
            (One::Regression(table), One::Regression(later)) => table.merge(later),
            (One::Intervals(table), One::Intervals(later)) => table.merge(*later),
            (One::Labels(table), One::Labels(later)) => table.merge(later),
            (One::Queries(table), One::Queries(later)) => table.merge(later),
            _ => Err(Error::Unlike("task")),
        }
    }

    fn finish(self) -> Self {
        match self {
            One::Binary(table) => One::Binary(Box::new(table.finish())),
            One::Classes(table) => One::Classes(table.finish()),
            One::Labels(table) => One::Labels(table.finish()),
            other => other,
        }
    }
}

impl Reduce for Two {
    type Rows = Ready<PairedBinaryRows>;

    // There are three tables of scores, not one.
    const SLICES_CELLS: usize = 1 << 21;

    fn new(task: &Task, asked: Asked<'_>) -> Self {
        match task {
            Task::Binary {
                threshold, scale, ..
            } => {
                let options = options(*threshold, *scale, asked);
                let before = asked.threshold_before.unwrap_or(*threshold);
                let mut table = PairedBinary::with_threshold_before(options, before);
                table.thin(asked.stands_for());
                Two::Binary(Box::new(table))
            }
            Task::Probabilities(classes) => Two::Classes(PairedClasses::new(classes)),
            Task::Decisions(classes) => Two::Decisions(PairedClasses::new(classes)),
            Task::Regression => Two::Regression(Box::default()),
            Task::Intervals { .. } => Two::Intervals(Box::default()),
            Task::Labels {
                names,
                threshold,
                scale,
            } => Two::Labels(PairedLabels::new(names, options(*threshold, *scale, asked))),
            Task::Ranking => Two::Queries(PairedQueries::new(&asked.numbers())),
        }
    }

    fn queries(numbers: usize, queries: Chunk, previous: Vec<f64>) -> Self::Rows {
        Ready::queries(numbers, queries, previous)
    }

    fn rows(
        task: &Task,
        asked: Asked<'_>,
        rows: Chunk,
        previous: Vec<f64>,
    ) -> Result<Self::Rows, Error> {
        let Task::Binary {
            threshold, scale, ..
        } = task
        else {
            return Ok(Ready::others(task, rows, previous));
        };
        let options = options(*threshold, *scale, asked);
        let before = BinaryOptions {
            threshold: asked.threshold_before.unwrap_or(*threshold),
            ..options
        };
        let labels = positive(&rows.labels);
        let (values, weights) = (&rows.values, rows.weights.as_deref());
        let ready = PairedBinaryRows::new([options, before], values, &previous, &labels, weights)?;
        Ok(Ready::Binary(ready))
    }

    fn update(&mut self, rows: &Self::Rows, which: Which<'_>) -> Result<(), Error> {
        let others = match (rows, &mut *self) {
            (Ready::Binary(rows), Two::Binary(table)) => {
                table.add(rows, which);
                return Ok(());
            }
            (Ready::Others(others), _) => others.pick(which),
            _ => return Err(Error::Unlike("task")),
        };
        let (rows, previous) = (&others.rows, &others.previous);
        let (values, weights) = (&rows.values, rows.weights.as_deref());
        match self {
            Two::Binary(table) => table.update(values, previous, &positive(&rows.labels), weights),
            Two::Classes(table) => table.update(values, previous, &indices(&rows.labels), weights),
            Two::Decisions(table) => {
                let (values, previous) = (indices(values), indices(previous));
                table.update_decisions(&values, &previous, &indices(&rows.labels), weights)
            }
            Two::Regression(table) => table.update(values, previous, &rows.labels, weights),
            Two::Intervals(table) => {
                let [a, b] = [values, previous].map(|values| Columns::of(values, others.widths));
                table.update(&a.intervals(), &b.intervals(), &rows.labels, weights)
            }
            Two::Labels(table) => table.update(values, previous, &positive(&rows.labels), weights),
            Two::Queries(table) => table.add(values, previous, weights),
        }
    }

    fn shrink(&mut self, budget: usize) {
        match self {
            Two::Binary(table) => table.shrink(budget),
            Two::Classes(table) | Two::Decisions(table) => table.shrink(budget),
            Two::Labels(table) => table.shrink(budget),
            Two::Regression(_) | Two::Intervals(_) | Two::Queries(_) => {}
        }
    }

    fn known(&self) -> Known {
        match self {
            Two::Binary(table) => table.known_levels(),
            _ => Known::default(),
        }
    }

    fn begin_at(&mut self, known: Known) {
        if let Two::Binary(table) = self {
            table.begin_at(known);
        }
    }

    fn merge(&mut self, later: Self) -> Result<(), Error> {
        match (self, later) {
            (Two::Binary(table), Two::Binary(later)) => table.merge(*later),
            (Two::Classes(table), Two::Classes(later))
            | (Two::Decisions(table), Two::Decisions(later)) => table.merge(later),
            (Two::Regression(table), Two::Regression(later)) => table.merge(*later),
            (Two::Intervals(table), Two::Intervals(later)) => table.merge(*later),
            (Two::Labels(table), Two::Labels(later)) => table.merge(later),
            (Two::Queries(table), Two::Queries(later)) => table.merge(later),
            _ => Err(Error::Unlike("task")),
        }
    }

    fn finish(self) -> Self {
        match self {
            Two::Binary(table) => Two::Binary(Box::new(table.finish())),
            Two::Classes(table) => Two::Classes(table.finish()),
            Two::Labels(table) => Two::Labels(table.finish()),
            other => other,
        }
    }
}

macro_rules! reduced {
    ($table:ident, |$this:ident| $rows:expr) => {
        impl Reduced for $table {
            fn merge(&mut self, other: Self) -> Result<(), Error> {
                Reduce::merge(self, other)
            }

            fn finish(self) -> Self {
                Reduce::finish(self)
            }

            fn rows(&self) -> u64 {
                let $this = self;
                $rows
            }
        }
    };
}

reduced!(One, |one| one.evidence().rows());
reduced!(Two, |two| two.paired().candidate().rows());

impl OneVersion for One {
    fn evidence(&self) -> Evidence<'_> {
        One::evidence(self)
    }
}

impl TwoVersions for Two {
    fn paired(&self) -> Paired<'_> {
        Two::paired(self)
    }
}

fn options(threshold: f64, scale: ScoreScale, asked: Asked<'_>) -> BinaryOptions {
    BinaryOptions {
        reads: asked.reads(),
        threshold,
        scale: match scale {
            ScoreScale::Probability => Scale::Probability,
            ScoreScale::Real => Scale::Real,
        },
        budget: ScoreTable::BUDGET,
    }
}
