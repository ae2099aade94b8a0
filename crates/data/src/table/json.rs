//! JSON lines: one object a line.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::{Field, FieldRef, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::json::ReaderBuilder;
use arrow::json::reader::infer_json_schema_from_iterator;
use serde_json::Value;

use super::json_types::Columns;
use super::{BATCH_ROWS, FileKind, RawBatch, io, wrong};
use crate::error::Result;

/// Bytes read at once.
const BUFFER_BYTES: usize = 1 << 18;

/// What some editors begin a file with, and is no part of it.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads the file once: names and types of its columns, and its rows.
pub(super) fn open(path: &Path) -> Result<(SchemaRef, u64, FileKind)> {
    let mut text = begin(path)?;
    let mut columns = Columns::default();
    let (mut line, mut number) = (Vec::new(), 0);
    // Lines, not the values of a stream: an object cut short is then named by
    // its line, and what stands behind one on its line is not passed over.
    let nested = std::iter::from_fn(|| {
        loop {
            line.clear();
            match text.read_until(b'\n', &mut line) {
                Ok(0) => return None,
                Ok(_) => number += 1,
                Err(error) => return Some(Err(refused(number + 1, &error.to_string()))),
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            match columns.see(&line) {
                Ok(nested) if nested.is_empty() => {}
                Ok(nested) => return Some(Ok(Value::Object(nested))),
                Err(error) => {
                    let what = explained(&error, &line, columns.last_read());
                    return Some(Err(refused(number, &what)));
                }
            }
        }
    });
    let nested = infer_json_schema_from_iterator(nested);
    let nested: Schema = nested.map_err(|error| wrong(path, plain(&error)))?;
    let rows = columns.rows();
    if rows == 0 {
        return Err(wrong(path, "the file holds no row"));
    }
    let single = columns.types();
    let single = single.map(|(name, data_type)| Arc::new(Field::new(name, data_type, true)));
    let mut fields: Vec<FieldRef> = single.chain(nested.fields().iter().cloned()).collect();
    // Objects need not tell their members in the same order.
    fields.sort_by(|a, b| a.name().cmp(b.name()));
    let schema = Arc::new(Schema::new(fields));
    Ok((schema, rows, FileKind::JsonLines(columns)))
}

/// These columns of every row. A number in a column of text is read as text.
pub(super) fn read(
    path: &Path,
    schema: SchemaRef,
) -> Result<impl Iterator<Item = RawBatch> + Send + use<>> {
    ReaderBuilder::new(schema)
        .with_batch_size(BATCH_ROWS)
        .with_coerce_primitive(true)
        .build(begin(path)?)
        .map_err(|error| wrong(path, plain(&error)))
}

/// The text of the file.
fn begin(path: &Path) -> Result<BufReader<File>> {
    let file = File::open(path).map_err(|error| io(path, error))?;
    let mut text = BufReader::with_capacity(BUFFER_BYTES, file);
    if text
        .fill_buf()
        .map_err(|error| io(path, error))?
        .starts_with(MARK)
    {
        text.consume(MARK.len());
    }
    Ok(text)
}

/// Why a line holds no object, in words for whoever wrote it.
fn explained(error: &serde_json::Error, line: &[u8], column: Option<&str>) -> String {
    if error.is_data() {
        return "an object was expected: JSON lines hold one a line".into();
    }
    if let Err(error) = std::str::from_utf8(line) {
        let byte = error.valid_up_to() + 1;
        return format!("byte {byte} is not UTF-8 text: save the file as UTF-8");
    }
    if error.is_eof() {
        let behind = column.map_or(String::new(), |column| format!(", in or behind `{column}`"));
        return format!(
            "the object does not end on its line{behind}: the file was cut short, or does not \
             hold one object a line"
        );
    }
    // The library counts lines too, from the one that it was given.
    let told = error.to_string();
    let what = told.split(" at line ").next().unwrap_or(&told);
    let at = error.column();
    let rest = line.get(at.saturating_sub(1)..).unwrap_or_default();
    let not_finite = ["NaN", "nan", "Infinity", "-Infinity", "inf", "-inf"];
    let not_finite = not_finite
        .iter()
        .find(|word| rest.starts_with(word.as_bytes()));
    match (not_finite, column) {
        (Some(word), Some(column)) => format!(
            "column `{column}`: JSON has no `{word}`: write null, or leave the value out, where \
             there is none"
        ),
        (None, Some(column)) => format!("{what} at column {at}, in or behind `{column}`"),
        _ => format!("{what} at column {at}"),
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
