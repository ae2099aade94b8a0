//! Moments whose zone is a name, `UTC` or `Europe/Berlin`, as pandas writes them.
//! Arrow shows moments of zones that are offsets alone: a database of zones would be
//! needed for others. A moment is the same in any zone, so it is shown in universal time.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;

/// Universal time, as an offset.
pub const UNIVERSAL: &str = "+00:00";

/// The same moments, of a zone that can be shown. Anything else stays as it is.
///
/// # Errors
/// Never, as far as is known: the moments themselves do not change.
pub fn showable(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    match array.data_type() {
        DataType::Timestamp(unit, Some(zone)) if !zone.starts_with(['+', '-']) => {
            cast(array, &DataType::Timestamp(*unit, Some(UNIVERSAL.into())))
        }
        _ => Ok(Arc::clone(array)),
    }
}

/// The same rows, of which every moment can be shown.
pub(crate) fn showable_rows(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let columns: Vec<ArrayRef> = batch
        .columns()
        .iter()
        .map(showable)
        .collect::<Result<_, _>>()?;
    let schema = batch.schema();
    let fields = schema.fields().iter().zip(&columns).map(|(field, column)| {
        let field = Field::clone(field).with_data_type(column.data_type().clone());
        Arc::new(field)
    });
    let schema = Schema::new(fields.collect::<Vec<_>>());
    let rows = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::new(schema), columns, &rows)
}
