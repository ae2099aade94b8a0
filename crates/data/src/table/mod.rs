//! Tables of any size: a file, a folder or a glob, read as a stream of Arrow
//! record batches, and written whole or not at all.
//!
//! A [`Table`] knows its columns, their types and its number of rows before the
//! first batch is asked for, and never holds more than a few batches. What does
//! not live here: what the columns mean. Datasets and aggregates know that.

mod csv;
mod csv_types;
mod files;
mod json;
mod json_types;
mod parquet;
mod partition;
mod read;
mod types;
mod write;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, FieldRef, Schema, SchemaRef};

use crate::error::{DataError, Result};
use crate::header;
use crate::offences::Offences;

pub use read::{Batches, Piece, PieceBatches};
pub use write::TableWriter;

/// Rows in one batch: enough for the cost of a batch not to show, few enough
/// for a batch of wide rows to stay small.
const BATCH_ROWS: usize = 8_192;

/// A table on disk, opened and found to be whole as far as can be told without
/// reading all of it.
#[derive(Clone, Debug)]
pub struct Table {
    path: PathBuf,
    schema: SchemaRef,
    parts: Arc<[Part]>,
}

/// One file of a table.
#[derive(Debug)]
struct Part {
    path: PathBuf,
    /// What the file itself holds; the table's columns may be wider.
    schema: SchemaRef,
    /// Columns that the folder's name gives, `country=de`.
    partition: Vec<(String, Option<String>)>,
    rows: u64,
    file: FileKind,
}

/// How a file is read.
#[derive(Debug)]
enum FileKind {
    /// With the words that stand among numbers, by column.
    Csv(Vec<(String, csv_types::Strays)>),
    JsonLines(json_types::Columns),
    Parquet(::parquet::arrow::arrow_reader::ArrowReaderMetadata),
}

/// The formats there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Csv,
    JsonLines,
    Parquet,
}

impl Format {
    /// The format that a file's ending names.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "csv" => Some(Format::Csv),
            "jsonl" | "ndjson" | "json" => Some(Format::JsonLines),
            "parquet" | "pq" => Some(Format::Parquet),
            _ => None,
        }
    }
}

/// The endings that [`Format::of`] knows, for messages.
const ENDINGS: &str = "`.parquet`, `.csv` or `.jsonl`";

impl Table {
    /// Opens a file, a folder or a glob of CSV, Parquet or JSON lines.
    ///
    /// In a folder, files whose name begins with `.` or `_` are passed over,
    /// and folders named `key=value` give a column `key`. Files are read in the
    /// order of their paths. Of CSV and JSON lines every row is read once here,
    /// to find the types of the columns: whole numbers, numbers, `true` and
    /// `false`, or text. CSV says no types, and a column that fits none of the
    /// others is text; JSON does, and a column there that is read has values of one
    /// type.
    ///
    /// # Errors
    /// When there is no such file, one of them cannot be read, is cut short or
    /// is of another kind or has other columns than the rest.
    pub fn open(path: &Path) -> Result<Self> {
        let found = files::find(path)?;
        let parts = found.into_iter().map(Part::open);
        let parts = parts.collect::<Result<Vec<Part>>>()?;
        let schema = types::common_schema(&parts)?;
        Ok(Self {
            path: path.to_owned(),
            schema,
            parts: parts.into(),
        })
    }

    /// What was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Names and types of the columns; those that folders name come last.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Names of the columns, in order.
    pub fn columns(&self) -> Vec<&str> {
        let fields = self.schema.fields().iter();
        fields.map(|field| field.name().as_str()).collect()
    }

    /// Whether its files say which type a cell has: CSV does not.
    pub(crate) fn is_typed(&self) -> bool {
        !self
            .parts
            .iter()
            .any(|part| matches!(part.file, FileKind::Csv(_)))
    }

    /// The words in a column of CSV that is text because of them: most of its
    /// cells are numbers.
    pub fn strays(&self, column: &str) -> Offences {
        let (mut offences, mut before) = (Offences::default(), 0);
        for part in self.parts.iter() {
            if let FileKind::Csv(strays) = &part.file
                && let Some((_, strays)) = strays.iter().find(|(name, _)| name == column)
            {
                let row = before + strays.first_row;
                let kind = "is no number, where most cells of the column are".into();
                offences.note_rows(column, row, strays.count, kind, &strays.found);
            }
            before += part.rows;
        }
        offences
    }

    /// Number of rows.
    pub fn rows(&self) -> u64 {
        self.parts.iter().map(|part| part.rows).sum()
    }

    /// The files, in the order in which they are read.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.parts.iter().map(|part| part.path.as_path())
    }

    /// The first CSV file whose last line has no newline. That may be how it was
    /// written, or it was cut short: within its last number, it is read as another.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn open_end(&self) -> Result<Option<&Path>> {
        for part in self.parts.iter() {
            if matches!(part.file, FileKind::Csv(_)) && !csv::ends_a_line(&part.path)? {
                return Ok(Some(&part.path));
            }
        }
        Ok(None)
    }

    /// The column of this name.
    ///
    /// # Errors
    /// When there is none, with those there are.
    pub fn column(&self, name: &str) -> Result<&Field> {
        match self.schema.field_with_name(name) {
            Ok(field) => Ok(field),
            Err(_) => Err(self.wrong(header::unknown(name, &self.columns()))),
        }
    }

    /// These columns of every row, in this order, as a stream.
    ///
    /// # Errors
    /// When a column is missing or named twice, or holds values of several types.
    pub fn batches<S: AsRef<str>>(&self, columns: &[S]) -> Result<Batches> {
        Ok(Batches::new(self.clone(), self.project(columns)?))
    }

    /// The parts that can be read side by side: row groups of Parquet files,
    /// and whole files of other formats. In order, they are the table.
    pub fn pieces<S: AsRef<str>>(&self, columns: &[S]) -> Result<Vec<Piece>> {
        let schema = self.project(columns)?;
        Ok(read::pieces(self, &schema))
    }

    /// The same, with text that its files keep as dictionaries as Arrow
    /// dictionaries: what repeats is then decoded once.
    pub(crate) fn encoded_pieces<S: AsRef<str>>(&self, columns: &[S]) -> Result<Vec<Piece>> {
        let schema = self.project(columns)?;
        let field = |field: &FieldRef| {
            let mut parts = self.parts.iter();
            if parts.all(|part| parquet::keeps_dictionary(part, field)) {
                Arc::new(Field::new(field.name(), parquet::text_dictionary(), true))
            } else {
                Arc::clone(field)
            }
        };
        let schema = Schema::new(schema.fields().iter().map(field).collect::<Vec<_>>());
        let schema = Arc::new(schema);
        Ok(read::pieces(self, &schema))
    }

    /// The file that a row of the table stands in, and its row there, from 1.
    pub fn locate(&self, row: u64) -> (&Path, u64) {
        let mut before = 0;
        for part in self.parts.iter() {
            if row < before + part.rows {
                return (&part.path, row - before + 1);
            }
            before += part.rows;
        }
        (&self.path, row + 1)
    }

    /// Something wrong with a cell: the row counts from 0 over the whole table.
    pub fn wrong_at(&self, column: &str, row: u64, message: impl Into<String>) -> DataError {
        let (path, row) = self.locate(row);
        DataError::Table {
            path: path.to_owned(),
            column: Some(column.to_owned()),
            row: Some(row),
            message: message.into(),
        }
    }

    /// Something wrong with a column.
    pub fn wrong_in(&self, column: &str, message: impl Into<String>) -> DataError {
        DataError::Table {
            path: self.path.clone(),
            column: Some(column.to_owned()),
            row: None,
            message: message.into(),
        }
    }

    /// Something wrong with the table.
    pub fn wrong(&self, message: impl Into<String>) -> DataError {
        wrong(&self.path, message)
    }

    fn project<S: AsRef<str>>(&self, columns: &[S]) -> Result<SchemaRef> {
        let mut fields: Vec<Field> = Vec::with_capacity(columns.len());
        for name in columns.iter().map(AsRef::as_ref) {
            if fields.iter().any(|field| field.name() == name) {
                return Err(self.wrong(format!("the column `{name}` is asked for twice")));
            }
            fields.push(self.column(name)?.clone());
        }
        let is_read = |name: &str| fields.iter().any(|field| field.name() == name);
        json_types::offences(&self.parts, is_read).refuse(self)?;
        Ok(Arc::new(Schema::new(fields)))
    }
}

impl Part {
    fn open(found: files::Found) -> Result<Self> {
        let path = found.path;
        let opened = match found.format {
            Format::Csv => csv::open(&path),
            Format::JsonLines => json::open(&path),
            Format::Parquet => parquet::open(&path),
        };
        let (schema, rows, file) = opened?;
        if schema.fields().is_empty() {
            return Err(wrong(&path, "the file has no column"));
        }
        types::well_named(&path, &schema, &found.partition)?;
        Ok(Self {
            path,
            schema,
            partition: found.partition,
            rows,
            file,
        })
    }
}

/// Something wrong with a file or folder.
pub(crate) fn wrong(path: &Path, message: impl Into<String>) -> DataError {
    DataError::Table {
        path: path.to_owned(),
        column: None,
        row: None,
        message: message.into(),
    }
}

/// The system's word on a file.
pub(crate) fn io(path: &Path, source: std::io::Error) -> DataError {
    DataError::Io {
        path: path.to_owned(),
        source,
    }
}

/// A batch of a file, and nothing about where it came from.
type RawBatch = std::result::Result<RecordBatch, arrow::error::ArrowError>;
