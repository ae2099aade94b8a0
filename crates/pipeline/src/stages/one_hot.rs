//! `one-hot`: a column for each category.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Float64Array, RecordBatch};
use schemars::JsonSchema;
use seatrial_data::quoted;
use serde::{Deserialize, Serialize};

use super::{matching, of_training_rows, with_column, without_column};
use crate::source::Source;
use crate::{PipelineError, Result, cells};

/// More categories than this are an identifier and no category.
const CATEGORIES_MAX: usize = 10_000;

/// Puts, in place of a column, one column `NAME=VALUE` for each category that
/// occurs in the training part of the rows: one where the row has it, else zero.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneHot {
    /// The table that it reads.
    #[serde(rename = "in")]
    pub input: String,
    /// Names and globs of the columns.
    pub columns: Vec<String>,
    /// What a value does that no training row has.
    #[serde(default)]
    pub unknown: Unknown,
    /// Name of the table that it makes; the stage's own when left out.
    pub out: Option<String>,
}

/// What a category does that is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unknown {
    /// All columns are zero.
    #[default]
    Zeros,
    /// It is an error.
    Error,
}

/// What was fitted, by column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Categories {
    /// The categories, sorted.
    pub columns: BTreeMap<String, Vec<String>>,
    /// What others do.
    pub unknown: Unknown,
}

impl OneHot {
    pub(crate) fn fit(&self, table: &Source) -> Result<Categories> {
        let columns = matching(&table.columns(), &self.columns)?;
        let mut seen: Vec<BTreeSet<String>> = vec![BTreeSet::new(); columns.len()];
        of_training_rows(table, &columns, |batch| {
            for (seen, column) in seen.iter_mut().zip(&columns) {
                for text in cells::texts(cells::column_of(batch, column)?)?
                    .iter()
                    .flatten()
                {
                    if !seen.contains(text) {
                        seen.insert(text.to_owned());
                    }
                }
                if seen.len() > CATEGORIES_MAX {
                    return Err(PipelineError::Stages(format!(
                        "column `{column}` has more than {CATEGORIES_MAX} categories"
                    )));
                }
            }
            Ok(())
        })?;
        if let Some(at) = seen.iter().position(BTreeSet::is_empty) {
            // Without a category it would go without a trace.
            return Err(PipelineError::Stages(format!(
                "column `{}` has no value in the training rows to learn from",
                columns[at]
            )));
        }
        let categories = seen.into_iter().map(|seen| seen.into_iter().collect());
        Ok(Categories {
            columns: columns.into_iter().zip(categories).collect(),
            unknown: self.unknown,
        })
    }
}

impl Categories {
    pub(crate) fn apply(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let mut batch = batch.clone();
        for (name, categories) in &self.columns {
            let texts = cells::texts(cells::column_of(&batch, name)?)?;
            if self.unknown == Unknown::Error {
                let strange = texts.iter().flatten();
                let mut strange = strange.filter(|text| categories.iter().all(|c| c != text));
                if let Some(text) = strange.next() {
                    return Err(PipelineError::Stages(format!(
                        "column `{name}` holds {}, which no training row has",
                        quoted(text)
                    )));
                }
            }
            batch = without_column(&batch, name)?;
            for category in categories {
                let is = |text: Option<&str>| f64::from(u8::from(text == Some(category)));
                let column: Float64Array = texts.iter().map(|text| Some(is(text))).collect();
                batch = with_column(&batch, &format!("{name}={category}"), Arc::new(column))?;
            }
        }
        Ok(batch)
    }
}
