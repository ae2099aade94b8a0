//! What a table must look like, and whether it does.

use std::collections::{BTreeMap, HashMap, HashSet};

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::DataType;
use schemars::JsonSchema;
use seatrial_data::quoted;
use seatrial_rng::Fingerprint;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::cells::{self, Slice};
use crate::source::Source;

/// What a table must look like. It is checked whenever the table is made.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Contract {
    /// Columns that must be there, with what they hold.
    pub columns: BTreeMap<String, ColumnContract>,
    /// Whether there may be no further columns.
    pub only: bool,
    /// How many rows there may be; at least one unless told otherwise.
    pub rows: RowCount,
    /// Columns that together tell one row from every other.
    pub unique: Vec<String>,
    /// Another table whose rows this one carries on.
    pub matches: Option<Matching>,
}

/// How many rows a table may have.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RowCount {
    /// At least this many.
    pub min: u64,
    /// At most this many.
    pub max: Option<u64>,
    /// Exactly as many as this table.
    pub same_as: Option<String>,
}

impl Default for RowCount {
    fn default() -> Self {
        Self {
            min: 1,
            max: None,
            same_as: None,
        }
    }
}

/// What a column holds.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ColumnContract {
    /// The type of its values.
    pub r#type: Option<ColumnType>,
    /// Whether values may be missing.
    pub nulls: bool,
    /// No value is below this.
    pub min: Option<f64>,
    /// No value is above this.
    pub max: Option<f64>,
    /// The only values there are, as text.
    pub values: Option<Vec<String>>,
    /// Whether no two rows have the same.
    pub unique: bool,
}

/// The types of values, by what can be done with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "ContractColumnType")]
pub enum ColumnType {
    /// Whole numbers.
    Integer,
    /// Numbers, whole or not.
    Number,
    /// Text.
    Text,
    /// True or false.
    Boolean,
    /// Moments or days.
    Timestamp,
}

/// Rows of the same key have the same values as in another table: a join that
/// is off by one does not.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Matching {
    /// The other table.
    pub table: String,
    /// Columns that tell its rows apart.
    pub key: Vec<String>,
    /// Columns whose values are the same in both.
    pub columns: Vec<String>,
}

impl ColumnType {
    /// Whether a column of this Arrow type is one.
    pub fn fits(self, kind: &DataType) -> bool {
        match self {
            ColumnType::Integer => kind.is_integer(),
            ColumnType::Number => kind.is_numeric(),
            ColumnType::Text => matches!(
                kind,
                DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
            ),
            ColumnType::Boolean => matches!(kind, DataType::Boolean),
            ColumnType::Timestamp => kind.is_temporal(),
        }
    }

    fn word(self) -> &'static str {
        match self {
            ColumnType::Integer => "integer",
            ColumnType::Number => "number",
            ColumnType::Text => "text",
            ColumnType::Boolean => "boolean",
            ColumnType::Timestamp => "timestamp",
        }
    }
}

/// What was wrong with a column so far: the first row, and how many.
#[derive(Default)]
struct Breach {
    count: u64,
    first: Option<(u64, String)>,
}

impl Breach {
    fn note(&mut self, row: u64, value: impl FnOnce() -> String) {
        self.count += 1;
        // Not every pass goes through the rows that came before.
        if self.first.as_ref().is_none_or(|(first, _)| row < *first) {
            self.first = Some((row, value()));
        }
    }

    fn say(&self, column: &str, what: &str) -> Option<String> {
        let (row, value) = self.first.as_ref()?;
        let count = self.count;
        let value = if value.is_empty() {
            String::new()
        } else {
            format!(": {value}")
        };
        Some(format!(
            "column `{column}` {what} in {count} rows, first in row {}{value}",
            row + 1
        ))
    }
}

/// Every way in which the table does not hold the contract; rows count from 1.
/// `other` opens the tables that the contract names.
///
/// # Errors
/// When a table cannot be read.
pub(crate) fn breaches<'o>(
    contract: &Contract,
    table: &Source,
    other: &dyn Fn(&str) -> Result<Source<'o>>,
) -> Result<Vec<String>> {
    let mut said = of_columns(contract, table);
    said.extend(of_rows(contract, table.rows(), other)?);
    // Only columns that are there can be read.
    let columns: BTreeMap<&String, &ColumnContract> = contract
        .columns
        .iter()
        .filter(|(name, _)| table.column(name).is_ok())
        .collect();
    for (name, column) in columns {
        said.extend(of_values(name, column, table)?);
    }
    let has = |columns: &[String]| columns.iter().all(|column| table.column(column).is_ok());
    if !contract.unique.is_empty() && has(&contract.unique) {
        let repeated = repeats(&contract.unique, table, cells::describe_row)?;
        said.extend(repeated.say(&contract.unique.join("`, `"), "repeats a key"));
    }
    if let Some(matching) = &contract.matches
        && has(&matching.key)
        && has(&matching.columns)
    {
        said.extend(of_matching(matching, table, &other(&matching.table)?)?);
    }
    Ok(said)
}

fn of_columns(contract: &Contract, table: &Source) -> Vec<String> {
    let mut said = Vec::new();
    let named = contract.columns.iter();
    let further = contract.matches.iter().flat_map(|matching| {
        let columns = matching.key.iter().chain(&matching.columns);
        columns.map(|column| (column, None))
    });
    let keys = contract.unique.iter().map(|column| (column, None));
    let all = named
        .map(|(name, column)| (name, Some(column)))
        .chain(keys)
        .chain(further);
    let mut seen = HashSet::new();
    for (name, column) in all {
        match table.schema().field_with_name(name) {
            Err(_) if seen.insert(name) => {
                let known = table.columns().join("`, `");
                said.push(format!("there is no column `{name}`; there are `{known}`"));
            }
            Ok(field) => {
                let wanted = column.and_then(|column| column.r#type);
                if let Some(wanted) = wanted.filter(|wanted| !wanted.fits(field.data_type())) {
                    said.push(format!(
                        "column `{name}` is not of type {}: it holds {}",
                        wanted.word(),
                        field.data_type()
                    ));
                }
            }
            Err(_) => {}
        }
    }
    if contract.only {
        let further = table.columns();
        let further = further
            .iter()
            .filter(|name| !contract.columns.contains_key(**name));
        said.extend(further.map(|name| format!("column `{name}` is not in the contract")));
    }
    said
}

fn of_rows<'o>(
    contract: &Contract,
    rows: u64,
    other: &dyn Fn(&str) -> Result<Source<'o>>,
) -> Result<Vec<String>> {
    let mut said = Vec::new();
    let RowCount { min, max, same_as } = &contract.rows;
    if rows < *min {
        said.push(format!("{rows} rows, expected at least {min}"));
    }
    if let Some(max) = max.filter(|max| rows > *max) {
        said.push(format!("{rows} rows, expected at most {max}"));
    }
    if let Some(name) = same_as {
        let expected = other(name)?.rows();
        if rows != expected {
            said.push(format!("{rows} rows, expected {expected} as in `{name}`"));
        }
    }
    Ok(said)
}

fn of_values(name: &str, contract: &ColumnContract, table: &Source) -> Result<Vec<String>> {
    let (mut missing, mut low, mut high, mut strange) = (
        Breach::default(),
        Breach::default(),
        Breach::default(),
        Breach::default(),
    );
    let wanted = contract.min.is_some() || contract.max.is_some();
    let kind = table.schema().field_with_name(name)?.data_type().clone();
    let is_ordered = kind.is_numeric() || matches!(kind, DataType::Boolean | DataType::Null);
    let ranged = wanted && is_ordered;
    // Unless the type is asked for, and so said already.
    let unordered = (wanted && !is_ordered && contract.r#type.is_none())
        .then(|| format!("column `{name}` holds {kind}, and so is in no range"));
    let mut start = 0;
    for batch in table.batches(&[name])? {
        let batch = batch?;
        let array = batch.column(0);
        if !contract.nulls && array.null_count() > 0 {
            let absent = (0..array.len()).filter(|&row| array.is_null(row));
            absent.for_each(|row| missing.note(start + row as u64, String::new));
        }
        if ranged {
            let numbers = cells::numbers(array, name)?;
            for (row, number) in numbers.iter().enumerate() {
                let Some(number) = number else { continue };
                // NaN is neither: it is no number of any range.
                let is_below = contract
                    .min
                    .is_some_and(|min| number.is_nan() || number < min);
                let is_above = contract.max.is_some_and(|max| number > max);
                if is_below {
                    low.note(start + row as u64, || number.to_string());
                }
                if is_above {
                    high.note(start + row as u64, || number.to_string());
                }
            }
        }
        if let Some(values) = &contract.values {
            let texts = cells::texts(array)?;
            for row in (0..array.len()).filter(|&row| !array.is_null(row)) {
                let text = texts.value(row);
                if !values.iter().any(|value| value == text) {
                    strange.note(start + row as u64, || quoted(text));
                }
            }
        }
        start += batch.num_rows() as u64;
    }
    let mut repeated = Breach::default();
    if contract.unique {
        repeated = repeats(&[name.to_owned()], table, |batch, row| {
            let texts = cells::texts(batch.column(0));
            texts.map_or(String::new(), |texts| format!("`{}`", texts.value(row)))
        })?;
    }
    let below = format!("is below {}", contract.min.unwrap_or(f64::NAN));
    let above = format!("is above {}", contract.max.unwrap_or(f64::NAN));
    let said = [
        missing.say(name, "is missing"),
        low.say(name, &below),
        high.say(name, &above),
        strange.say(name, "holds what is not listed"),
        repeated.say(name, "repeats a value"),
    ];
    Ok(said.into_iter().flatten().chain(unordered).collect())
}

/// Rows whose key a row before them has.
fn repeats(
    key: &[String],
    table: &Source,
    describe: impl Fn(&RecordBatch, usize) -> String,
) -> Result<Breach> {
    let mut repeated = Breach::default();
    for slice in Slice::all(table.rows()) {
        let mut seen: HashSet<Fingerprint> = HashSet::new();
        let mut start = 0;
        for batch in table.batches(key)? {
            let batch = batch?;
            for (row, found) in cells::row_keys(&batch, key)?.into_iter().enumerate() {
                if slice.has(&found) && !seen.insert(found) {
                    repeated.note(start + row as u64, || describe(&batch, row));
                }
            }
            start += batch.num_rows() as u64;
        }
    }
    Ok(repeated)
}

fn of_matching(matching: &Matching, table: &Source, other: &Source) -> Result<Vec<String>> {
    let columns: Vec<&String> = matching.key.iter().chain(&matching.columns).collect();
    let (mut unknown, mut unlike) = (Breach::default(), Breach::default());
    for slice in Slice::all(other.rows()) {
        let mut known: HashMap<Fingerprint, Fingerprint> = HashMap::new();
        for batch in other.batches(&columns)? {
            let batch = batch?;
            let keys = cells::row_keys(&batch, &matching.key)?;
            let values = cells::row_keys(&batch, &matching.columns)?;
            known.extend(
                keys.into_iter()
                    .zip(values)
                    .filter(|(key, _)| slice.has(key)),
            );
        }
        let mut start = 0;
        for batch in table.batches(&columns)? {
            let batch: RecordBatch = batch?;
            let keys = cells::row_keys(&batch, &matching.key)?;
            let values = cells::row_keys(&batch, &matching.columns)?;
            let here = keys.iter().zip(&values).enumerate();
            for (row, (key, value)) in here.filter(|(_, (key, _))| slice.has(key)) {
                let place = start + row as u64;
                match known.get(key) {
                    None => unknown.note(place, || cells::describe_row(&batch, row)),
                    Some(expected) if expected != value => {
                        unlike.note(place, || cells::describe_row(&batch, row));
                    }
                    Some(_) => {}
                }
            }
            start += batch.num_rows() as u64;
        }
    }
    let name = &matching.table;
    let said = [
        unknown.say(
            &matching.key.join("`, `"),
            &format!("names no row of `{name}`"),
        ),
        unlike.say(
            &matching.columns.join("`, `"),
            &format!("differs from the row of `{name}` with the same key"),
        ),
    ];
    Ok(said.into_iter().flatten().collect())
}
