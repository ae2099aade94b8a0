//! A table that is read only as long as nobody says to end.

use std::ops::Deref;

use arrow::array::RecordBatch;
use seatrial_data::table::Table;

use crate::{PipelineError, Result};

/// A table; between two of its batches it is asked whether to end, so that no stage
/// outlasts its case, however many rows it reads.
pub(crate) struct Source<'a> {
    table: Table,
    stopped: &'a dyn Fn() -> bool,
}

impl<'a> Source<'a> {
    pub fn new(table: Table, stopped: &'a dyn Fn() -> bool) -> Self {
        Self { table, stopped }
    }

    /// These columns of every row, as a stream.
    ///
    /// # Errors
    /// When a column is missing or named twice. Each batch may fail too.
    pub fn batches<S: AsRef<str>>(
        &self,
        columns: &[S],
    ) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<'a, S>> {
        let stopped = self.stopped;
        let batches = self.table.batches(columns)?;
        Ok(batches.map(move |batch| {
            if stopped() {
                return Err(PipelineError::Stopped);
            }
            Ok(batch?)
        }))
    }
}

impl Deref for Source<'_> {
    type Target = Table;

    fn deref(&self) -> &Table {
        &self.table
    }
}
