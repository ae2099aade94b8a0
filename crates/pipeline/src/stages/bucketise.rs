//! `bucketise`: numbers as the number of the interval that they lie in.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch};
use schemars::JsonSchema;
use seatrial_spec::{Count, Misfit};
use serde::{Deserialize, Serialize};

use super::{matching, training_ranks, with_column};
use crate::source::Source;
use crate::{PipelineError, Result, cells};

/// Puts, in place of a number, the number of the interval that it lies in, from
/// 0. A number that is an edge belongs above it.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bucketise {
    /// The table that it reads.
    #[serde(rename = "in")]
    pub input: String,
    /// Names and globs of the columns.
    pub columns: Vec<String>,
    /// Edges between intervals, rising. Give this or `quantiles`.
    pub edges: Option<Vec<f64>>,
    /// So many intervals with the same number of training rows in each.
    pub quantiles: Option<Count>,
    /// Name of the table that it makes; the stage's own when left out.
    pub out: Option<String>,
}

/// Edges, by column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Buckets {
    /// Rising edges between intervals.
    pub columns: BTreeMap<String, Vec<f64>>,
    /// Whether they come from rows.
    pub fitted: bool,
}

impl Bucketise {
    /// What does not hold together in the declaration.
    pub(crate) fn misfit(&self) -> Option<Misfit> {
        match (&self.edges, self.quantiles) {
            (Some(edges), None) if edges.windows(2).any(|pair| pair[0] >= pair[1]) => {
                Some(Misfit::at("edges", "edges rise from one to the next"))
            }
            (Some(_), None) | (None, Some(_)) => None,
            _ => Some(Misfit::at("", "give either `edges` or `quantiles`")),
        }
    }

    pub(crate) fn fit(&self, table: &Source) -> Result<Buckets> {
        let columns = matching(&table.columns(), &self.columns)?;
        let edges = |column: &String| match (&self.edges, self.quantiles) {
            (Some(edges), None) => Ok(edges.clone()),
            (None, Some(count)) => quantiles(table, column, count.get()),
            _ => Err(PipelineError::Stages(
                "give either `edges` or `quantiles`".into(),
            )),
        };
        let edges = columns
            .iter()
            .map(|column| Ok((column.clone(), edges(column)?)));
        Ok(Buckets {
            columns: edges.collect::<Result<_>>()?,
            fitted: self.quantiles.is_some(),
        })
    }
}

/// Inner quantiles of the training rows, each an observed value, repeated ones
/// once.
fn quantiles(table: &Source, column: &str, count: usize) -> Result<Vec<f64>> {
    let mut is_empty = false;
    let mut edges = training_ranks(table, column, |rows| {
        is_empty = rows == 0;
        let rank = |at: u64| (at * rows / count as u64).min(rows.saturating_sub(1));
        if is_empty {
            Vec::new()
        } else {
            (1..count as u64).map(rank).collect()
        }
    })?;
    if is_empty {
        return Err(PipelineError::Stages(format!(
            "column `{column}` has no number in the training rows to learn from"
        )));
    }
    edges.dedup();
    Ok(edges)
}

impl Buckets {
    pub(crate) fn is_fitted(&self) -> bool {
        self.fitted
    }

    pub(crate) fn apply(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let mut batch = batch.clone();
        for (name, edges) in &self.columns {
            let numbers = cells::numbers(cells::column_of(&batch, name)?, name)?;
            let bucket = |number: f64| edges.partition_point(|edge| *edge <= number) as i64;
            let buckets: Int64Array = numbers
                .iter()
                .map(|number| number.filter(|number| !number.is_nan()).map(bucket))
                .collect();
            batch = with_column(&batch, name, Arc::new(buckets))?;
        }
        Ok(batch)
    }
}
