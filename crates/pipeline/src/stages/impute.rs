//! `impute`: missing values filled in.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float64Array, RecordBatch, StringArray};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{finite, matching, of_training_rows, training_ranks, with_column};
use crate::source::Source;
use crate::{PipelineError, Result, cells};

/// More different values than this are an identifier, and none is frequent.
const VALUES_MAX: usize = 1_000_000;

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
    /// The most frequent of at most a million values; of several, the first in order.
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
    pub(crate) fn fit(&self, table: &Source) -> Result<Imputation> {
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
    fn fit(&self, table: &Source, column: &str) -> Result<Constant> {
        let found = match self {
            Filling::Number(number) => Some(Constant::Number(*number)),
            Filling::Text(text) => Some(Constant::Text(text.clone())),
            Filling::Mean => mean(table, column)?.map(Constant::Number),
            Filling::Median => median(table, column)?.map(Constant::Number),
            Filling::MostFrequent => most_frequent(table, column)?,
        };
        found.ok_or_else(|| {
            PipelineError::Stages(format!(
                "column `{column}` has no value in the training rows to learn from"
            ))
        })
    }
}

fn mean(table: &Source, column: &str) -> Result<Option<f64>> {
    let (mut count, mut sum) = (0_u64, 0.0);
    of_training_rows(table, &[column.to_owned()], |batch| {
        for number in finite(batch, column)? {
            count += 1;
            sum += number;
        }
        Ok(())
    })?;
    Ok((count > 0).then(|| sum / count as f64))
}

fn median(table: &Source, column: &str) -> Result<Option<f64>> {
    let middle = training_ranks(table, column, |count| match count {
        0 => Vec::new(),
        count if count % 2 == 1 => vec![count / 2],
        count => vec![count / 2 - 1, count / 2],
    })?;
    Ok(match middle.as_slice() {
        [middle] => Some(*middle),
        [below, above] => Some(f64::midpoint(*below, *above)),
        _ => None,
    })
}

fn most_frequent(table: &Source, column: &str) -> Result<Option<Constant>> {
    let mut counts: HashMap<String, u64> = HashMap::new();
    of_training_rows(table, &[column.to_owned()], |batch| {
        let texts = cells::texts(cells::column_of(batch, column)?)?;
        for text in texts.iter().flatten() {
            match counts.get_mut(text) {
                Some(count) => *count += 1,
                None => drop(counts.insert(text.to_owned(), 1)),
            }
        }
        if counts.len() > VALUES_MAX {
            return Err(PipelineError::Stages(format!(
                "column `{column}` has more than {VALUES_MAX} different values: the most frequent \
                 of them says nothing"
            )));
        }
        Ok(())
    })?;
    let most = counts
        .into_iter()
        .max_by(|(a, n), (b, m)| n.cmp(m).then(b.cmp(a)));
    let is_number = table.column(column)?.data_type().is_numeric();
    Ok(most.map(|(text, _)| match text.parse() {
        Ok(number) if is_number => Constant::Number(number),
        _ => Constant::Text(text),
    }))
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
