//! `standardise`: zero mean and unit standard deviation.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Float64Array, RecordBatch};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{finite, matching, of_training_rows, with_column};
use crate::source::Source;
use crate::{PipelineError, Result, cells};

/// Brings numbers to zero mean and unit standard deviation, as they are in the
/// training part of the rows. A column that is constant there becomes zero.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Standardise {
    /// The table that it reads.
    #[serde(rename = "in")]
    pub input: String,
    /// Names and globs of the columns.
    pub columns: Vec<String>,
    /// Name of the table that it makes; the stage's own when left out.
    pub out: Option<String>,
}

/// What was fitted, by column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scales {
    /// Mean and (population) standard deviation.
    pub columns: BTreeMap<String, Scale>,
}

/// How a column is brought to scale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// Of the training rows.
    pub mean: f64,
    /// Of the training rows; zero for a constant column.
    pub deviation: f64,
}

/// Count, mean and sum of squared differences, updated one number at a time
/// (Welford, 1962).
#[derive(Clone, Copy, Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Standardise {
    pub(crate) fn fit(&self, table: &Source) -> Result<Scales> {
        let columns = matching(&table.columns(), &self.columns)?;
        let mut moments = vec![Moments::default(); columns.len()];
        of_training_rows(table, &columns, |batch| {
            for (moments, column) in moments.iter_mut().zip(&columns) {
                finite(batch, column)?
                    .into_iter()
                    .for_each(|x| moments.add(x));
            }
            Ok(())
        })?;
        let scales = columns.into_iter().zip(moments).map(|(name, moments)| {
            if moments.count == 0.0 {
                return Err(PipelineError::Stages(format!(
                    "column `{name}` has no number in the training rows to learn from"
                )));
            }
            let scale = Scale {
                mean: moments.mean,
                deviation: (moments.squares / moments.count).sqrt(),
            };
            Ok((name, scale))
        });
        Ok(Scales {
            columns: scales.collect::<Result<_>>()?,
        })
    }
}

impl Moments {
    fn add(&mut self, x: f64) {
        self.count += 1.0;
        let away = x - self.mean;
        self.mean += away / self.count;
        self.squares += away * (x - self.mean);
    }
}

impl Scales {
    pub(crate) fn apply(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let mut batch = batch.clone();
        for (name, scale) in &self.columns {
            let numbers = cells::numbers(cells::column_of(&batch, name)?, name)?;
            let scaled: Float64Array = numbers
                .iter()
                .map(|number| number.map(|number| scale.apply(number)))
                .collect();
            batch = with_column(&batch, name, Arc::new(scaled))?;
        }
        Ok(batch)
    }
}

impl Scale {
    fn apply(self, number: f64) -> f64 {
        if self.deviation > 0.0 {
            (number - self.mean) / self.deviation
        } else {
            // A constant says nothing, and what differs from it while serving has
            // no scale to be measured on.
            0.0
        }
    }
}
