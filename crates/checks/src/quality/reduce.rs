//! Rows of one version or of two, reduced to what metrics read.

use std::borrow::Cow;

use seatrial_data::predictions::{Chunk, Predictions, ScoreScale, Task};
use seatrial_validation::clustered::{OneVersion, Reduced, TwoVersions};
use seatrial_validation::evidence::{
    Binary, BinaryOptions, BinaryRows, Classes, Evidence, Paired, PairedBinary, PairedBinaryRows,
    PairedClasses, PairedRegression, Reads, Regression, Which,
};
use seatrial_validation::table::{Scale, ScoreTable};
use seatrial_validation::{Error, Metric};

/// Rows of one version, or of two, reduced.
pub(super) trait Reduce: Send + Sized {
    /// Rows made ready, once for all that they are added to.
    type Rows;

    /// Cells of scores that all slices together have at most.
    const SLICES_CELLS: usize;

    /// Of no rows.
    fn new(task: &Task, asked: Asked<'_>) -> Self;

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
}

impl<'a> Asked<'a> {
    /// Asked of each slice of a table.
    pub fn of(predictions: &Predictions, metrics: &'a [Metric]) -> Self {
        Self {
            metrics,
            drawn: false,
            rows: predictions.table().rows(),
        }
    }

    /// Asked of all rows.
    pub fn and_drawn(self) -> Self {
        Self {
            drawn: true,
            ..self
        }
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

/// Rows made ready: of two classes by their scores, or others as they are.
pub(super) enum Ready<B> {
    Binary(B),
    Others(Others),
}

/// Rows that take no preparation.
#[derive(Clone)]
pub(super) struct Others {
    rows: Chunk,
    previous: Vec<f64>,
    /// Numbers of a row's prediction.
    width: usize,
}

impl<B> Ready<B> {
    fn others(task: &Task, rows: Chunk, previous: Vec<f64>) -> Self {
        let width = task.width();
        Self::Others(Others {
            rows,
            previous,
            width,
        })
    }
}

impl Others {
    /// Some of the rows.
    fn pick(&self, which: Which<'_>) -> Cow<'_, Self> {
        let Which::At(places) = which else {
            return Cow::Borrowed(self);
        };
        let Self {
            rows,
            previous,
            width,
        } = self;
        Cow::Owned(Self {
            rows: rows.pick(*width, places),
            previous: if previous.is_empty() {
                Vec::new()
            } else {
                Chunk::pick_values(previous, *width, places)
            },
            width: *width,
        })
    }
}

/// One version.
#[derive(Clone)]
pub(super) enum One {
    Binary(Box<Binary>),
    Classes(Classes),
    Decisions(Classes),
    Regression(Regression),
}

/// The candidate and the previous version.
#[derive(Clone)]
pub(super) enum Two {
    Binary(Box<PairedBinary>),
    Classes(PairedClasses),
    Decisions(PairedClasses),
    Regression(Box<PairedRegression>),
}

impl One {
    pub(super) fn evidence(&self) -> Evidence<'_> {
        match self {
            One::Binary(table) => Evidence::Binary(table),
            One::Classes(table) | One::Decisions(table) => Evidence::Classes(table),
            One::Regression(table) => Evidence::Regression(table),
        }
    }
}

impl Two {
    pub(super) fn paired(&self) -> Paired<'_> {
        match self {
            Two::Binary(table) => Paired::Binary(table),
            Two::Classes(table) | Two::Decisions(table) => Paired::Classes(table),
            Two::Regression(table) => Paired::Regression(table),
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
        }
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
        }
    }

    fn shrink(&mut self, budget: usize) {
        match self {
            One::Binary(table) => table.shrink(budget),
            One::Classes(table) | One::Decisions(table) => table.shrink(budget),
            One::Regression(_) => {}
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
            _ => Err(Error::Unlike("task")),
        }
    }

    fn finish(self) -> Self {
        match self {
            One::Binary(table) => One::Binary(Box::new(table.finish())),
            One::Classes(table) => One::Classes(table.finish()),
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
                let mut table = PairedBinary::new(options(*threshold, *scale, asked));
                table.thin(asked.stands_for());
                Two::Binary(Box::new(table))
            }
            Task::Probabilities(classes) => Two::Classes(PairedClasses::new(classes)),
            Task::Decisions(classes) => Two::Decisions(PairedClasses::new(classes)),
            Task::Regression => Two::Regression(Box::default()),
        }
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
        let (values, weights) = (&rows.values, rows.weights.as_deref());
        let ready = PairedBinaryRows::new(options, values, &previous, &labels, weights)?;
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
        }
    }

    fn shrink(&mut self, budget: usize) {
        match self {
            Two::Binary(table) => table.shrink(budget),
            Two::Classes(table) | Two::Decisions(table) => table.shrink(budget),
            Two::Regression(_) => {}
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
            _ => Err(Error::Unlike("task")),
        }
    }

    fn finish(self) -> Self {
        match self {
            Two::Binary(table) => Two::Binary(Box::new(table.finish())),
            Two::Classes(table) => Two::Classes(table.finish()),
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

/// Whether each row is of the second class.
fn positive(labels: &[f64]) -> Vec<bool> {
    labels.iter().map(|&label| label == 1.0).collect()
}

/// Indices of classes, which reading keeps as whole numbers.
fn indices(values: &[f64]) -> Vec<u32> {
    values.iter().map(|&value| value as u32).collect()
}
