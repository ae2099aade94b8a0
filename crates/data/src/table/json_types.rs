//! What the columns of JSON lines hold: values of one type each, and nulls.
//!
//! Of a line only lists and records are kept: their types have parts of their own.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

use arrow::datatypes::DataType;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::{FileKind, Part};
use crate::offences::{Offences, quoted};

/// The types that a value has in JSON, but for null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Truth,
    Number,
    Text,
    List,
    Record,
}

impl Type {
    const ALL: [Self; 5] = {
        use Type::{List, Number, Record, Text, Truth};
        [Truth, Number, Text, List, Record]
    };

    /// What one is, and what several are.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Truth => ("a truth value", "truth values"),
            Self::Number => ("a number", "numbers"),
            Self::Text => ("text", "text"),
            Self::List => ("a list", "lists"),
            Self::Record => ("a record", "records"),
        }
    }
}

/// Rows with something in common.
#[derive(Clone, Debug, Default)]
struct Rows {
    count: u64,
    /// In the file, from 0.
    first: u64,
    /// What stands in the first.
    found: String,
}

impl Rows {
    fn note(&mut self, row: u64, found: impl FnOnce() -> String) {
        if self.count == 0 {
            (self.first, self.found) = (row, found());
        }
        self.count += 1;
    }
}

/// A column, as far as it was seen.
#[derive(Debug, Default)]
struct Seen {
    name: String,
    of_type: [Rows; Type::ALL.len()],
    /// The last row that gave a value.
    last: Option<u64>,
    /// Rows that gave two or more, and the last of them.
    twice: Rows,
    repeated: Option<u64>,
    /// A number has a fraction, or is written as if it could have one.
    fraction: bool,
    /// A whole number fits no integer.
    beyond: bool,
}

/// The columns of a file.
#[derive(Debug, Default)]
pub(super) struct Columns {
    seen: Vec<Seen>,
    place: HashMap<String, usize>,
    rows: u64,
    /// Where the key that was read last has its column.
    at: Option<usize>,
    /// Columns in which the line has a number that fits no integer, and may be
    /// whole: the parser does not say how it was written.
    large: Vec<usize>,
}

impl Columns {
    /// Rows that were looked at.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Looks at a line, which holds one object: its lists and records.
    pub fn see(&mut self, line: &[u8]) -> serde_json::Result<Map<String, Value>> {
        self.at = None;
        self.large.clear();
        let mut parser = serde_json::Deserializer::from_slice(line);
        let nested = serde::Deserializer::deserialize_map(&mut parser, Object(self))?;
        parser.end()?;
        for &at in &self.large {
            let seen = &mut self.seen[at];
            if has_long_whole(line) {
                seen.beyond = true;
            } else {
                seen.fraction = true;
            }
        }
        self.rows += 1;
        Ok(nested)
    }

    /// The column whose value was read last.
    pub fn last_read(&self) -> Option<&str> {
        self.at.map(|at| self.seen[at].name.as_str())
    }

    /// Names and types, but for those of lists and records.
    pub fn types(&self) -> impl Iterator<Item = (&str, DataType)> {
        let single = |seen: &Seen| {
            let of = |wanted: Type| seen.of_type[wanted as usize].count > 0;
            !of(Type::List) && !of(Type::Record)
        };
        let seen = self.seen.iter().filter(move |seen| single(seen));
        seen.map(|seen| (seen.name.as_str(), seen.data_type()))
    }

    /// The place of a column; those of a line most often follow each other.
    fn place(&mut self, name: &str) -> usize {
        let next = self.at.map_or(0, |at| at + 1);
        if self.seen.get(next).is_some_and(|seen| seen.name == name) {
            return next;
        }
        if let Some(&place) = self.place.get(name) {
            return place;
        }
        self.place.insert(name.to_owned(), self.seen.len());
        self.seen.push(Seen {
            name: name.to_owned(),
            ..Seen::default()
        });
        self.seen.len() - 1
    }
}

impl Seen {
    fn data_type(&self) -> DataType {
        let of = |wanted: Type| self.of_type[wanted as usize].count > 0;
        match () {
            () if of(Type::Text) => DataType::Utf8,
            () if of(Type::Truth) => DataType::Boolean,
            () if self.fraction => DataType::Float64,
            // As text they lose no digit, and can name rows.
            () if self.beyond => DataType::Utf8,
            () if of(Type::Number) => DataType::Int64,
            () => DataType::Null,
        }
    }
}

/// What the columns of a table that are read hold and cannot be meant: values of
/// several types, and two in one place.
pub(super) fn offences(parts: &[Part], is_read: impl Fn(&str) -> bool) -> Offences {
    let mut offences = Offences::default();
    let mut all: BTreeMap<&str, [Rows; Type::ALL.len()]> = BTreeMap::new();
    let mut before = 0;
    for part in parts {
        let FileKind::JsonLines(columns) = &part.file else {
            continue;
        };
        for seen in columns.seen.iter().filter(|seen| is_read(&seen.name)) {
            let so_far = all.entry(&seen.name).or_default();
            for (so_far, here) in so_far.iter_mut().zip(&seen.of_type) {
                if so_far.count == 0 {
                    (so_far.first, so_far.found) = (before + here.first, here.found.clone());
                }
                so_far.count += here.count;
            }
            let Rows { count, first, .. } = seen.twice;
            let kind = Cow::Borrowed("is given twice in the object");
            offences.note_rows(&seen.name, before + first, count, kind, "a value");
        }
        before += part.rows;
    }
    for (name, of_type) in all {
        let of_type = || Type::ALL.into_iter().zip(&of_type);
        // What most rows hold is what was meant; of as many, the earlier.
        let most = of_type().max_by_key(|(_, rows)| (rows.count, std::cmp::Reverse(rows.first)));
        let Some((meant, most)) = most else { continue };
        for (found, rows) in of_type().filter(|(found, _)| *found != meant) {
            let in_rows = match most.count {
                1 => "another row holds".to_owned(),
                more => format!("{more} rows hold"),
            };
            let (one, meant) = (found.words().0, meant.words().1);
            let kind = Cow::Owned(format!("is {one}, where {in_rows} {meant}"));
            offences.note_rows(name, rows.first, rows.count, kind, &rows.found);
        }
    }
    offences
}

/// Whether a line has so many digits in a row that are a whole number.
fn has_long_whole(line: &[u8]) -> bool {
    let long = i64::MAX.to_string().len();
    let is_part = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    let mut numbers = line.split(|&byte| !is_part(byte));
    numbers.any(|number| {
        let digits = number.strip_prefix(b"-").unwrap_or(number);
        digits.len() >= long && digits.iter().all(u8::is_ascii_digit)
    })
}

/// A line.
struct Object<'a>(&'a mut Columns);

impl<'de> Visitor<'de> for Object<'_> {
    type Value = Map<String, Value>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let (columns, mut nested) = (self.0, Map::new());
        let row = columns.rows;
        while let Some(at) = members.next_key_seed(Name(columns))? {
            columns.at = Some(at);
            let seen = &mut columns.seen[at];
            if seen.last.replace(row) == Some(row) && seen.repeated.replace(row) != Some(row) {
                seen.twice.note(row, String::new);
            }
            let mut large = false;
            let member = Member {
                seen,
                row,
                large: &mut large,
            };
            if let Some(value) = members.next_value_seed(member)? {
                nested.insert(seen.name.clone(), value);
            }
            if large {
                columns.large.push(at);
            }
        }
        Ok(nested)
    }
}

/// A key of a line.
struct Name<'a>(&'a mut Columns);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = usize;

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<usize, D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = usize;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a key")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<usize, E> {
        Ok(self.0.place(name))
    }
}

/// A value of a line; given back if it is a list or a record.
struct Member<'a> {
    seen: &'a mut Seen,
    row: u64,
    /// Whether it is a number beyond every integer.
    large: &'a mut bool,
}

impl Member<'_> {
    fn note(self, of: Type, found: impl FnOnce() -> String) -> Option<Value> {
        self.seen.of_type[of as usize].note(self.row, found);
        None
    }
}

impl<'de> DeserializeSeed<'de> for Member<'_> {
    type Value = Option<Value>;

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Member<'_> {
    type Value = Option<Value>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(self.note(Type::Truth, || format!("`{value}`")))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(self.note(Type::Number, || format!("`{value}`")))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        self.seen.beyond |= i64::try_from(value).is_err();
        Ok(self.note(Type::Number, || format!("`{value}`")))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        // The parser gives whole numbers of too many digits as these too.
        if value.abs() >= u64::MAX as f64 || value <= i64::MIN as f64 {
            *self.large = true;
        } else {
            self.seen.fraction = true;
        }
        Ok(self.note(Type::Number, || format!("`{value}`")))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(self.note(Type::Text, || quoted(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Self::Value, A::Error> {
        self.note(Type::List, || "the cell".to_owned());
        Value::deserialize(SeqAccessDeserializer::new(items)).map(Some)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
        self.note(Type::Record, || "the cell".to_owned());
        Value::deserialize(MapAccessDeserializer::new(members)).map(Some)
    }
}

#[cfg(test)]
mod tests;
