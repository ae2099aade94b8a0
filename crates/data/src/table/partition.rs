//! Columns that folders name: `country=de/day=2026-01-01/part-0.parquet`.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringArray};
use arrow::datatypes::{DataType, Field};

use super::csv_types::Seen;
use super::files::Found;
use super::{Part, wrong};
use crate::error::Result;

/// What Hive and Spark write for a value that is missing.
const NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// The columns that the folders of a path give, outermost first.
pub(super) fn of(path: &Path) -> Vec<(String, Option<String>)> {
    let folders = path.parent().into_iter().flat_map(Path::components);
    let mut columns = Vec::new();
    for folder in folders {
        let folder = folder.as_os_str().to_string_lossy();
        if let Some((key, value)) = folder.split_once('=') {
            let value = (value != NULL).then(|| decoded(value));
            columns.push((decoded(key), value));
        }
    }
    columns
}

/// Refuses a file whose folders name other columns than the first file's.
pub(super) fn agrees(first: &[(String, Option<String>)], file: &Found) -> Result<()> {
    let names = |columns: &[(String, Option<String>)]| -> Vec<String> {
        columns.iter().map(|(name, _)| name.clone()).collect()
    };
    let (expected, found) = (names(first), names(&file.partition));
    if expected == found {
        return Ok(());
    }
    let message = format!("its folders name the columns {found:?}, others name {expected:?}");
    Err(wrong(&file.path, message))
}

/// The columns with their types: whole numbers where every value is one.
pub(super) fn fields(parts: &[Part]) -> Vec<Field> {
    let Some(first) = parts.first() else {
        return Vec::new();
    };
    let columns = first.partition.iter().enumerate();
    columns
        .map(|(place, (name, _))| {
            let mut guess = Seen::default();
            for part in parts {
                if let Some(value) = &part.partition[place].1 {
                    guess.see(0, value);
                }
            }
            let whole = guess.data_type() == DataType::Int64;
            let data_type = if whole {
                DataType::Int64
            } else {
                DataType::Utf8
            };
            Field::new(name, data_type, true)
        })
        .collect()
}

/// A value as a column of `rows` rows.
pub(super) fn column(value: Option<&str>, data_type: &DataType, rows: usize) -> ArrayRef {
    if *data_type == DataType::Int64 {
        let number: Option<i64> = value.and_then(|text| text.parse().ok());
        return Arc::new(Int64Array::from(vec![number; rows]));
    }
    Arc::new(StringArray::from(vec![value; rows]))
}

/// With `%2F` and the like read; what is no escape stays.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(escaped.unwrap_or(bytes[at]));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}
