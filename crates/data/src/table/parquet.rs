//! Parquet files: columns in row groups, compressed as they come.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};

use super::read::caught;
use super::{BATCH_ROWS, FileKind, RawBatch, io, wrong};
use crate::error::Result;

/// Reads the file's own description, which stands at its end: a file cut short
/// has none.
pub(super) fn open(path: &Path) -> Result<(SchemaRef, u64, FileKind)> {
    let file = File::open(path).map_err(|error| io(path, error))?;
    let load = || ArrowReaderMetadata::load(&file, ArrowReaderOptions::new());
    let metadata = caught(path, load)?
        .map_err(|error| wrong(path, format!("no whole Parquet file: {error}")))?;
    let rows = metadata.metadata().file_metadata().num_rows();
    let rows =
        u64::try_from(rows).map_err(|_| wrong(path, format!("claims to hold {rows} rows")))?;
    let schema = Arc::clone(metadata.schema());
    Ok((schema, rows, FileKind::Parquet(metadata)))
}

/// These columns of one row group; the file's order decides theirs.
pub(super) fn read(
    path: &Path,
    metadata: &ArrowReaderMetadata,
    columns: Vec<usize>,
    group: usize,
) -> Result<impl Iterator<Item = RawBatch> + Send + use<>> {
    let file = File::open(path).map_err(|error| io(path, error))?;
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone());
    let mask = ProjectionMask::roots(builder.parquet_schema(), columns);
    builder
        .with_projection(mask)
        .with_row_groups(vec![group])
        .with_batch_size(BATCH_ROWS)
        .build()
        .map_err(|error| wrong(path, error.to_string()))
}
