//! A table as a stream of batches.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{Schema, SchemaRef};

use super::{FileKind, Part, RawBatch, Table, csv, json, parquet, partition, wrong};
use crate::error::Result;

/// What can be read by itself: a row group of a Parquet file, or a whole file.
#[derive(Clone, Debug)]
pub struct Piece {
    table: Table,
    part: usize,
    group: Option<usize>,
    schema: SchemaRef,
    /// Rows it holds.
    pub rows: u64,
}

/// The pieces of a table, in order. A file without rows has none.
pub(super) fn pieces(table: &Table, schema: &SchemaRef) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (place, part) in table.parts.iter().enumerate() {
        let piece = |group, rows| Piece {
            table: table.clone(),
            part: place,
            group,
            schema: Arc::clone(schema),
            rows,
        };
        match &part.file {
            FileKind::Parquet(metadata) => {
                let groups = metadata.metadata().row_groups().iter().enumerate();
                pieces.extend(groups.map(|(group, of)| {
                    piece(Some(group), u64::try_from(of.num_rows()).unwrap_or(0))
                }));
            }
            FileKind::Csv(_) | FileKind::JsonLines(_) => pieces.push(piece(None, part.rows)),
        }
    }
    pieces.retain(|piece| piece.rows > 0);
    pieces
}

impl Piece {
    /// Its batches, in order.
    ///
    /// # Errors
    /// When the file cannot be opened; each batch may fail too.
    pub fn batches(&self) -> Result<PieceBatches> {
        let part = &self.table.parts[self.part];
        let wanted: Vec<usize> = (self.schema.fields().iter())
            .filter_map(|field| part.schema.index_of(field.name()).ok())
            .collect();
        let raw: Box<dyn Iterator<Item = RawBatch> + Send> = match (&part.file, self.group) {
            (FileKind::Csv(_), _) => Box::new(csv::read(&part.path, &part.schema, wanted)?),
            (FileKind::JsonLines(_), _) => {
                let fields: Vec<_> = wanted
                    .iter()
                    .map(|&at| part.schema.field(at).clone())
                    .collect();
                Box::new(json::read(&part.path, Arc::new(Schema::new(fields)))?)
            }
            (FileKind::Parquet(metadata), group) => {
                let group = group.unwrap_or(0);
                let read = || parquet::read(&part.path, metadata, &self.schema, wanted, group);
                Box::new(caught(&part.path, read)??)
            }
        };
        Ok(PieceBatches {
            piece: self.clone(),
            raw,
            seen: 0,
            failed: false,
        })
    }
}

/// The batches of one piece.
pub struct PieceBatches {
    piece: Piece,
    raw: Box<dyn Iterator<Item = RawBatch> + Send>,
    seen: u64,
    failed: bool,
}

impl Iterator for PieceBatches {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let part = &self.piece.table.parts[self.piece.part];
        let next = match caught(&part.path, || self.raw.next()) {
            Err(error) => Err(error),
            Ok(Some(Ok(raw))) => {
                self.seen += raw.num_rows() as u64;
                fit(part, &self.piece.schema, &raw)
            }
            Ok(Some(Err(error))) => Err(wrong(&part.path, error.to_string())),
            // A file may change between being opened and being read.
            Ok(None) if self.seen != self.piece.rows => {
                let (seen, rows) = (self.seen, self.piece.rows);
                Err(wrong(
                    &part.path,
                    format!("{rows} rows were expected, {seen} were read"),
                ))
            }
            Ok(None) => return None,
        };
        self.failed = next.is_err();
        Some(next)
    }
}

/// What `decode` gives; that it panicked is an error. Decoders of files that
/// anybody wrote should not, but the Parquet one does on some damaged pages.
pub(super) fn caught<T>(path: &Path, decode: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(decode)).map_err(|_| wrong(path, "the file is damaged"))
}

/// The columns asked for, in order, with the table's types.
fn fit(part: &Part, schema: &SchemaRef, raw: &RecordBatch) -> Result<RecordBatch> {
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        let column = match raw.column_by_name(field.name()) {
            Some(column) if column.data_type() == field.data_type() => Arc::clone(column),
            Some(column) => {
                let strict = CastOptions {
                    safe: false,
                    ..Default::default()
                };
                cast_with_options(column, field.data_type(), &strict).map_err(|error| {
                    wrong(&part.path, format!("column `{}`: {error}", field.name()))
                })?
            }
            None => {
                let value = part.partition.iter().find(|(name, _)| name == field.name());
                let value = value.and_then(|(_, value)| value.as_deref());
                partition::column(value, field.data_type(), raw.num_rows())
            }
        };
        columns.push(column);
    }
    // Without a column there would be no telling how many rows there are.
    let rows = RecordBatchOptions::new().with_row_count(Some(raw.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &rows)
        .map_err(|error| wrong(&part.path, error.to_string()))
}

/// The batches of a whole table, in order.
pub struct Batches {
    schema: SchemaRef,
    pieces: std::vec::IntoIter<Piece>,
    current: Option<PieceBatches>,
}

impl Batches {
    pub(super) fn new(table: Table, schema: SchemaRef) -> Self {
        Self {
            pieces: pieces(&table, &schema).into_iter(),
            schema,
            current: None,
        }
    }

    /// Names and types of the columns that are read.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(batch) = self.current.as_mut().and_then(Iterator::next) {
                return Some(batch);
            }
            match self.pieces.next()?.batches() {
                Ok(batches) => self.current = Some(batches),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
