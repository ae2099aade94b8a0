//! Columns of a table, reduced in one pass.

use arrow::array::RecordBatch;
use seatrial_data::table::Table;
use seatrial_data::{Aggregate, Coder, Column, Offences, Result};
use seatrial_validation::Error;
use seatrial_validation::drift::{Categories, Numbers, Profile};
use seatrial_validation::table::Mass;

use super::joint::Sample;

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
    sample: Sample,
    offences: Offences,
}

enum Growing {
    Numbers(Numbers),
    Categories(Counts),
}

impl<'a> Profiling<'a> {
    /// Of no rows.
    pub fn new(table: &'a Table, kept: &[(String, Kind)]) -> Self {
        let growing = |kind: &Kind| match kind {
            Kind::Numbers => Growing::Numbers(Numbers::new(Numbers::BUDGET)),
            Kind::Categories => Growing::Categories(Counts::default()),
        };
        let columns = kept.iter();
        let columns = columns.map(|(name, kind)| (name.clone(), growing(kind)));
        Self {
            table,
            sample: Sample::new(kept.to_vec(), table.rows()),
            columns: columns.collect(),
            offences: Offences::default(),
        }
    }
}

impl Aggregate for Profiling<'_> {
    type Output = (Vec<(String, Profile)>, Sample);

    fn update(&mut self, batch: &RecordBatch, first_row: u64) -> Result<()> {
        for (name, growing) in &mut self.columns {
            let wrong = |message: String| self.table.wrong_in(name, message);
            let cells = batch.column_by_name(name);
            let cells = cells.ok_or_else(|| wrong("was not read".into()))?;
            let column = Column {
                name,
                cells,
                first_row,
            };
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
        Ok((columns, self.sample))
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
