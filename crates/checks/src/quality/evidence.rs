//! Rows of predictions, reduced to what metrics read: overall and by slice.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use seatrial_data::predictions::{Chunk, Predictions, Previous, Reader, ScoreScale, Task};
use seatrial_data::{Aggregate, DataError, Offences, Result, aggregate};
use seatrial_validation::evidence::{
    Binary, BinaryOptions, Classes, Evidence, Paired, PairedBinary, PairedClasses,
    PairedRegression, Regression,
};
use seatrial_validation::table::{Scale, ScoreTable};

use super::slices::Slicing;

/// Rows of one version, or of two, reduced.
pub(super) trait Reduce: Send + Sized {
    /// Of no rows.
    fn new(task: &Task) -> Self;

    /// Adds rows that were found sound; `previous` has the other version's
    /// numbers, where there are two.
    fn update(&mut self, rows: &Chunk, previous: &[f64]) -> Result<(), seatrial_validation::Error>;

    fn merge(&mut self, later: Self) -> Result<(), seatrial_validation::Error>;

    fn finish(self) -> Self;
}

/// One version.
pub(super) enum One {
    Binary(Box<Binary>),
    Classes(Classes),
    Decisions(Classes),
    Regression(Regression),
}

/// The candidate and the previous version.
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

    fn update(&mut self, rows: &Chunk, _: &[f64]) -> Result<(), seatrial_validation::Error> {
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

    fn merge(&mut self, later: Self) -> Result<(), seatrial_validation::Error> {
        match (self, later) {
            (One::Binary(table), One::Binary(later)) => table.merge(*later),
            (One::Classes(table), One::Classes(later))
            | (One::Decisions(table), One::Decisions(later)) => table.merge(later),
            (One::Regression(table), One::Regression(later)) => table.merge(later),
            _ => Err(seatrial_validation::Error::Unlike("task")),
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

    fn update(&mut self, rows: &Chunk, previous: &[f64]) -> Result<(), seatrial_validation::Error> {
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

    fn merge(&mut self, later: Self) -> Result<(), seatrial_validation::Error> {
        match (self, later) {
            (Two::Binary(table), Two::Binary(later)) => table.merge(*later),
            (Two::Classes(table), Two::Classes(later))
            | (Two::Decisions(table), Two::Decisions(later)) => table.merge(later),
            (Two::Regression(table), Two::Regression(later)) => table.merge(*later),
            _ => Err(seatrial_validation::Error::Unlike("task")),
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

/// All rows, and those of each slice.
pub(super) struct Sliced<R> {
    /// Of all rows.
    pub whole: R,
    /// For each slicing, its slices by name.
    pub slices: Vec<BTreeMap<String, R>>,
}

/// What [`Sliced`] is while rows come in.
struct Slicer<'a, R> {
    reader: Reader<'a>,
    previous: Option<Reader<'a>>,
    of: &'a Predictions,
    slicing: &'a Slicing,
    sliced: Sliced<R>,
    offences: Offences,
}

impl<'a, R: Reduce> Slicer<'a, R> {
    fn new(of: &'a Predictions, previous: Option<&'a Predictions>, slicing: &'a Slicing) -> Self {
        Self {
            reader: of.reader(),
            previous: previous.map(Predictions::reader),
            of,
            slicing,
            sliced: Sliced {
                whole: R::new(of.task()),
                slices: slicing.by.iter().map(|_| BTreeMap::new()).collect(),
            },
            offences: Offences::default(),
        }
    }

    /// Adds the rows of a batch, unless one of the table was wrong.
    fn add(
        &mut self,
        rows: &Chunk,
        previous: &[f64],
        batch: &RecordBatch,
        first_row: u64,
    ) -> Result<()> {
        let named = self
            .slicing
            .names(self.of.table(), batch, first_row, &mut self.offences)?;
        if !self.offences.is_empty() {
            return Ok(());
        }
        let task = self.of.task();
        let wrong = |error: seatrial_validation::Error| self.of.table().wrong(error.to_string());
        self.sliced.whole.update(rows, previous).map_err(wrong)?;
        for (slices, names) in self.sliced.slices.iter_mut().zip(named) {
            let mut of_slice: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
            for (row, name) in names.iter().enumerate() {
                of_slice.entry(name).or_default().push(row);
            }
            for (name, places) in of_slice {
                let (rows, previous) = gather(rows, previous, task.width(), &places);
                let slice = match slices.get_mut(name) {
                    Some(slice) => slice,
                    None => slices
                        .entry(name.to_owned())
                        .or_insert_with(|| R::new(task)),
                };
                slice.update(&rows, &previous).map_err(wrong)?;
            }
        }
        self.slicing
            .refuse_many(self.of.table(), &self.sliced.slices)
    }
}

fn gather(rows: &Chunk, previous: &[f64], width: usize, places: &[usize]) -> (Chunk, Vec<f64>) {
    let pick = |values: &[f64]| places.iter().map(|&row| values[row]).collect();
    let picked = |values: &[f64]| -> Vec<f64> {
        let of_row = |&row: &usize| &values[row * width..(row + 1) * width];
        places.iter().flat_map(of_row).copied().collect()
    };
    let chunk = Chunk {
        keys: Vec::new(),
        labels: pick(&rows.labels),
        values: picked(&rows.values),
        weights: rows.weights.as_deref().map(pick),
    };
    let previous = if previous.is_empty() {
        Vec::new()
    } else {
        picked(previous)
    };
    (chunk, previous)
}

impl<R: Reduce> Aggregate for Slicer<'_, R> {
    type Output = Sliced<R>;

    fn update(&mut self, batch: &RecordBatch, first_row: u64) -> Result<()> {
        let rows = self.reader.read(batch, first_row, &mut self.offences)?;
        let previous = match &self.previous {
            Some(reader) => reader.read(batch, first_row, &mut self.offences)?.values,
            None => Vec::new(),
        };
        self.add(&rows, &previous, batch, first_row)
    }

    fn merge(&mut self, later: Self) -> Result<()> {
        self.offences.merge(later.offences);
        let wrong = |error: seatrial_validation::Error| self.of.table().wrong(error.to_string());
        self.sliced.whole.merge(later.sliced.whole).map_err(wrong)?;
        for (slices, later) in self.sliced.slices.iter_mut().zip(later.sliced.slices) {
            for (name, later) in later {
                match slices.get_mut(&name) {
                    Some(slice) => slice.merge(later).map_err(wrong)?,
                    None => {
                        slices.insert(name, later);
                    }
                }
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Sliced<R>> {
        self.offences.refuse(self.of.table())?;
        let slices = self.sliced.slices.into_iter();
        let done = |slices: BTreeMap<String, R>| {
            slices
                .into_iter()
                .map(|(name, slice)| (name, slice.finish()))
                .collect()
        };
        Ok(Sliced {
            whole: self.sliced.whole.finish(),
            slices: slices.map(done).collect(),
        })
    }
}

/// Reduces one version.
pub(super) fn reduce_one(
    of: &Predictions,
    slicing: &Slicing,
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Sliced<One>> {
    of.check_keys(stopped)?;
    let mut columns = of.columns();
    slicing.add_columns(&mut columns);
    aggregate(of.table(), &columns, stopped, || {
        Slicer::new(of, None, slicing)
    })
}

/// Reduces two versions, paired by key; or row by row, where both are columns
/// of one table.
pub(super) fn reduce_two(
    candidate: &Predictions,
    previous: &Predictions,
    slicing: &Slicing,
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Sliced<Two>> {
    let mut columns = candidate.columns();
    slicing.add_columns(&mut columns);
    let one_table = candidate.table().path() == previous.table().path()
        && candidate.label() == previous.label();
    if one_table {
        candidate.check_keys(stopped)?;
        for column in previous.columns() {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        let new = || Slicer::new(candidate, Some(previous), slicing);
        return aggregate(candidate.table(), &columns, stopped, new);
    }
    let mut partners = Previous::read(previous, stopped)?;
    let key = candidate.key()?;
    if !columns.contains(&key) {
        columns.push(key);
    }
    let mut slicer = Slicer::new(candidate, None, slicing);
    let mut row = 0;
    for batch in candidate.table().batches(&columns)? {
        if stopped() {
            return Err(DataError::Stopped);
        }
        let batch = batch?;
        let rows = slicer.reader.read(&batch, row, &mut slicer.offences)?;
        let pairs = partners.pair(candidate, rows, row, &mut slicer.offences)?;
        slicer.add(&pairs.candidate, &pairs.previous, &batch, row)?;
        row += batch.num_rows() as u64;
    }
    let sliced = slicer.finish()?;
    partners.all_paired()?;
    Ok(sliced)
}
