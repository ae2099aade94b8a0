//! Writing a table: whole under its name, or not at all.

use std::fs::{File, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::csv::WriterBuilder;
use arrow::datatypes::SchemaRef;
use arrow::json::LineDelimitedWriter;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use tempfile::NamedTempFile;

use super::{ENDINGS, Format, io, wrong};
use crate::error::{DataError, Result};
use crate::moments::showable_rows;

/// A row group is held until it is written: rows that are wide come in more of them.
const GROUP_BYTES_MAX: usize = 128 << 20;

/// Writes a table to a temporary file beside its place, and puts it there when
/// it is whole. Dropped before that, it leaves nothing.
pub struct TableWriter {
    path: PathBuf,
    schema: SchemaRef,
    sink: Sink,
}

enum Sink {
    Csv(Box<arrow::csv::Writer<NamedTempFile>>),
    JsonLines(LineDelimitedWriter<NamedTempFile>),
    Parquet(Box<ArrowWriter<NamedTempFile>>),
}

impl TableWriter {
    /// Begins a table; the ending chooses Parquet (zstd), CSV or JSON lines.
    ///
    /// # Errors
    /// When the ending names no format, or the folder cannot be written to.
    pub fn create(path: &Path, schema: SchemaRef) -> Result<Self> {
        let Some(format) = Format::of(path) else {
            let message = format!("its ending names no format: {ENDINGS} is expected");
            return Err(wrong(path, message));
        };
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        let file = tempfile::Builder::new()
            .prefix(".table-")
            // What anybody's new file may do; the user's mask takes from it.
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder.unwrap_or(Path::new(".")))
            .map_err(|error| io(path, error))?;
        let sink = match format {
            // Without a batch the writer would leave out the header.
            Format::Csv => Sink::Csv(Box::new(WriterBuilder::new().with_header(true).build(file))),
            Format::JsonLines => Sink::JsonLines(LineDelimitedWriter::new(file)),
            Format::Parquet => {
                let compression = Compression::ZSTD(ZstdLevel::default());
                let properties = WriterProperties::builder()
                    .set_compression(compression)
                    .build();
                let schema = SchemaRef::clone(&schema);
                let writer = ArrowWriter::try_new(file, schema, Some(properties));
                Sink::Parquet(Box::new(writer.map_err(|error| refused(path, &error))?))
            }
        };
        let mut writer = Self {
            path: path.to_owned(),
            schema,
            sink,
        };
        if format == Format::Csv {
            writer.write(&RecordBatch::new_empty(SchemaRef::clone(&writer.schema)))?;
        }
        Ok(writer)
    }

    /// Adds rows.
    ///
    /// # Errors
    /// When the batch has other columns, the format cannot hold one of them, or
    /// the file cannot be written.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.schema().fields() != self.schema.fields() {
            return Err(wrong(
                &self.path,
                "a batch has other columns than the table",
            ));
        }
        let written = match &mut self.sink {
            Sink::Csv(writer) => showable_rows(batch).and_then(|batch| writer.write(&batch)),
            Sink::JsonLines(writer) => showable_rows(batch).and_then(|batch| writer.write(&batch)),
            Sink::Parquet(writer) => {
                let mut written = writer.write(batch);
                if written.is_ok() && writer.memory_size() > GROUP_BYTES_MAX {
                    written = writer.flush();
                }
                return written.map_err(|error| refused(&self.path, &error));
            }
        };
        written.map_err(|error| refused(&self.path, &error))
    }

    /// Puts the table in its place, over what was there.
    ///
    /// # Errors
    /// When the rest cannot be written; what was there is then still there.
    pub fn finish(self) -> Result<()> {
        let Self { path, sink, .. } = self;
        let file = match sink {
            Sink::Csv(writer) => writer.into_inner(),
            Sink::JsonLines(mut writer) => {
                writer.finish().map_err(|error| refused(&path, &error))?;
                writer.into_inner()
            }
            Sink::Parquet(writer) => writer
                .into_inner()
                .map_err(|error| refused(&path, &error))?,
        };
        settle(file, &path).map_err(|error| io(&path, error))
    }
}

fn settle(mut file: NamedTempFile, path: &Path) -> std::io::Result<()> {
    file.flush()?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn refused(path: &Path, error: &dyn std::error::Error) -> DataError {
    wrong(path, format!("cannot be written: {error}"))
}
