//! Some whole rows of a table.

use arrow::array::{Array, RecordBatch, UInt64Array};
use arrow::compute::take;
use seatrial_data::table::Table;
use seatrial_data::{Column, Key, Offences, Result};

use crate::quality::profiling::Kind;

/// Rows of a table that are kept.
const ROWS_MAX: u64 = 10_000;

/// Whole rows of a table, evenly spread over it. A cell is its number; of
/// categories, a number that stands for its text; NaN where it is missing.
#[derive(Clone, Debug)]
pub(in crate::quality) struct Sample {
    pub(super) columns: Vec<(String, Kind)>,
    pub(super) rows: Vec<Vec<f64>>,
    every: u64,
}

impl Sample {
    /// Of a table of so many rows.
    pub fn new(columns: Vec<(String, Kind)>, rows: u64) -> Self {
        Self {
            columns,
            rows: Vec::new(),
            every: rows.div_ceil(ROWS_MAX).max(1),
        }
    }

    /// Of columns in memory.
    pub fn of_columns(columns: Vec<(String, Kind, Vec<f64>)>) -> Self {
        let rows = columns.first().map_or(0, |(.., values)| values.len());
        let named = columns.iter().map(|(name, kind, _)| (name.clone(), *kind));
        let mut sample = Self::new(named.collect(), rows as u64);
        let kept = (0..rows).step_by(sample.every as usize);
        sample.rows = kept
            .map(|row| columns.iter().map(|(.., values)| values[row]).collect())
            .collect();
        sample
    }

    /// Takes rows of a batch.
    ///
    /// # Errors
    /// When a column cannot be read as what it is compared as.
    pub fn update(&mut self, table: &Table, batch: &RecordBatch, first_row: u64) -> Result<()> {
        let ahead = (self.every - first_row % self.every) % self.every;
        let kept = (ahead..batch.num_rows() as u64).step_by(self.every as usize);
        let kept = UInt64Array::from_iter_values(kept);
        if kept.is_empty() {
            return Ok(());
        }
        let mut columns = Vec::with_capacity(self.columns.len());
        for (name, kind) in &self.columns {
            let wrong = |message: String| table.wrong_in(name, message);
            let cells = batch.column_by_name(name);
            let cells = cells.ok_or_else(|| wrong("was not read".into()))?;
            let cells = take(cells, &kept, None).map_err(|error| wrong(error.to_string()))?;
            let column = Column {
                name,
                cells: &cells,
                first_row,
            };
            let read = match kind {
                // What is wrong with rows is told where all of them are read.
                Kind::Numbers => column.numbers(&mut Offences::default()),
                Kind::Categories => stand_ins(&column),
            };
            columns.push(read.map_err(wrong)?);
        }
        let rows = (0..kept.len()).map(|row| columns.iter().map(|column| column[row]).collect());
        self.rows.extend(rows);
        Ok(())
    }

    pub fn merge(&mut self, later: Self) {
        self.rows.extend(later.rows);
    }
}

/// What stands for categories in a sample, those of a column or these.
///
/// # Errors
/// When the column cannot name categories.
pub(in crate::quality) fn stand_ins(column: &Column<'_>) -> std::result::Result<Vec<f64>, String> {
    // What is missing is seen as that.
    let keys = column.keys(&mut Offences::default())?.into_iter();
    let stand_in = |(at, key): (usize, Key)| {
        if column.cells.is_null(at) {
            f64::NAN
        } else {
            // Another for each, but for a chance of 2⁻⁵³ a pair.
            (key.scattered() >> 11) as f64
        }
    };
    Ok(keys.enumerate().map(stand_in).collect())
}
