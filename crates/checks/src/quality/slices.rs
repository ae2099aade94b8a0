//! By what rows are sliced: columns, crossings of columns, buckets of numbers.

use std::collections::BTreeMap;

use arrow::array::{Array, RecordBatch};
use seatrial_data::predictions::Predictions;
use seatrial_data::table::Table;
use seatrial_data::{Column, Offences, Result};

use crate::check::{Failure, Outcome};

/// Slices of one slicing; a column with more values names rows, not groups.
const SLICES_MAX: usize = 1_000;

/// What a row without a value belongs to.
const MISSING: &str = "(missing)";

/// What stands between the columns of a crossing.
const CROSS: char = '*';

/// The slicings of a case.
#[derive(Clone, Debug, Default)]
pub(super) struct Slicing {
    pub by: Vec<By>,
}

/// One way of slicing.
#[derive(Clone, Debug)]
pub(super) struct By {
    /// As it is written: `country`, `country*device`.
    pub name: String,
    columns: Vec<Part>,
}

/// A column, with edges between its buckets if it is a number.
#[derive(Clone, Debug)]
struct Part {
    column: String,
    edges: Option<Vec<f64>>,
}

impl Slicing {
    /// Reads what a case declares.
    ///
    /// # Errors
    /// When a column is missing, is not named in a slice, or its edges do not
    /// ascend.
    pub fn new(
        of: &Predictions,
        slices: &[String],
        buckets: &BTreeMap<String, Vec<f64>>,
    ) -> Outcome<Self> {
        let mut by = Vec::new();
        for name in slices {
            let columns = name.split(CROSS).map(|column| {
                let column = column.trim().to_owned();
                of.table().column(&column)?;
                let edges = buckets.get(&column).cloned();
                Ok(Part { column, edges })
            });
            let columns = columns.collect::<Outcome<Vec<Part>>>()?;
            by.push(By {
                name: name.clone(),
                columns,
            });
        }
        for (column, edges) in buckets {
            let used = by
                .iter()
                .flat_map(|by| &by.columns)
                .any(|part| part.column == *column);
            if !used {
                let message = format!("`buckets` name `{column}`, which no slice names");
                return Err(Failure::Case(message));
            }
            let ascends = edges.windows(2).all(|pair| pair[0] < pair[1]);
            if edges.is_empty() || !ascends || !edges.iter().all(|edge| edge.is_finite()) {
                let message = format!("the edges of the buckets of `{column}` must ascend");
                return Err(Failure::Case(message));
            }
        }
        Ok(Self { by })
    }

    /// Adds the columns that are needed and not there yet.
    pub fn add_columns<'a>(&'a self, columns: &mut Vec<&'a str>) {
        for part in self.by.iter().flat_map(|by| &by.columns) {
            if !columns.contains(&part.column.as_str()) {
                columns.push(&part.column);
            }
        }
    }

    /// For each slicing, the name of each row's slice.
    pub fn names(
        &self,
        table: &Table,
        batch: &RecordBatch,
        first_row: u64,
        offences: &mut Offences,
    ) -> Result<Vec<Vec<String>>> {
        let mut all = Vec::with_capacity(self.by.len());
        for by in &self.by {
            let mut names = vec![String::new(); batch.num_rows()];
            for part in &by.columns {
                let values = part.values(table, batch, first_row, offences)?;
                for (name, value) in names.iter_mut().zip(values) {
                    if !name.is_empty() {
                        name.push(CROSS);
                    }
                    name.push_str(&value);
                }
            }
            all.push(names);
        }
        Ok(all)
    }

    /// Refuses a slicing by a column that has too many values.
    pub fn refuse_many<R>(&self, table: &Table, slices: &[BTreeMap<String, R>]) -> Result<()> {
        match self.by.iter().zip(slices).find(|(_, slices)| slices.len() > SLICES_MAX) {
            Some((by, _)) => Err(table.wrong_in(
                &by.name,
                format!("has more than {SLICES_MAX} values, too many to slice by; give `buckets` for numbers"),
            )),
            None => Ok(()),
        }
    }
}

impl Part {
    fn values(
        &self,
        table: &Table,
        batch: &RecordBatch,
        first_row: u64,
        offences: &mut Offences,
    ) -> Result<Vec<String>> {
        let wrong = |message: String| table.wrong_in(&self.column, message);
        let cells = batch.column_by_name(&self.column);
        let cells = cells.ok_or_else(|| wrong("was not read".into()))?;
        let column = Column {
            name: &self.column,
            cells,
            first_row,
        };
        let Some(edges) = &self.edges else {
            let texts = column.texts().map_err(wrong)?;
            let text = |at| {
                if texts.is_null(at) {
                    MISSING
                } else {
                    texts.value(at)
                }
            };
            return Ok((0..texts.len()).map(|at| text(at).to_owned()).collect());
        };
        let numbers = column.numbers(offences).map_err(wrong)?;
        let names = bucket_names(edges);
        let bucket = |number: f64| edges.partition_point(|edge| *edge <= number);
        Ok(numbers
            .into_iter()
            .map(|number| names[bucket(number)].clone())
            .collect())
    }
}

/// Such as `<18`, `18..65`, `≥65`: each edge belongs to the bucket above it.
fn bucket_names(edges: &[f64]) -> Vec<String> {
    let mut names = vec![format!("<{}", edges[0])];
    names.extend(
        edges
            .windows(2)
            .map(|pair| format!("{}..{}", pair[0], pair[1])),
    );
    names.push(format!("≥{}", edges[edges.len() - 1]));
    names
}
