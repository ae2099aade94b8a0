//! Rows of a table as numbers that a model takes.

use arrow::array::{Array, RecordBatch};
use seatrial_data::table::Table;

use super::PART;
use crate::{PipelineError, Result, cells};

/// Rows with features, labels and parts, in memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// Row by row: `rows × features`.
    pub values: Vec<f32>,
    /// The label of each row, as text.
    pub labels: Vec<String>,
    /// The part of each row; empty where the table is not parted.
    pub parts: Vec<String>,
}

impl Rows {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Reads these columns of every row.
    pub(crate) fn read(table: &Table, features: &[String], label: &str) -> Result<Self> {
        let mut rows = Self::default();
        let parted = table.column(PART).is_ok();
        let mut columns: Vec<&str> = features.iter().map(String::as_str).collect();
        columns.push(label);
        if parted {
            columns.push(PART);
        }
        for batch in table.batches(&columns)? {
            let batch = batch?;
            let start = rows.labels.len() as u64;
            rows.values.extend(feature_values(&batch, features, start)?);
            rows.labels.extend(text_values(&batch, label, start)?);
            if parted {
                rows.parts.extend(text_values(&batch, PART, start)?);
            }
        }
        Ok(rows)
    }
}

/// Features of the rows of a batch, row by row. `start` is its first row.
///
/// # Errors
/// When a value is missing or no finite number.
pub(crate) fn feature_values(
    batch: &RecordBatch,
    features: &[String],
    start: u64,
) -> Result<Vec<f32>> {
    let width = features.len();
    let mut values = vec![0.0; batch.num_rows() * width];
    for (at, name) in features.iter().enumerate() {
        let numbers = cells::numbers(cells::column_of(batch, name)?, name)?;
        for (row, number) in numbers.iter().enumerate() {
            let number = number.filter(|number| number.is_finite());
            let number = number.ok_or_else(|| {
                let row = start + row as u64 + 1;
                PipelineError::Stages(format!(
                    "feature `{name}` is missing or no finite number in row {row}: impute it, or \
                     say in a contract that it may not be"
                ))
            })?;
            values[row * width + at] = number as f32;
        }
    }
    Ok(values)
}

fn text_values(batch: &RecordBatch, column: &str, start: u64) -> Result<Vec<String>> {
    let texts = cells::texts(cells::column_of(batch, column)?)?;
    (0..texts.len())
        .map(|row| {
            if texts.is_null(row) {
                let row = start + row as u64 + 1;
                let message = format!("column `{column}` is missing in row {row}");
                return Err(PipelineError::Stages(message));
            }
            Ok(texts.value(row).to_owned())
        })
        .collect()
}
