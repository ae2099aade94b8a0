//! One schema for all files of a table.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::{FileKind, Part, partition, wrong};
use crate::column::described;
use crate::error::{DataError, Result};
use crate::header;

/// Refuses columns that cannot be named.
pub(super) fn well_named(
    path: &Path,
    schema: &Schema,
    partition: &[(String, Option<String>)],
) -> Result<()> {
    let in_file = schema.fields().iter().map(|field| field.name());
    let names: Vec<&String> = in_file
        .chain(partition.iter().map(|(name, _)| name))
        .collect();
    let mut before = HashSet::with_capacity(names.len());
    for (place, name) in names.into_iter().enumerate() {
        if name.is_empty() {
            return Err(wrong(path, header::unnamed(place + 1)));
        }
        if !before.insert(name) {
            let again = if place >= schema.fields().len() {
                "a folder names it too"
            } else {
                "two columns have this name"
            };
            return Err(in_column(path, name, again));
        }
    }
    Ok(())
}

/// The columns of the first file, each as wide as any file needs it, then those
/// that folders name.
pub(super) fn common_schema(parts: &[Part]) -> Result<SchemaRef> {
    let first = &parts[0];
    let mut fields = Vec::with_capacity(first.schema.fields().len());
    for field in first.schema.fields() {
        let mut data_type = field.data_type().clone();
        for part in &parts[1..] {
            let Ok(other) = part.schema.field_with_name(field.name()) else {
                let message = format!("is missing here, not in {}", first.path.display());
                return Err(in_column(&part.path, field.name(), message));
            };
            let typed = !matches!(part.file, FileKind::Parquet(_));
            data_type = wider(&data_type, other.data_type(), typed).ok_or_else(|| {
                let [found, elsewhere] = [other.data_type(), &data_type].map(described);
                let message = format!("holds {found} here, and {elsewhere} elsewhere");
                in_column(&part.path, field.name(), message)
            })?;
        }
        fields.push(Field::new(field.name(), data_type, true));
    }
    for part in &parts[1..] {
        for field in part.schema.fields() {
            if first.schema.field_with_name(field.name()).is_err() {
                let message = format!("is missing in {}", first.path.display());
                return Err(in_column(&part.path, field.name(), message));
            }
        }
    }
    fields.extend(partition::fields(parts));
    Ok(Arc::new(Schema::new(fields)))
}

/// The type that holds both. Types that were guessed from text may widen;
/// those that a file states must be the same, but for how text is kept.
fn wider(a: &DataType, b: &DataType, guessed: bool) -> Option<DataType> {
    use DataType::{Boolean, Dictionary, Float64, Int64, LargeUtf8, Null, Utf8, Utf8View};
    if a == b {
        return Some(a.clone());
    }
    let plain = |data_type: &DataType| match data_type {
        Dictionary(_, values) => (**values).clone(),
        Utf8View | LargeUtf8 => Utf8,
        other => other.clone(),
    };
    let (a, b) = (plain(a), plain(b));
    if a == b {
        return Some(a);
    }
    match (&a, &b) {
        (Null, other) | (other, Null) => Some(other.clone()),
        (Int64, Float64) | (Float64, Int64) if guessed => Some(Float64),
        (Boolean | Int64 | Float64 | Utf8, Boolean | Int64 | Float64 | Utf8) if guessed => {
            Some(Utf8)
        }
        _ => None,
    }
}

fn in_column(path: &Path, column: &str, message: impl Into<String>) -> DataError {
    DataError::Table {
        path: path.to_owned(),
        column: Some(column.to_owned()),
        row: None,
        message: message.into(),
    }
}
