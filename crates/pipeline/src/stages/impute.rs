//! `impute`: missing values filled in.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float64Array, RecordBatch, StringArray};
use schemars::JsonSchema;
use seatrial_data::table::Table;
use serde::{Deserialize, Serialize};

use super::{finite, matching, of_training_rows, with_column};
use crate::{PipelineError, Result, cells};

/// Fills in missing values, with what the training part of the rows says.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Impute {
    /// The table that it reads.
    #[serde(rename = "in")]
    pub input: String,
    /// How, by name or glob of a column.
    pub columns: BTreeMap<String, Filling>,
    /// Name of the table that it makes; the stage's own when left out.
    pub out: Option<String>,
}

/// What stands in for a missing value.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Filling {
    /// The mean.
    Mean,
    /// The median.
    Median,
    /// The most frequent value; of several, the first in order.
    MostFrequent,
    /// This number.
    Number(f64),
    /// This text.
    Text(String),
}

/// What was fitted, by column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Imputation {
    /// What is filled in.
    pub columns: BTreeMap<String, Value>,
}

/// What is filled in for a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Value {
    /// A number or a text.
    pub value: Constant,
    /// Whether it comes from rows.
    pub fitted: bool,
}

/// A number or a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Constant {
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
}

impl Impute {
    pub(crate) fn fit(&self, table: &Table) -> Result<Imputation> {
        let mut columns = BTreeMap::new();
        for (pattern, filling) in &self.columns {
            for name in matching(&table.columns(), std::slice::from_ref(pattern))? {
                let is_fixed = matches!(filling, Filling::Number(_) | Filling::Text(_));
                let value = Value {
                    value: filling.fit(table, &name)?,
                    fitted: !is_fixed,
                };
                columns.insert(name, value);
            }
        }
        Ok(Imputation { columns })
    }
}

impl Filling {
    fn fit(&self, table: &Table, column: &str) -> Result<Constant> {
        let mut numbers = Vec::new();
        let mut counts: HashMap<String, u64> = HashMap::new();
        let columns = [column.to_owned()];
        match self {
            Filling::Number(number) => return Ok(Constant::Number(*number)),
            Filling::Text(text) => return Ok(Constant::Text(text.clone())),
            Filling::Mean | Filling::Median => of_training_rows(table, &columns, |batch| {
                numbers.extend(finite(batch, column)?);
                Ok(())
            })?,
            Filling::MostFrequent => of_training_rows(table, &columns, |batch| {
                for text in cells::texts(cells::column_of(batch, column)?)?
                    .iter()
                    .flatten()
                {
                    *counts.entry(text.to_owned()).or_default() += 1;
                }
                Ok(())
            })?,
        }
        let nothing = || {
            PipelineError::Stages(format!(
                "column `{column}` has no value in the training rows to learn from"
            ))
        };
        if *self == Filling::MostFrequent {
            let most = counts
                .into_iter()
                .max_by(|(a, n), (b, m)| n.cmp(m).then(b.cmp(a)));
            let (text, _) = most.ok_or_else(nothing)?;
            let is_number = table.column(column)?.data_type().is_numeric();
            return Ok(match text.parse() {
                Ok(number) if is_number => Constant::Number(number),
                _ => Constant::Text(text),
            });
        }
        if numbers.is_empty() {
            return Err(nothing());
        }
        if *self == Filling::Mean {
            let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
            return Ok(Constant::Number(mean));
        }
        numbers.sort_by(f64::total_cmp);
        let middle = numbers.len() / 2;
        let median = if numbers.len() % 2 == 1 {
            numbers[middle]
        } else {
            f64::midpoint(numbers[middle - 1], numbers[middle])
        };
        Ok(Constant::Number(median))
    }
}

impl Imputation {
    pub(crate) fn is_fitted(&self) -> bool {
        self.columns.values().any(|value| value.fitted)
    }

    pub(crate) fn apply(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let mut batch = batch.clone();
        for (name, value) in &self.columns {
            let array = cells::column_of(&batch, name)?;
            let filled: ArrayRef = match &value.value {
                Constant::Number(fill) => {
                    let numbers = cells::numbers(array, name)?;
                    // NaN is how many programs write what is missing.
                    let fill =
                        |number: Option<f64>| Some(number.filter(|n| !n.is_nan()).unwrap_or(*fill));
                    Arc::new(numbers.iter().map(fill).collect::<Float64Array>())
                }
                Constant::Text(fill) => {
                    if array.data_type().is_numeric() && array.null_count() < array.len() {
                        return Err(PipelineError::Stages(format!(
                            "column `{name}` holds numbers; `{fill}` is text"
                        )));
                    }
                    let texts = cells::texts(array)?;
                    let texts = texts.iter().map(|text| Some(text.unwrap_or(fill)));
                    Arc::new(texts.collect::<StringArray>())
                }
            };
            batch = with_column(&batch, name, filled)?;
        }
        Ok(batch)
    }
}
