//! Cells of Arrow arrays as numbers, text and keys, whatever type holds them.

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use seatrial_data::moments::{UNIVERSAL, showable};
use seatrial_rng::Fingerprint;

use crate::{PipelineError, Result};

/// Casts, and refuses a cell that the new type cannot hold.
pub(crate) fn cast(array: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    if array.data_type() == to {
        return Ok(ArrayRef::clone(array));
    }
    let strict = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    Ok(cast_with_options(array, to, &strict)?)
}

/// A column as numbers.
///
/// # Errors
/// When a column holds no numbers.
pub fn numbers(array: &ArrayRef, column: &str) -> Result<Float64Array> {
    let kind = array.data_type();
    if !(kind.is_numeric() || matches!(kind, DataType::Boolean | DataType::Null)) {
        return Err(PipelineError::Stages(format!(
            "column `{column}` holds {kind}, where numbers are needed"
        )));
    }
    let array = cast(array, &DataType::Float64)?;
    Ok(array.as_primitive::<Float64Type>().clone())
}

/// A column as text, as people read it.
///
/// # Errors
/// When a cell cannot be shown.
pub fn texts(array: &ArrayRef) -> Result<StringArray> {
    if let DataType::Utf8 = array.data_type() {
        return Ok(array.as_string::<i32>().clone());
    }
    let options = FormatOptions::default();
    let array = showable(array)?;
    let formatter = ArrayFormatter::try_new(array.as_ref(), &options)?;
    let text = |row| (!array.is_null(row)).then(|| formatter.value(row).to_string());
    Ok((0..array.len()).map(text).collect())
}

/// A column of moments as Unix time, in seconds: timestamps and days, numbers
/// of seconds, or text in the form of ISO 8601.
///
/// # Errors
/// When a column holds no moments.
pub fn unix_seconds(array: &ArrayRef, column: &str) -> Result<Int64Array> {
    let array = match array.data_type() {
        kind if kind.is_numeric() => cast(array, &DataType::Int64)?,
        kind if kind.is_temporal() => {
            let seconds = DataType::Timestamp(TimeUnit::Second, None);
            cast(&cast(array, &seconds)?, &DataType::Int64)?
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            let seconds = DataType::Timestamp(TimeUnit::Second, Some(UNIVERSAL.into()));
            let moments = cast(array, &seconds).map_err(|error| {
                PipelineError::Stages(format!("column `{column}` is no moment: {error}"))
            })?;
            cast(&moments, &DataType::Int64)?
        }
        kind => {
            return Err(PipelineError::Stages(format!(
                "column `{column}` holds {kind}, where moments are needed"
            )));
        }
    };
    Ok(array.as_primitive::<Int64Type>().clone())
}

/// A key for each row, equal exactly where these columns are: 7, 7.0 and a
/// cell of any integer type that holds 7 are the same, as files of different
/// formats hold the same number.
///
/// # Errors
/// When a column is missing.
pub fn row_keys<S: AsRef<str>>(batch: &RecordBatch, columns: &[S]) -> Result<Vec<Fingerprint>> {
    let mut rows: Vec<Vec<u8>> = vec![Vec::with_capacity(16 * columns.len()); batch.num_rows()];
    for column in columns {
        let array = column_of(batch, column.as_ref())?;
        append_canonical(array, &mut rows)?;
    }
    Ok(rows.iter().map(|row| Fingerprint::of_bytes(row)).collect())
}

/// So many keys are looked at in one pass: under 100 MiB, or twice that with a value
/// beside each.
const SLICE_ROWS: u64 = 3_500_000;

/// A share of all keys, chosen by the key itself: equal ones are in the same slice.
/// Whoever must know which keys were seen reads a large table once for each slice,
/// and holds the keys of one.
#[derive(Clone, Copy, Debug)]
pub struct Slice {
    place: u64,
    count: u64,
}

impl Slice {
    /// The slices of a table of so many rows, in order.
    pub fn all(rows: u64) -> impl Iterator<Item = Self> {
        Self::of_about(SLICE_ROWS, rows)
    }

    /// Slices of about `held` rows each.
    pub fn of_about(held: u64, rows: u64) -> impl Iterator<Item = Self> {
        let count = rows.div_ceil(held.max(1)).max(1);
        (0..count).map(move |place| Self { place, count })
    }

    /// Whether a key belongs to it.
    pub fn has(&self, key: &Fingerprint) -> bool {
        if self.count == 1 {
            return true;
        }
        let (number, _) = key.as_bytes().split_at(size_of::<u64>());
        let number = number
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte));
        number % self.count == self.place
    }
}

fn append_canonical(array: &ArrayRef, rows: &mut [Vec<u8>]) -> Result<()> {
    let kind = array.data_type();
    if kind.is_integer() && *kind != DataType::UInt64 {
        let array = cast(array, &DataType::Int64)?;
        let array = array.as_primitive::<Int64Type>();
        for (row, value) in rows.iter_mut().zip(array.iter()) {
            append_number(row, value.map(|value| (Some(value), value as f64)));
        }
    } else if kind.is_floating() {
        let array = cast(array, &DataType::Float64)?;
        let array = array.as_primitive::<Float64Type>();
        for (row, value) in rows.iter_mut().zip(array.iter()) {
            append_number(row, value.map(|value| (exact_integer(value), value)));
        }
    } else {
        let array = texts(array)?;
        for (row, value) in rows.iter_mut().zip(array.iter()) {
            match value {
                None => row.push(0),
                Some(text) => {
                    row.push(3);
                    row.extend_from_slice(&(text.len() as u64).to_le_bytes());
                    row.extend_from_slice(text.as_bytes());
                }
            }
        }
    }
    Ok(())
}

/// Marks: 0 missing, 1 a whole number, 2 another number, 3 text.
fn append_number(row: &mut Vec<u8>, value: Option<(Option<i64>, f64)>) {
    match value {
        None => row.push(0),
        Some((Some(whole), _)) => {
            row.push(1);
            row.extend_from_slice(&whole.to_le_bytes());
        }
        Some((None, number)) => {
            row.push(2);
            row.extend_from_slice(&number.to_bits().to_le_bytes());
        }
    }
}

fn exact_integer(value: f64) -> Option<i64> {
    // Beyond 2⁵³ not every whole number is one of an `f64`.
    (value.fract() == 0.0 && value.abs() < 9e15).then_some(value as i64)
}

/// The column of this name.
///
/// # Errors
/// When there is none, with those there are.
pub fn column_of<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b ArrayRef> {
    batch.column_by_name(name).ok_or_else(|| {
        let schema = batch.schema();
        let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
        let known = names.join("`, `");
        PipelineError::Stages(format!("there is no column `{name}`; there are `{known}`"))
    })
}

/// One row, for messages: `id = 7, country = DE`.
pub fn describe_row(batch: &RecordBatch, row: usize) -> String {
    let schema = batch.schema();
    let options = FormatOptions::default();
    let cells = batch
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(array, field)| {
            let value = showable(array).and_then(|array| {
                let formatter = ArrayFormatter::try_new(array.as_ref(), &options)?;
                Ok(formatter.value(row).to_string())
            });
            format!("{} = {}", field.name(), value.unwrap_or_default())
        });
    cells.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_in_one_slice_and_slices_are_of_about_one_size() {
        for slices in [1, 3, 7] {
            let mut sizes = vec![0_u32; slices];
            for row in 0..7_000_u64 {
                let key = Fingerprint::of_bytes(&row.to_le_bytes());
                let all = Slice::of_about(1_000, 1_000 * slices as u64);
                let mut having = all.enumerate().filter(|(_, slice)| slice.has(&key));
                if let Some((place, _)) = having.next() {
                    sizes[place] += 1;
                }
                assert!(having.next().is_none());
            }
            assert_eq!(sizes.iter().sum::<u32>(), 7_000);
            let even = 7_000 / slices as u32;
            assert!(
                sizes.iter().all(|size| size.abs_diff(even) < 200),
                "{sizes:?}"
            );
        }
    }
}
