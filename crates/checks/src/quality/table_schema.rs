//! `table-schema`: a table has the columns, types and values that it should.

mod planted;

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::DataType;
use schemars::JsonSchema;
use seatrial_data::table::Table;
use seatrial_data::{
    Aggregate, Column, DatasetDeclaration, Key, Offences, Result, aggregate, quoted,
};
use seatrial_spec::{Count, Fraction, SubjectKind};
use seatrial_verdict::{Bound, Measurement};
use serde::Deserialize;

use super::subject::judged;
use crate::check::Failure;
use crate::evidence::{conclude, constant};
use crate::{About, Chapter, Check, Context, Outcome, Planted};

/// The table of a dataset has the columns that are declared, of the types and
/// within the ranges that are declared.
///
/// `columns.age = { type = "integer", min = 0, max = 130 }`. Every row is looked
/// at; what is wrong is named with its column, its first row and a count. A column
/// takes `type` (`number`, `integer`, `boolean`, `text`, `moment` with its zone,
/// `local-moment` without one, `nested`), `min`, `max`, `values` (all that it may
/// hold, as text), `missing_max` (the part of cells that may be missing; none
/// unless told) and `unique`. Numbers with fractions must be finite.
///
/// A CSV file that ends without a newline may be cut short, and one that is cut
/// within its last number reads as another number, so that it fails. Where a system
/// writes files so, say `open_end = true`, and hold them by `rows_min`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TableSchema {
    /// The columns, by name.
    columns: BTreeMap<String, ColumnRule>,
    /// Whether there may be no other columns.
    closed: bool,
    /// The fewest rows.
    rows_min: Count,
    /// Whether CSV files may end without a newline.
    open_end: bool,
}

/// What a column must be.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct ColumnRule {
    /// Its type; any when left out.
    #[serde(rename = "type")]
    of: Option<ColumnType>,
    /// The least number that it may hold.
    min: Option<f64>,
    /// The largest number that it may hold.
    max: Option<f64>,
    /// Every value that it may hold, as text.
    values: Option<Vec<String>>,
    /// The part of cells that may be missing; none when left out.
    missing_max: Option<Fraction>,
    /// Whether no value may stand twice.
    unique: bool,
}

/// Types of columns, whatever the format of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum ColumnType {
    /// Any number.
    Number,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
    /// Text.
    Text,
    /// A moment with its zone.
    Moment,
    /// A date or time without a zone.
    LocalMoment,
    /// A list or a record.
    Nested,
}

impl ColumnType {
    /// As a spec spells it.
    fn word(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Text => "text",
            Self::Moment => "moment",
            Self::LocalMoment => "local-moment",
            Self::Nested => "nested",
        }
    }

    fn is_moment(self) -> bool {
        matches!(self, Self::Moment | Self::LocalMoment)
    }
}

impl Default for TableSchema {
    fn default() -> Self {
        Self {
            columns: BTreeMap::new(),
            closed: false,
            rows_min: constant(1.0),
            open_end: false,
        }
    }
}

impl Check for TableSchema {
    const ABOUT: About = About {
        name: "table-schema",
        chapter: Chapter::Quality,
        figure: include_str!("figures/table-schema.txt"),
        needs: &[SubjectKind::Dataset],
        method: "Reads every row of the declared columns once.",
        error_rates: "Exact: a table that is as declared passes, any other fails.",
    };

    fn run(&self, context: &Context) -> Outcome {
        judged(context, self.hold(context))
    }

    fn planted() -> Planted {
        planted::PLANTED
    }
}

impl TableSchema {
    fn hold(&self, context: &Context) -> Outcome {
        if self.columns.is_empty() {
            return Err(Failure::Case(
                "name the `columns` that the table must have".into(),
            ));
        }
        let declaration = context.declaration(SubjectKind::Dataset.word())?;
        let parsed: DatasetDeclaration = seatrial_spec::parse(declaration.common.clone())
            .map_err(|misfit| Failure::Case(misfit.message))?;
        let Some(path) = &parsed.path else {
            return Err(Failure::Case(
                "a generated dataset has no table to look at".into(),
            ));
        };
        let table = Table::open(path.as_path())?;
        let mut found = self.misfits(&table);
        if let Some(file) = table.open_end()?.filter(|_| !self.open_end) {
            found.push(format!(
                "{}: the last line does not end with a newline, and may be cut short; if files \
                 are written so, say `open_end = true`",
                file.display()
            ));
        }
        let known: Vec<&str> = (self.columns.keys())
            .filter(|name| table.schema().field_with_name(name).is_ok())
            .map(String::as_str)
            .collect();
        let stopped = || context.host.stopped();
        let new = || Reading::new(self, &table, &known);
        let (offences, missing) = aggregate(&table, &known, &stopped, new)?;
        if let Err(error) = offences.refuse(&table) {
            found.push(error.to_string());
        }
        let rows = table.rows() as f64;
        let mut measurements = vec![
            Measurement::new("rows", rows)
                .unit("rows")
                .bound(Bound::AtLeast(self.rows_min.get() as f64)),
            Measurement::new("misfits", found.len() as f64).bound(Bound::Equal(0.0)),
        ];
        for (name, missing) in known.iter().zip(missing).filter(|_| rows > 0.0) {
            let allowed = self.columns[*name].missing_max.map_or(0.0, Fraction::get);
            let share = missing.cells as f64 / rows;
            measurements.push(
                Measurement::new(format!("{name} missing"), share).bound(Bound::AtMost(allowed)),
            );
            if let Some(row) = missing.first_row.filter(|_| share > allowed) {
                let message = match missing.cells {
                    1 => "the cell is missing".to_owned(),
                    cells => format!("the cell is missing, the first of {cells}"),
                };
                found.push(table.wrong_at(name, row, message).to_string());
            }
        }
        Ok(conclude(context, measurements, found))
    }

    /// Columns that are missing, of another type, or too many.
    fn misfits(&self, table: &Table) -> Vec<String> {
        let mut found = Vec::new();
        for (name, rule) in &self.columns {
            let field = match table.column(name) {
                Ok(field) => field,
                Err(error) => {
                    found.push(error.to_string());
                    continue;
                }
            };
            let is = kind(field.data_type());
            let fits = |of: ColumnType| {
                is == Some(of) || (of == ColumnType::Number && is == Some(ColumnType::Integer))
            };
            if let Some(of) = rule
                .of
                .filter(|of| !fits(*of) && *field.data_type() != DataType::Null)
            {
                let is = is.map_or("bytes", ColumnType::word);
                let dates = is == "text" && of.is_moment();
                let dates = if dates {
                    ": dates in words are `text`"
                } else {
                    ""
                };
                let message = format!("is `{is}`, not `{}`{dates}", of.word());
                found.push(table.wrong_in(name, message).to_string());
                // With a range each of them is told where it is read.
                let ranged = rule.min.is_some() || rule.max.is_some();
                let strays = table.strays(name).refuse(table).err();
                found.extend(strays.filter(|_| !ranged).map(|told| told.to_string()));
            }
        }
        if self.closed {
            let unknown = table
                .columns()
                .into_iter()
                .filter(|name| !self.columns.contains_key(*name));
            found.extend(unknown.map(|name| table.wrong_in(name, "is not declared").to_string()));
        }
        found
    }
}

/// Without a dictionary.
fn unpacked(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, values) => values,
        other => other,
    }
}

fn kind(data_type: &DataType) -> Option<ColumnType> {
    Some(match unpacked(data_type) {
        DataType::Boolean => ColumnType::Boolean,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => ColumnType::Text,
        DataType::Timestamp(_, Some(_)) => ColumnType::Moment,
        other if other.is_temporal() => ColumnType::LocalMoment,
        other if other.is_integer() => ColumnType::Integer,
        other if other.is_numeric() => ColumnType::Number,
        other if other.is_nested() => ColumnType::Nested,
        _ => return None,
    })
}

/// What is read of the columns.
struct Reading<'a> {
    table: &'a Table,
    columns: Vec<(&'a str, &'a ColumnRule)>,
    missing: Vec<Missing>,
    offences: Offences,
    /// Values of columns that must be unique, with the rows that they stand in.
    seen: Vec<Vec<(Key, u64)>>,
}

/// Cells of a column that hold nothing.
#[derive(Clone, Copy, Default)]
struct Missing {
    cells: u64,
    first_row: Option<u64>,
}

impl<'a> Reading<'a> {
    fn new(of: &'a TableSchema, table: &'a Table, known: &[&'a str]) -> Self {
        Self {
            table,
            columns: known
                .iter()
                .map(|name| (*name, &of.columns[*name]))
                .collect(),
            missing: vec![Missing::default(); known.len()],
            seen: vec![Vec::new(); known.len()],
            offences: Offences::default(),
        }
    }
}

impl Aggregate for Reading<'_> {
    type Output = (Offences, Vec<Missing>);

    fn update(&mut self, batch: &RecordBatch, first_row: u64) -> Result<()> {
        for (at, (name, rule)) in self.columns.iter().enumerate() {
            let wrong = |message: String| self.table.wrong_in(name, message);
            let cells = batch
                .column_by_name(name)
                .ok_or_else(|| wrong("was not read".into()))?;
            let missing = &mut self.missing[at];
            if let Some(nulls) = cells.logical_nulls().filter(|nulls| nulls.null_count() > 0) {
                missing.cells += nulls.null_count() as u64;
                let first = nulls.iter().position(|present| !present);
                let first = first.map(|at| first_row + at as u64);
                missing.first_row = missing.first_row.or(first);
            }
            let column = Column {
                name,
                cells,
                first_row,
            };
            let offences = &mut self.offences;
            let floating = unpacked(cells.data_type()).is_floating();
            if floating || rule.min.is_some() || rule.max.is_some() {
                in_range(&column, rule, offences).map_err(wrong)?;
            }
            if let Some(values) = &rule.values {
                among(&column, values, offences).map_err(wrong)?;
            }
            if rule.unique {
                // What is missing is counted elsewhere.
                let keys = column.keys(&mut Offences::default()).map_err(wrong)?;
                let present = (first_row..).zip(keys).enumerate();
                let present = present.filter(|(at, _)| !cells.is_null(*at));
                self.seen[at].extend(present.map(|(_, (row, key))| (key, row)));
            }
        }
        Ok(())
    }

    fn merge(&mut self, later: Self) -> Result<()> {
        self.offences.merge(later.offences);
        for (missing, later) in self.missing.iter_mut().zip(later.missing) {
            missing.cells += later.cells;
            missing.first_row = missing.first_row.or(later.first_row);
        }
        for (seen, later) in self.seen.iter_mut().zip(later.seen) {
            seen.extend(later);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Self::Output> {
        for ((name, _), seen) in self.columns.iter().zip(&mut self.seen) {
            seen.sort_unstable();
            let twice = seen.windows(2).filter(|pair| pair[0].0 == pair[1].0);
            let rows: BTreeSet<u64> = twice.map(|pair| pair[1].1).collect();
            for row in rows {
                self.offences
                    .note(name, row, "stands in an earlier row too", "the value");
            }
        }
        Ok((self.offences, self.missing))
    }
}

fn in_range(
    column: &Column<'_>,
    rule: &ColumnRule,
    offences: &mut Offences,
) -> std::result::Result<(), String> {
    // What is missing is counted elsewhere, and here only in the way.
    let numbers = column.numbers(&mut Offences::default())?;
    let missing = column.cells.logical_nulls();
    let is_there = |at: usize| missing.as_ref().is_none_or(|cells| cells.is_valid(at));
    let texts = numbers.iter().any(|number| !number.is_finite());
    let texts = texts.then(|| column.texts()).transpose()?;
    for (at, number) in numbers
        .into_iter()
        .enumerate()
        .filter(|(at, _)| is_there(*at))
    {
        let row = column.first_row + at as u64;
        if !number.is_finite() {
            // What stands there may be a word.
            let cell = texts.as_ref().map_or("", |texts| texts.value(at));
            offences.note(column.name, row, "is no finite number", quoted(cell));
        } else if rule.min.is_some_and(|min| number < min) {
            offences.note(column.name, row, "is below the least allowed", number);
        } else if rule.max.is_some_and(|max| number > max) {
            offences.note(column.name, row, "is above the most allowed", number);
        }
    }
    Ok(())
}

fn among(
    column: &Column<'_>,
    values: &[String],
    offences: &mut Offences,
) -> std::result::Result<(), String> {
    let texts = column.texts()?;
    for (at, text) in texts.iter().enumerate() {
        if let Some(text) = text
            && !values.iter().any(|value| value == text)
        {
            let row = column.first_row + at as u64;
            let kind = "is none of the values allowed";
            offences.note(column.name, row, kind, quoted(text));
        }
    }
    Ok(())
}
