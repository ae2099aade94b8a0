//! Batches of predictions, read strictly.

use arrow::array::RecordBatch;

use super::classes::Classes;
use super::{Predictions, ScoreScale, Task, Widths};
use crate::column::{Column, Key};
use crate::error::Result;
use crate::offences::Offences;

/// By how much the probabilities of a row may miss one: half the precision of
/// a file that keeps five digits, for ten classes.
const SUM_TOLERANCE: f64 = 1e-4;

/// Rows that were read and found sound.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chunk {
    /// Names of the rows, if they were asked for.
    pub keys: Vec<Key>,
    /// Of each row, the name of its query, if documents are ranked.
    pub queries: Vec<Key>,
    /// Of each row: the index of its class, or its number; or one number after the
    /// other, whether it has each label.
    pub labels: Vec<f64>,
    /// Of each row, one number after the other: its score or scores, the
    /// probabilities of its classes, the index of the class that it was taken for,
    /// a number, or the ends of an interval and the number beside them.
    pub values: Vec<f64>,
    /// Of each row, if rows are weighted.
    pub weights: Option<Vec<f64>>,
}

impl Chunk {
    /// The rows at these places, which have so many numbers.
    pub fn pick(&self, widths: Widths, places: &[u32]) -> Self {
        let rows = || places.iter().map(|&place| place as usize);
        let pick = |values: &[f64]| rows().map(|row| values[row]).collect();
        let names = |keys: &[Key]| match keys {
            [] => Vec::new(),
            keys => rows().map(|row| keys[row]).collect(),
        };
        Self {
            keys: names(&self.keys),
            queries: names(&self.queries),
            labels: Self::pick_values(&self.labels, widths.labels, places),
            values: Self::pick_values(&self.values, widths.values, places),
            weights: self.weights.as_deref().map(pick),
        }
    }

    /// The numbers of the rows at these places, `width` of each.
    pub fn pick_values(values: &[f64], width: usize, places: &[u32]) -> Vec<f64> {
        let rows = places.iter().map(|&place| place as usize);
        let of_row = |row: usize| &values[row * width..(row + 1) * width];
        rows.flat_map(of_row).copied().collect()
    }
}

/// Reads batches of predictions.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    of: &'a Predictions,
    classes: Classes<'a>,
}

impl Predictions {
    /// A reader of batches that have these columns, and others perhaps.
    pub fn reader(&self) -> Reader<'_> {
        Reader {
            of: self,
            classes: Classes::new(self.task()),
        }
    }
}

impl Reader<'_> {
    /// The rows of a batch, whose first is row `first_row` of the table. Rows
    /// that cannot be used are noted, and then what is returned is not to be
    /// used either.
    ///
    /// # Errors
    /// When a column's type cannot mean what it is declared to mean.
    pub fn read(
        &self,
        batch: &RecordBatch,
        first_row: u64,
        offences: &mut Offences,
    ) -> Result<Chunk> {
        let of = self.of;
        let mut chunk = Chunk {
            labels: self.labels(batch, first_row, offences)?,
            queries: of.queries(batch, first_row, offences)?,
            ..Chunk::default()
        };
        if of
            .key()
            .is_ok_and(|key| batch.column_by_name(key).is_some())
        {
            chunk.keys = of.keys(batch, first_row, &chunk.queries, offences)?;
        }
        if let Some(weight) = of.weight() {
            let column = column(of, batch, weight, first_row)?;
            let weights = refused(of, weight, column.numbers(offences))?;
            note(
                &column,
                &weights,
                |w| *w < 0.0,
                "is a negative weight",
                offences,
            );
            chunk.weights = Some(weights);
        }
        chunk.values = self.values(batch, first_row, offences)?;
        Ok(chunk)
    }

    fn labels(
        &self,
        batch: &RecordBatch,
        first_row: u64,
        offences: &mut Offences,
    ) -> Result<Vec<f64>> {
        let of = self.of;
        let mut truths = Vec::with_capacity(of.truths().len());
        for name in of.truths() {
            let column = column(of, batch, name, first_row)?;
            let read = match of.task() {
                Task::Regression | Task::Intervals { .. } | Task::Ranking => {
                    column.numbers(offences)
                }
                _ => self.classes.read(&column, offences),
            };
            let numbers = refused(of, name, read)?;
            if *of.task() == Task::Ranking {
                let negative = |grade: &f64| *grade < 0.0;
                note(&column, &numbers, negative, "is a negative grade", offences);
            }
            truths.push(numbers);
        }
        Ok(by_row(truths))
    }

    fn values(
        &self,
        batch: &RecordBatch,
        first_row: u64,
        offences: &mut Offences,
    ) -> Result<Vec<f64>> {
        let of = self.of;
        let columns = of
            .values()
            .iter()
            .map(|name| column(of, batch, name, first_row));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        if let Task::Decisions(_) = of.task() {
            let classes = self.classes.read(&columns[0], offences);
            return refused(of, columns[0].name, classes);
        }
        let mut values = Vec::with_capacity(columns.len());
        for column in &columns {
            let numbers = refused(of, column.name, column.numbers(offences))?;
            let probabilities = match of.task() {
                Task::Probabilities(_) => true,
                Task::Binary { scale, .. } | Task::Labels { scale, .. } => {
                    *scale == ScoreScale::Probability
                }
                _ => false,
            };
            if probabilities {
                let outside = |p: &f64| *p < 0.0 || *p > 1.0;
                note(column, &numbers, outside, "is no probability", offences);
            }
            values.push(numbers);
        }
        match (of.task(), values.as_slice()) {
            (Task::Probabilities(_), of_classes) => {
                let sum = |row: usize| of_classes.iter().map(|column| column[row]).sum();
                let sums: Vec<f64> = (0..batch.num_rows()).map(sum).collect();
                let off = |sum: &f64| (sum - 1.0).abs() > SUM_TOLERANCE;
                let kind = "is what the probabilities of the row add up to, not 1";
                note(&columns[0], &sums, off, kind, offences);
            }
            (Task::Intervals { .. }, [lows, highs, ..]) => {
                let ends = lows.iter().zip(highs).enumerate();
                for (at, (low, high)) in ends.filter(|(_, (low, high))| low > high) {
                    let found = format!("{low}, where `{}` is {high},", columns[1].name);
                    let kind = "is above the high end of its interval";
                    offences.note(columns[0].name, first_row + at as u64, kind, found);
                }
            }
            _ => {}
        }
        Ok(by_row(values))
    }
}

impl Predictions {
    /// The names of the rows. A document is named within its query.
    pub(super) fn keys(
        &self,
        batch: &RecordBatch,
        first_row: u64,
        queries: &[Key],
        offences: &mut Offences,
    ) -> Result<Vec<Key>> {
        let name = self.key()?;
        let column = column(self, batch, name, first_row)?;
        let mut keys = refused(self, name, column.keys(offences))?;
        for (key, query) in keys.iter_mut().zip(queries) {
            *key = key.within(*query);
        }
        Ok(keys)
    }

    /// The names of the rows' queries; none where no documents are ranked.
    pub(super) fn queries(
        &self,
        batch: &RecordBatch,
        first_row: u64,
        offences: &mut Offences,
    ) -> Result<Vec<Key>> {
        let Some(name) = self.query() else {
            return Ok(Vec::new());
        };
        let column = column(self, batch, name, first_row)?;
        refused(self, name, column.keys(offences))
    }
}

/// Columns, row after row.
fn by_row(mut columns: Vec<Vec<f64>>) -> Vec<f64> {
    if columns.len() == 1 {
        return columns.remove(0);
    }
    let rows = columns.first().map_or(0, Vec::len);
    let row = |row: usize| columns.iter().map(move |column| column[row]);
    (0..rows).flat_map(row).collect()
}

/// Notes the numbers that are wrong.
fn note(
    column: &Column<'_>,
    numbers: &[f64],
    wrong: impl Fn(&f64) -> bool,
    kind: &'static str,
    offences: &mut Offences,
) {
    if !numbers
        .iter()
        .fold(false, |any, number| any | wrong(number))
    {
        return;
    }
    for (at, number) in numbers
        .iter()
        .enumerate()
        .filter(|(_, number)| wrong(number))
    {
        offences.note(column.name, column.first_row + at as u64, kind, number);
    }
}

fn column<'b>(
    of: &Predictions,
    batch: &'b RecordBatch,
    name: &'b str,
    first_row: u64,
) -> Result<Column<'b>> {
    let cells = batch.column_by_name(name);
    let cells = cells.ok_or_else(|| of.table().wrong_in(name, "was not read"))?;
    Ok(Column {
        name,
        cells,
        first_row,
    })
}

fn refused<T>(of: &Predictions, column: &str, read: Result<T, String>) -> Result<T> {
    read.map_err(|message| of.table().wrong_in(column, message))
}
