//! Parquet files: columns in row groups, compressed as they come.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::Compression;

use super::read::caught;
use super::{BATCH_ROWS, FileKind, Part, RawBatch, io, wrong};
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
    readable(path, &metadata)?;
    let schema = Arc::clone(metadata.schema());
    Ok((schema, rows, FileKind::Parquet(metadata)))
}

/// Refuses what was compressed in a way that this program was built without.
fn readable(path: &Path, metadata: &ArrowReaderMetadata) -> Result<()> {
    let groups = metadata.metadata().row_groups().iter();
    for column in groups.flat_map(|group| group.columns()) {
        let how = match column.compression() {
            Compression::BROTLI(_) => "brotli",
            Compression::LZO => "lzo",
            _ => continue,
        };
        let name = column.column_path().string();
        let message = format!(
            "the column `{name}` is compressed with {how}, which is not read here: write it \
             with zstd, snappy, gzip or lz4"
        );
        return Err(wrong(path, message));
    }
    Ok(())
}

/// Whether a file keeps all of this column of text as dictionaries.
pub(super) fn keeps_dictionary(part: &Part, field: &Field) -> bool {
    let FileKind::Parquet(metadata) = &part.file else {
        return false;
    };
    let groups = metadata.metadata().row_groups();
    is_text(field.data_type())
        && groups.iter().all(|group| {
            let mut columns = group.columns().iter();
            let column =
                columns.find(|column| column.column_path().parts() == [field.name().as_str()]);
            column.is_some_and(|column| column.dictionary_page_offset().is_some())
        })
}

/// The type that a column of such text is read as.
pub(super) fn text_dictionary() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

fn is_text(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
    )
}

/// The file's metadata, to read text as `schema` wants it.
fn as_wanted(metadata: &ArrowReaderMetadata, schema: &Schema) -> ArrowReaderMetadata {
    let mut changed = false;
    let field = |field: &FieldRef| match schema.field_with_name(field.name()) {
        Ok(wanted) if is_text(field.data_type()) && *wanted.data_type() == text_dictionary() => {
            changed = true;
            let wanted = field.as_ref().clone().with_data_type(text_dictionary());
            Arc::new(wanted)
        }
        _ => Arc::clone(field),
    };
    let fields: Vec<FieldRef> = metadata.schema().fields().iter().map(field).collect();
    if !changed {
        return metadata.clone();
    }
    let schema = Schema::new_with_metadata(fields, metadata.schema().metadata().clone());
    let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
    // Where the library will not, the text is read as it is, and made a
    // dictionary then.
    let read = ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options);
    read.unwrap_or_else(|_| metadata.clone())
}

/// These columns of one row group, text as `schema` wants it; the file's order
/// decides theirs.
pub(super) fn read(
    path: &Path,
    metadata: &ArrowReaderMetadata,
    schema: &Schema,
    columns: Vec<usize>,
    group: usize,
) -> Result<impl Iterator<Item = RawBatch> + Send + use<>> {
    let file = File::open(path).map_err(|error| io(path, error))?;
    let metadata = as_wanted(metadata, schema);
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata);
    let mask = ProjectionMask::roots(builder.parquet_schema(), columns);
    builder
        .with_projection(mask)
        .with_row_groups(vec![group])
        .with_batch_size(BATCH_ROWS)
        .build()
        .map_err(|error| wrong(path, error.to_string()))
}
