//! Batches of predictions, read strictly.

use arrow::array::RecordBatch;

use super::classes::Classes;
use super::{Predictions, ScoreScale, Task};
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
    /// Of each row: the index of its class, or its number.
    pub labels: Vec<f64>,
    /// Of each row, one number after the other: its score, the probabilities of
    /// its classes, the index of the class that it was taken for, or a number.
    pub values: Vec<f64>,
    /// Of each row, if rows are weighted.
    pub weights: Option<Vec<f64>>,
}

impl Chunk {
    /// The rows at these places, whose predictions have `width` numbers each.
    pub fn pick(&self, width: usize, places: &[u32]) -> Self {
        let rows = || places.iter().map(|&place| place as usize);
        let pick = |values: &[f64]| rows().map(|row| values[row]).collect();
        Self {
            keys: if self.keys.is_empty() {
                Vec::new()
            } else {
                rows().map(|row| self.keys[row]).collect()
            },
            labels: pick(&self.labels),
            values: Self::pick_values(&self.values, width, places),
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
            labels: self.labels(&column(of, batch, of.label(), first_row)?, offences)?,
            ..Chunk::default()
        };
        if let Ok(key) = of.key()
            && batch.column_by_name(key).is_some()
        {
            let column = column(of, batch, key, first_row)?;
            chunk.keys = refused(of, key, column.keys(offences))?;
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

    fn labels(&self, column: &Column<'_>, offences: &mut Offences) -> Result<Vec<f64>> {
        if *self.of.task() == Task::Regression {
            return refused(self.of, column.name, column.numbers(offences));
        }
        refused(self.of, column.name, self.classes.read(column, offences))
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
                Task::Binary { scale, .. } => *scale == ScoreScale::Probability,
                Task::Decisions(_) | Task::Regression => false,
            };
            if probabilities {
                let outside = |p: &f64| *p < 0.0 || *p > 1.0;
                note(column, &numbers, outside, "is no probability", offences);
            }
            values.push(numbers);
        }
        if columns.len() == 1 {
            return Ok(values.remove(0));
        }
        let rows: Vec<Vec<f64>> = (0..batch.num_rows())
            .map(|row| values.iter().map(|column| column[row]).collect())
            .collect();
        let sums: Vec<f64> = rows.iter().map(|row| row.iter().sum()).collect();
        let off = |sum: &f64| (sum - 1.0).abs() > SUM_TOLERANCE;
        let kind = "is what the probabilities of the row add up to, not 1";
        note(&columns[0], &sums, off, kind, offences);
        Ok(rows.concat())
    }
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
