//! Arrow columns as numbers, text and keys, strictly.
//!
//! Each function says what is wrong with single rows in [`Offences`], and
//! refuses a column as a whole only when its type cannot mean what is asked.

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit};

use seatrial_rng::Fingerprint;

use crate::offences::{Offences, Shown, quoted};

/// Whole numbers beyond this have no exact place among `f64`.
pub(crate) const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// A column of a batch, and where it stands.
#[derive(Clone, Copy)]
pub struct Column<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its cells.
    pub cells: &'a ArrayRef,
    /// The row of the table, from 0, that its first cell stands in.
    pub first_row: u64,
}

impl Column<'_> {
    /// As finite numbers, NaN where a cell is none; each such row is noted.
    ///
    /// # Errors
    /// When the column's type holds no numbers.
    pub fn numbers(&self, offences: &mut Offences) -> Result<Vec<f64>, String> {
        let cells = unpacked(self.cells)?;
        if let DataType::Utf8 = cells.data_type() {
            return Ok(self.parsed(cells.as_string(), offences));
        }
        let type_of = cells.data_type();
        if !(type_of.is_numeric() || matches!(type_of, DataType::Null)) {
            return Err(format!("holds {}, not numbers", described(type_of)));
        }
        let as_f64 = cast(&cells, &DataType::Float64).map_err(|error| error.to_string())?;
        let as_f64 = as_f64.as_primitive::<Float64Type>();
        let whole = type_of.is_integer();
        let mut numbers = as_f64.values().to_vec();
        // Without an early exit the loop is one vector instruction after another.
        let fine = numbers.iter().fold(true, |fine, number| {
            fine & number.is_finite() & (!whole | (number.abs() < EXACT_MAX))
        });
        if fine && as_f64.null_count() == 0 {
            return Ok(numbers);
        }
        let wholes = whole.then(|| cast(&cells, &DataType::Int64)).transpose();
        let wholes = wholes.map_err(|error| error.to_string())?;
        let wholes = wholes
            .as_ref()
            .map(|cells| cells.as_primitive::<Int64Type>());
        for (at, number) in numbers.iter_mut().enumerate() {
            let row = self.first_row + at as u64;
            if as_f64.is_null(at) {
                offences.note(self.name, row, MISSING.1, MISSING.0);
                *number = f64::NAN;
            } else if !number.is_finite() {
                offences.note(self.name, row, "is not a finite number", *number);
            } else if wholes.is_some_and(|wholes| beyond(*number, wholes.value(at))) {
                // Of a whole number the digits that are written there.
                match wholes.map_or(0, |wholes| wholes.value(at)) {
                    0 => offences.note(self.name, row, BEYOND, Shown(*number)),
                    whole => offences.note(self.name, row, BEYOND, whole),
                }
            }
        }
        Ok(numbers)
    }

    /// The finite numbers there are, and how many cells hold none: missing, or
    /// NaN, which is how some writers say it. An infinity is noted.
    ///
    /// # Errors
    /// When the column's type holds no numbers.
    pub fn present(&self, offences: &mut Offences) -> Result<(Vec<f64>, u64), String> {
        let cells = unpacked(self.cells)?;
        if !(cells.data_type().is_numeric() || matches!(cells.data_type(), DataType::Null)) {
            return Err(format!(
                "holds {}, not numbers",
                described(cells.data_type())
            ));
        }
        let numbers = cast(&cells, &DataType::Float64).map_err(|error| error.to_string())?;
        let numbers = numbers.as_primitive::<Float64Type>();
        let finite = numbers
            .values()
            .iter()
            .fold(true, |so_far, number| so_far & number.is_finite());
        if finite && numbers.null_count() == 0 {
            return Ok((numbers.values().to_vec(), 0));
        }
        let mut present = Vec::with_capacity(numbers.len());
        for (at, number) in numbers.iter().enumerate() {
            match number {
                Some(number) if number.is_finite() => present.push(number),
                Some(number) if number.is_infinite() => {
                    let row = self.first_row + at as u64;
                    offences.note(self.name, row, "is not a finite number", number);
                }
                _ => {}
            }
        }
        let missing = numbers.len() - present.len();
        Ok((present, missing as u64))
    }

    /// The moments there are, as seconds since 1970 in universal time, or in the
    /// column's own where it has no zone, and how many cells are missing; times of the
    /// day as seconds since midnight.
    ///
    /// # Errors
    /// When the column's type holds neither.
    pub fn seconds(&self) -> Result<(Vec<f64>, u64), String> {
        let cells = unpacked(self.cells)?;
        let a_second = match cells.data_type() {
            DataType::Timestamp(unit, _) | DataType::Time32(unit) | DataType::Time64(unit) => {
                match unit {
                    TimeUnit::Second => 1.0,
                    TimeUnit::Millisecond => 1e3,
                    TimeUnit::Microsecond => 1e6,
                    TimeUnit::Nanosecond => 1e9,
                }
            }
            DataType::Date64 => 1e3,
            other => return Err(format!("holds {}, not moments", described(other))),
        };
        let cells = match cells.data_type() {
            DataType::Time32(_) => cast(&cells, &DataType::Int32),
            _ => Ok(cells),
        };
        let wholes = cells.and_then(|cells| cast(&cells, &DataType::Int64));
        let wholes = wholes.map_err(|error| error.to_string())?;
        let wholes = wholes.as_primitive::<Int64Type>();
        let seconds = |whole: i64| whole as f64 / a_second;
        let seconds = match wholes.null_count() {
            0 => wholes
                .values()
                .iter()
                .map(|&whole| seconds(whole))
                .collect(),
            _ => wholes.iter().flatten().map(seconds).collect(),
        };
        Ok((seconds, wholes.null_count() as u64))
    }

    fn parsed(&self, cells: &StringArray, offences: &mut Offences) -> Vec<f64> {
        let parse = |(at, cell): (usize, Option<&str>)| {
            let row = self.first_row + at as u64;
            let Some(cell) = cell else {
                offences.note(self.name, row, MISSING.1, MISSING.0);
                return f64::NAN;
            };
            let cell = cell.trim();
            match cell.parse::<f64>() {
                Ok(number) if is_whole(cell) && beyond(number, cell.parse().unwrap_or(0)) => {
                    offences.note(self.name, row, BEYOND, quoted(cell));
                    number
                }
                Ok(number) if number.is_finite() => number,
                Ok(number) => {
                    offences.note(self.name, row, "is not a finite number", number);
                    f64::NAN
                }
                Err(_) => {
                    offences.note(self.name, row, "is not a number", quoted(cell));
                    f64::NAN
                }
            }
        };
        cells.iter().enumerate().map(parse).collect()
    }

    /// As text, null where a cell is missing. Whole numbers are the same text
    /// whatever type holds them: 1, 1.0 and `1` are one label. Moments of any zone
    /// are told in universal time.
    ///
    /// # Errors
    /// When the column is nested or binary.
    pub fn texts(&self) -> Result<StringArray, String> {
        let cells = unpacked(self.cells)?;
        if let DataType::Float16 | DataType::Float32 | DataType::Float64 = cells.data_type() {
            let cells = cast(&cells, &DataType::Float64).map_err(|error| error.to_string())?;
            let cells = cells.as_primitive::<Float64Type>();
            let texts = cells
                .iter()
                .map(|cell| cell.map(|number| number.to_string()));
            return Ok(texts.collect());
        }
        // A moment is the same whatever zone it is told in.
        let cells = match cells.data_type() {
            DataType::Timestamp(unit, Some(_)) => {
                let universal = DataType::Timestamp(*unit, Some("+00:00".into()));
                cast(&cells, &universal).map_err(|error| error.to_string())?
            }
            _ => cells,
        };
        let texts = cast(&cells, &DataType::Utf8)
            .map_err(|_| format!("holds {}, not text", described(cells.data_type())))?;
        Ok(texts.as_string().clone())
    }
}

/// What is wrong with a whole number beyond [`EXACT_MAX`].
const BEYOND: &str = "is beyond 2^53, where whole numbers are no longer told apart";

/// Whether a whole number is: the nearest `f64` of the first beyond is not.
fn beyond(number: f64, whole: i64) -> bool {
    number.abs() > EXACT_MAX || whole.unsigned_abs() > EXACT_MAX as u64
}

/// Whether a number is written in digits alone.
fn is_whole(number: &str) -> bool {
    let digits = number.trim_start_matches(['+', '-']);
    digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// What is found, and what is wrong, where nothing is.
pub(crate) const MISSING: (&str, &str) = ("the cell", "is missing");

/// Without a dictionary, and with text of the usual kind.
pub(crate) fn unpacked(cells: &ArrayRef) -> Result<ArrayRef, String> {
    let to = match cells.data_type() {
        DataType::Dictionary(_, values) => match values.as_ref() {
            DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
            other => other.clone(),
        },
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        nested if nested.is_nested() => {
            return Err(format!("holds {}, not single values", described(nested)));
        }
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => {
            return Err("holds bytes, not values: write them as text".into());
        }
        _ => return Ok(cells.clone()),
    };
    cast(cells, &to).map_err(|error| error.to_string())
}

/// A type in words.
pub(crate) fn described(data_type: &DataType) -> String {
    match data_type {
        DataType::Boolean => "true and false".into(),
        DataType::Utf8 => "text".into(),
        DataType::Timestamp(_, Some(zone)) => format!("moments in the zone {zone}"),
        DataType::Timestamp(_, None) => "moments without a zone".into(),
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => "lists".into(),
        DataType::Struct(_) => "records".into(),
        other => other.to_string(),
    }
}

/// The name of a row, in 16 bytes: equal for equal keys whatever type holds
/// them, and otherwise different, but for a chance of 2⁻¹²⁰ a pair of texts of
/// more than 15 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(u128);

impl Key {
    const WHOLE: u128 = 0xff << 120;
    /// Of a row that has none.
    const MISSING: Self = Self(0xfd << 120);

    /// Whether the cell was missing, which was noted.
    pub(crate) fn is_missing(self) -> bool {
        self == Self::MISSING
    }

    /// Which of so many parts of all keys it lies in: about the same number in
    /// each.
    pub(crate) fn part(self, parts: u128) -> u128 {
        u128::from(self.scattered()) % parts
    }

    /// A number of its own, as good as: neighbours go far apart.
    pub fn scattered(self) -> u64 {
        // Fibonacci hashing (Knuth, volume 3, 6.4).
        const GOLDEN: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
        (self.0.wrapping_mul(GOLDEN) >> 64) as u64
    }

    /// The name of what has this name within another, such as a document within a
    /// query.
    pub(crate) fn within(self, other: Self) -> Self {
        if self.is_missing() || other.is_missing() {
            return Self::MISSING;
        }
        let both = [other.0.to_le_bytes(), self.0.to_le_bytes()].concat();
        Self(u128::from_le_bytes(
            *Fingerprint::of_bytes(&both).as_bytes(),
        ))
    }

    fn of_whole(number: i64) -> Self {
        Self(Self::WHOLE | u128::from(number.cast_unsigned()))
    }

    fn of_text(text: &str) -> Self {
        if let Ok(number) = text.parse::<i64>()
            && number.to_string() == text
        {
            return Self::of_whole(number);
        }
        let mut bytes = [0; 16];
        if text.len() < 16 {
            bytes[..text.len()].copy_from_slice(text.as_bytes());
            bytes[15] = text.len() as u8;
        } else {
            bytes = *Fingerprint::of_bytes(text.as_bytes()).as_bytes();
            bytes[15] = 0xfe;
        }
        Self(u128::from_le_bytes(bytes))
    }
}

impl Column<'_> {
    /// As keys of rows; missing ones are noted.
    ///
    /// # Errors
    /// When the column holds what cannot name a row.
    pub fn keys(&self, offences: &mut Offences) -> Result<Vec<Key>, String> {
        let cells = unpacked(self.cells)?;
        if cells.data_type().is_floating() {
            return Err(
                "holds numbers that may have fractions, which cannot name rows: write whole \
                        numbers or text"
                    .into(),
            );
        }
        for at in (0..cells.len()).filter(|&at| cells.is_null(at)) {
            offences.note(self.name, self.first_row + at as u64, MISSING.1, MISSING.0);
        }
        if cells.data_type().is_integer() && !matches!(cells.data_type(), DataType::UInt64) {
            let whole = cast(&cells, &DataType::Int64).map_err(|error| error.to_string())?;
            let whole = whole.as_primitive::<Int64Type>().iter();
            return Ok(whole
                .map(|cell| cell.map_or(Key::MISSING, Key::of_whole))
                .collect());
        }
        let texts = self.texts()?;
        Ok(texts
            .iter()
            .map(|cell| cell.map_or(Key::MISSING, Key::of_text))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::sync::Arc;

    use arrow::array::{
        Int64Array, Time32SecondArray, TimestampMillisecondArray, TimestampSecondArray,
    };

    use super::*;

    #[test]
    fn moments_and_times_of_the_day_are_seconds_in_every_unit() {
        let seconds = |cells: ArrayRef| {
            let column = Column {
                name: "at",
                cells: &cells,
                first_row: 0,
            };
            column.seconds()
        };
        let an_hour = [Some(3_600), None];
        let milliseconds = an_hour.map(|second| second.map(|second| 1_000 * second));
        let expected = Ok((vec![3_600.0], 1));
        let zoned = TimestampMillisecondArray::from(milliseconds.to_vec()).with_timezone("+02:00");
        assert_eq!(seconds(Arc::new(zoned)), expected);
        let local = TimestampSecondArray::from(an_hour.to_vec());
        assert_eq!(seconds(Arc::new(local)), expected);
        let of_day = an_hour.map(|second| second.map(|second| second as i32));
        let of_day = Time32SecondArray::from(of_day.to_vec());
        assert_eq!(seconds(Arc::new(of_day)), expected);
        let numbers = Int64Array::from(an_hour.to_vec());
        assert_eq!(
            seconds(Arc::new(numbers)).unwrap_err(),
            "holds Int64, not moments"
        );
    }
}
