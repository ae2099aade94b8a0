//! CSV files: a header row, then one row a record.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use arrow::csv::ReaderBuilder;
use arrow::datatypes::{Field, Schema, SchemaRef};

use super::csv_types::Seen;
use super::{BATCH_ROWS, FileKind, RawBatch, io, wrong};
use crate::error::Result;
use crate::header;

/// Bytes read at once.
const BUFFER_BYTES: usize = 1 << 18;

/// Cells of a batch, whether they are asked for or not: the reader notes where
/// each begins.
const CELLS_MAX: usize = 1 << 23;

/// Reads the file once: names and types of its columns, and its rows.
pub(super) fn open(path: &Path) -> Result<(SchemaRef, u64, FileKind)> {
    let file = File::open(path).map_err(|error| io(path, error))?;
    let mut reader = csv::ReaderBuilder::new()
        .buffer_capacity(BUFFER_BYTES)
        .from_reader(file);
    let header = reader.headers().map_err(|error| refused(path, 0, &error))?;
    let header = header.clone();
    let names: Vec<String> = header.iter().map(str::to_owned).collect();
    header::one_cell(&names).map_err(|message| wrong(path, message))?;
    let mut columns = vec![Seen::default(); header.len()];
    let (mut record, mut rows) = (csv::StringRecord::new(), 0);
    while reader
        .read_record(&mut record)
        .map_err(|error| refused(path, rows + 1, &error))?
    {
        for (column, cell) in columns.iter_mut().zip(&record) {
            column.see(rows, cell);
        }
        rows += 1;
    }
    let names = || header.iter().map(str::trim);
    let fields = names().zip(&columns);
    let fields = fields.map(|(name, column)| Field::new(name, column.data_type(), true));
    let schema = Schema::new(fields.collect::<Vec<_>>());
    let strays = names().zip(columns);
    let strays = strays.filter_map(|(name, column)| Some((name.to_owned(), column.strays()?)));
    Ok((Arc::new(schema), rows, FileKind::Csv(strays.collect())))
}

/// Whether the last line ends as lines do, with a newline.
pub(super) fn ends_a_line(path: &Path) -> Result<bool> {
    let last = |mut file: File| {
        let mut byte = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut byte)?;
        Ok(matches!(byte, [b'\n' | b'\r']))
    };
    File::open(path)
        .and_then(last)
        .map_err(|error| io(path, error))
}

/// These columns of every row.
pub(super) fn read(
    path: &Path,
    schema: &SchemaRef,
    columns: Vec<usize>,
) -> Result<impl Iterator<Item = RawBatch> + Send + use<>> {
    let file = File::open(path).map_err(|error| io(path, error))?;
    ReaderBuilder::new(Arc::clone(schema))
        .with_header(true)
        .with_batch_size(batch_rows(schema.fields().len()))
        .with_projection(columns)
        .build_buffered(BufReader::with_capacity(BUFFER_BYTES, file))
        .map_err(|error| wrong(path, error.to_string()))
}

/// Rows read at once: fewer of very wide tables, so that memory stays bounded.
fn batch_rows(columns: usize) -> usize {
    (CELLS_MAX / columns.max(1)).clamp(1, BATCH_ROWS)
}

fn refused(path: &Path, row: u64, error: &csv::Error) -> crate::DataError {
    let message = match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!("row {row} has {len} cells, the header has {expected_len}"),
        csv::ErrorKind::Utf8 { err, .. } => {
            let cell = err.field() + 1;
            let place = match row {
                0 => "the header".to_owned(),
                row => format!("row {row}"),
            };
            format!("{place}: cell {cell} is not UTF-8 text: save the file as UTF-8")
        }
        _ => error.to_string(),
    };
    wrong(path, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_of_a_wide_table_has_fewer_rows() {
        assert_eq!(batch_rows(1_000), BATCH_ROWS);
        for columns in [20_000, CELLS_MAX, 10 * CELLS_MAX] {
            let rows = batch_rows(columns);
            assert!((1..BATCH_ROWS).contains(&rows) && (rows - 1) * columns < CELLS_MAX);
        }
    }
}
