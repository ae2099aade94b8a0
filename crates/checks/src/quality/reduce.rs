//! Rows of one version or of two, reduced to what metrics read.

use seatrial_data::predictions::{Chunk, ScoreScale, Task};
use seatrial_validation::Error;
use seatrial_validation::clustered::{OneVersion, Reduced, TwoVersions};
use seatrial_validation::evidence::{
    Binary, BinaryOptions, BinaryRows, Classes, Evidence, Paired, PairedBinary, PairedBinaryRows,
    PairedClasses, PairedRegression, Regression,
};
use seatrial_validation::table::{Scale, ScoreTable};

/// Rows of one version, or of two, reduced.
pub(super) trait Reduce: Send + Sized {
    /// Rows made ready, once for all that they are added to.
    type Rows;

    /// Cells of scores that all slices together have at most.
    const SLICES_CELLS: usize;

    /// Of no rows.
    fn new(task: &Task) -> Self;

    /// Makes rows ready that were found sound; `previous` has the other version's
    /// numbers, where there are two.
    fn rows(task: &Task, rows: Chunk, previous: Vec<f64>) -> Result<Self::Rows, Error>;

    /// The rows at these places.
    fn pick(rows: &Self::Rows, places: &[u32]) -> Self::Rows;

    fn update(&mut self, rows: &Self::Rows) -> Result<(), Error>;

    /// At most so many cells of scores from now on.
    fn shrink(&mut self, budget: usize);

    /// What is known of how finely scores will be told apart.
    fn known(&self) -> Known;

    /// Of no rows, to begin with what is known of others of the same table.
    fn begin_at(&mut self, known: Known);

    fn merge(&mut self, later: Self) -> Result<(), Error>;

    fn finish(self) -> Self;
}

/// Levels of the candidate's scores, the previous version's and of pairs.
pub(super) type Known = [Option<u32>; 3];

/// Rows made ready: of two classes by their scores, or others as they are.
pub(super) enum Ready<B> {
    Binary(B),
    Others(Others),
}

/// Rows that take no preparation.
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

    fn pick(&self, places: &[u32], pick: impl Fn(&B, &[u32]) -> B) -> Self {
        match self {
            Self::Binary(rows) => Self::Binary(pick(rows, places)),
            Self::Others(rows) => Self::Others(rows.pick(places)),
        }
    }
}

impl Others {
    fn pick(&self, places: &[u32]) -> Self {
        let Self {
            rows,
            previous,
            width,
        } = self;
        Self {
            rows: rows.pick(*width, places),
            previous: if previous.is_empty() {
                Vec::new()
            } else {
                Chunk::pick_values(previous, *width, places)
            },
            width: *width,
        }
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

    fn new(task: &Task) -> Self {
        match task {
            Task::Binary {
                threshold, scale, ..
            } => One::Binary(Box::new(Binary::new(options(*threshold, *scale)))),
            Task::Probabilities(classes) => One::Classes(Classes::new(classes)),
            Task::Decisions(classes) => One::Decisions(Classes::new(classes)),
            Task::Regression => One::Regression(Regression::new()),
        }
    }

    fn rows(task: &Task, rows: Chunk, previous: Vec<f64>) -> Result<Self::Rows, Error> {
        let Task::Binary {
            threshold, scale, ..
        } = task
        else {
            return Ok(Ready::others(task, rows, previous));
        };
        let (options, labels) = (options(*threshold, *scale), positive(&rows.labels));
        let ready = BinaryRows::new(options, &rows.values, &labels, rows.weights.as_deref())?;
        Ok(Ready::Binary(ready))
    }

    fn pick(rows: &Self::Rows, places: &[u32]) -> Self::Rows {
        rows.pick(places, BinaryRows::pick)
    }

    fn update(&mut self, rows: &Self::Rows) -> Result<(), Error> {
        let rows = match (rows, &mut *self) {
            (Ready::Binary(rows), One::Binary(table)) => {
                table.add(rows);
                return Ok(());
            }
            (Ready::Others(others), _) => &others.rows,
            _ => return Err(Error::Unlike("task")),
        };
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

    fn new(task: &Task) -> Self {
        match task {
            Task::Binary {
                threshold, scale, ..
            } => Two::Binary(Box::new(PairedBinary::new(options(*threshold, *scale)))),
            Task::Probabilities(classes) => Two::Classes(PairedClasses::new(classes)),
            Task::Decisions(classes) => Two::Decisions(PairedClasses::new(classes)),
            Task::Regression => Two::Regression(Box::default()),
        }
    }

    fn rows(task: &Task, rows: Chunk, previous: Vec<f64>) -> Result<Self::Rows, Error> {
        let Task::Binary {
            threshold, scale, ..
        } = task
        else {
            return Ok(Ready::others(task, rows, previous));
        };
        let (options, labels) = (options(*threshold, *scale), positive(&rows.labels));
        let (values, weights) = (&rows.values, rows.weights.as_deref());
        let ready = PairedBinaryRows::new(options, values, &previous, &labels, weights)?;
        Ok(Ready::Binary(ready))
    }

    fn pick(rows: &Self::Rows, places: &[u32]) -> Self::Rows {
        rows.pick(places, PairedBinaryRows::pick)
    }

    fn update(&mut self, rows: &Self::Rows) -> Result<(), Error> {
        let (rows, previous) = match (rows, &mut *self) {
            (Ready::Binary(rows), Two::Binary(table)) => {
                table.add(rows);
                return Ok(());
            }
            (Ready::Others(others), _) => (&others.rows, &others.previous),
            _ => return Err(Error::Unlike("task")),
        };
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

fn options(threshold: f64, scale: ScoreScale) -> BinaryOptions {
    BinaryOptions {
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
