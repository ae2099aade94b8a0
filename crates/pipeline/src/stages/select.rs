//! `select`: columns chosen, renamed and cast.

use std::collections::BTreeMap;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use schemars::JsonSchema;
use seatrial_data::moments::UNIVERSAL;
use serde::{Deserialize, Serialize};

use super::matching;
use crate::{Result, cells};

/// Chooses, renames and casts columns, in this order: `columns` or `drop`, then
/// `rename`, then `cast`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Select {
    /// The table that it reads.
    #[serde(rename = "in")]
    pub input: String,
    /// Names and globs of the columns to keep; all when left out.
    pub columns: Option<Vec<String>>,
    /// Names and globs of the columns to drop.
    #[serde(default)]
    pub drop: Vec<String>,
    /// New names, by old name.
    #[serde(default)]
    pub rename: BTreeMap<String, String>,
    /// New types, by (new) name. A value that the type cannot hold is an error.
    #[serde(default)]
    pub cast: BTreeMap<String, CastType>,
    /// Name of the table that it makes; the stage's own when left out.
    pub out: Option<String>,
}

/// What a column can be cast to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CastType {
    /// Whole numbers.
    Integer,
    /// Numbers.
    Number,
    /// Text.
    Text,
    /// True or false.
    Boolean,
    /// Moments in universal time.
    Timestamp,
}

impl CastType {
    fn arrow(self) -> DataType {
        match self {
            CastType::Integer => DataType::Int64,
            CastType::Number => DataType::Float64,
            CastType::Text => DataType::Utf8,
            CastType::Boolean => DataType::Boolean,
            CastType::Timestamp => {
                DataType::Timestamp(TimeUnit::Microsecond, Some(UNIVERSAL.into()))
            }
        }
    }
}

impl Select {
    /// The columns that are kept, by old and new name.
    pub(crate) fn kept(&self, known: &[&str]) -> Result<Vec<(String, String)>> {
        let kept = match &self.columns {
            Some(patterns) => matching(known, patterns)?,
            None => known.iter().map(|name| (*name).to_owned()).collect(),
        };
        let dropped = matching(known, &self.drop)?;
        // A rename of what is not there is a slip.
        let renamed: Vec<String> = self.rename.keys().cloned().collect();
        matching(
            &kept.iter().map(String::as_str).collect::<Vec<_>>(),
            &renamed,
        )?;
        let kept = kept.into_iter().filter(|name| !dropped.contains(name));
        Ok(kept
            .map(|old| {
                let new = self.rename.get(&old).unwrap_or(&old).clone();
                (old, new)
            })
            .collect())
    }

    pub(crate) fn apply(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let schema = batch.schema();
        let known: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
        let kept = self.kept(&known)?;
        let names: Vec<&str> = kept.iter().map(|(_, new)| new.as_str()).collect();
        let cast: Vec<String> = self.cast.keys().cloned().collect();
        matching(&names, &cast)?;
        let mut fields = Vec::new();
        let mut columns: Vec<ArrayRef> = Vec::new();
        for (old, new) in kept {
            let array = cells::column_of(batch, &old)?;
            let array = match self.cast.get(&new) {
                Some(to) => cells::cast(array, &to.arrow()).map_err(|error| {
                    crate::PipelineError::Stages(format!("column `{new}`: {error}"))
                })?,
                None => ArrayRef::clone(array),
            };
            fields.push(Field::new(new, array.data_type().clone(), true));
            columns.push(array);
        }
        let schema = std::sync::Arc::new(Schema::new(fields));
        // Of no column, the number of rows must be said.
        let rows = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        Ok(RecordBatch::try_new_with_options(schema, columns, &rows)?)
    }
}
