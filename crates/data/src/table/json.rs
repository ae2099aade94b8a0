//! JSON lines: one object a line.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::json::ReaderBuilder;
use arrow::json::reader::infer_json_schema_from_iterator;
use serde_json::Value;

use super::{BATCH_ROWS, FileKind, RawBatch, io, wrong};
use crate::error::Result;

/// Reads the file once: names and types of its columns, and its rows.
pub(super) fn open(path: &Path) -> Result<(SchemaRef, u64, FileKind)> {
    let file = File::open(path).map_err(|error| io(path, error))?;
    let mut rows = 0;
    // Lines, not the values of a stream: an object cut short is then named by
    // its line, and what stands behind one on its line is not passed over.
    let lines = BufReader::new(file).lines().enumerate();
    let values = lines.filter_map(|(number, line)| match line {
        Ok(line) if line.trim().is_empty() => None,
        Ok(line) => {
            rows += 1;
            Some(object(number + 1, &line))
        }
        Err(error) => Some(Err(refused(number + 1, &error.to_string()))),
    });
    let schema = infer_json_schema_from_iterator(values);
    let schema: Schema = schema.map_err(|error| wrong(path, plain(&error)))?;
    if rows == 0 {
        return Err(wrong(path, "the file holds no row"));
    }
    // Whether objects keep their order depends on how their parser was built.
    let mut fields = schema.fields().to_vec();
    fields.sort_by(|a, b| a.name().cmp(b.name()));
    Ok((Arc::new(Schema::new(fields)), rows, FileKind::JsonLines))
}

/// These columns of every row. A number in a column of text is read as text.
pub(super) fn read(
    path: &Path,
    schema: SchemaRef,
) -> Result<impl Iterator<Item = RawBatch> + Send + use<>> {
    let file = File::open(path).map_err(|error| io(path, error))?;
    ReaderBuilder::new(schema)
        .with_batch_size(BATCH_ROWS)
        .with_coerce_primitive(true)
        .build(BufReader::new(file))
        .map_err(|error| wrong(path, plain(&error)))
}

fn object(line: usize, text: &str) -> Result<Value, ArrowError> {
    match serde_json::from_str(text) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(refused(line, "an object was expected")),
        Err(error) => {
            // The library counts lines too, from the one that it was given.
            let told = error.to_string();
            let what = told.split(" at line ").next().unwrap_or(&told);
            Err(refused(
                line,
                &format!("{what} at column {}", error.column()),
            ))
        }
    }
}

fn refused(line: usize, message: &str) -> ArrowError {
    ArrowError::JsonError(format!("line {line}: {message}"))
}

/// Without the library's word for its kind of error.
fn plain(error: &ArrowError) -> String {
    match error {
        ArrowError::JsonError(message) | ArrowError::SchemaError(message) => message.clone(),
        other => other.to_string(),
    }
}
