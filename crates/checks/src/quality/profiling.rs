//! Columns of a table, reduced in one pass.

use arrow::array::RecordBatch;
use arrow::datatypes::DataType;
use seatrial_data::table::Table;
use seatrial_data::{Aggregate, Coder, Column, Offences, Result};
use seatrial_validation::Error;
use seatrial_validation::drift::{Categories, Numbers, Profile};
use seatrial_validation::table::Mass;

use super::joint::Sample;
use super::moments::{Moments, OfMoments};

/// What a column is compared as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Numbers,
    Categories,
}

/// A profile of each column, and some whole rows, while batches come in.
pub(super) struct Profiling<'a> {
    table: &'a Table,
    columns: Vec<(String, Growing)>,
    moments: Vec<(String, Moments)>,
    sample: Sample,
    offences: Offences,
}

enum Growing {
    Numbers(Numbers),
    Categories(Counts),
}

impl<'a> Profiling<'a> {
    /// Of no rows.
    pub fn new(table: &'a Table, kept: &[(String, Kind)], moments: &[&str]) -> Self {
        let growing = |kind: &Kind| match kind {
            Kind::Numbers => Growing::Numbers(Numbers::new(Numbers::BUDGET)),
            Kind::Categories => Growing::Categories(Counts::default()),
        };
        let moments = moments.iter().filter_map(|name| {
            let field = table.schema().field_with_name(name).ok()?;
            let moments = Moments::new(values_of(field.data_type()));
            Some(((*name).to_owned(), moments))
        });
        let columns = kept.iter();
        let columns = columns.map(|(name, kind)| (name.clone(), growing(kind)));
        Self {
            table,
            sample: Sample::new(kept.to_vec(), table.rows()),
            columns: columns.collect(),
            moments: moments.collect(),
            offences: Offences::default(),
        }
    }
}

/// The type of a column's values, whether or not a dictionary holds them.
pub(super) fn values_of(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, values) => values,
        other => other,
    }
}

/// Columns by name.
pub(super) type Named = Vec<(String, Profile)>;

impl Aggregate for Profiling<'_> {
    /// The columns, those that are moments, and whole rows.
    type Output = (Named, Vec<OfMoments>, Sample);

    fn update(&mut self, batch: &RecordBatch, first_row: u64) -> Result<()> {
        let table = self.table;
        let column_of = |name| {
            let cells = batch.column_by_name(name);
            let cells = cells.ok_or_else(|| table.wrong_in(name, "was not read"))?;
            Ok(Column {
                name,
                cells,
                first_row,
            })
        };
        for (name, moments) in &mut self.moments {
            let added = moments.add(&column_of(name)?);
            added.map_err(|message| table.wrong_in(name, message))?;
        }
        for (name, growing) in &mut self.columns {
            let wrong = |message: String| table.wrong_in(name, message);
            let column = column_of(name)?;
            match growing {
                Growing::Numbers(numbers) => {
                    let (present, missing) = column.present(&mut self.offences).map_err(wrong)?;
                    let added = numbers.update(&present, None);
                    added.map_err(|error| wrong(error.to_string()))?;
                    numbers.add_missing(Mass::of_rows(missing));
                }
                Growing::Categories(counts) => {
                    counts.add(&column).map_err(wrong)?;
                    counts.refuse_many().map_err(wrong)?;
                }
            }
        }
        self.sample.update(self.table, batch, first_row)
    }

    fn merge(&mut self, later: Self) -> Result<()> {
        self.offences.merge(later.offences);
        self.sample.merge(later.sample);
        for ((name, moments), (_, later)) in self.moments.iter_mut().zip(later.moments) {
            let merged = moments.merge(later);
            merged.map_err(|error| self.table.wrong_in(name, error.to_string()))?;
        }
        for ((name, growing), (_, later)) in self.columns.iter_mut().zip(later.columns) {
            let merged = match (growing, later) {
                (Growing::Numbers(all), Growing::Numbers(later)) => {
                    all.merge(later).map_err(|error| error.to_string())
                }
                (Growing::Categories(all), Growing::Categories(later)) => {
                    all.merge(&later);
                    all.refuse_many()
                }
                _ => Err(Error::Unlike("type of column").to_string()),
            };
            merged.map_err(|message| self.table.wrong_in(name, message))?;
        }
        Ok(())
    }

    fn finish(self) -> Result<Self::Output> {
        self.offences.refuse(self.table)?;
        let mut columns = Vec::with_capacity(self.columns.len());
        for (name, growing) in self.columns {
            let profile = match growing {
                Growing::Numbers(numbers) => Profile::Numbers(numbers.finish()),
                Growing::Categories(counts) => {
                    let categories = counts.finish();
                    let wrong = |error: Error| self.table.wrong_in(&name, error.to_string());
                    Profile::Categories(categories.map_err(wrong)?)
                }
            };
            columns.push((name, profile));
        }
        let moments = self.moments.into_iter().map(|(name, moments)| {
            let told = moments.finish(name.clone());
            told.map_err(|error| self.table.wrong_in(&name, error.to_string()))
        });
        Ok((columns, moments.collect::<Result<_>>()?, self.sample))
    }
}

/// How often each category occurs, by its number.
#[derive(Default)]
struct Counts {
    coder: Coder,
    rows: Vec<u64>,
    missing: u64,
}

impl Counts {
    fn add(&mut self, column: &Column<'_>) -> std::result::Result<(), String> {
        self.missing += self.coder.count(column, &mut self.rows)?;
        Ok(())
    }

    fn merge(&mut self, later: &Self) {
        self.missing += later.missing;
        for (name, rows) in later.coder.names().iter().zip(&later.rows) {
            let code = self.coder.code(name) as usize;
            self.rows.resize(self.coder.names().len(), 0);
            self.rows[code] += rows;
        }
    }

    /// Refuses a column of more categories than one of categories has.
    fn refuse_many(&self) -> std::result::Result<(), String> {
        if self.rows.len() <= Categories::BUDGET {
            return Ok(());
        }
        let error = Error::TooMany {
            what: "different categories",
            limit: Categories::BUDGET,
        };
        Err(format!("{error}; leave it out with `except`"))
    }

    fn finish(self) -> std::result::Result<Categories, Error> {
        let mut categories = Categories::new(Categories::BUDGET);
        for (name, rows) in self.coder.names().iter().zip(&self.rows) {
            categories.add(Some(name), Mass::of_rows(*rows))?;
        }
        categories.add(None, Mass::of_rows(self.missing))?;
        Ok(categories)
    }
}
