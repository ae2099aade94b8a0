//! The columns of a dataset, reduced to what drift is measured on.

use std::collections::BTreeSet;

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::DataType;
use seatrial_data::table::Table;
use seatrial_data::{
    Aggregate, Column, Dataset, DatasetDeclaration, Offences, Result, Target, aggregate,
};
use seatrial_spec::Declaration;
use seatrial_validation::drift::{Categories, Numbers, Profile};
use seatrial_validation::table::Mass;

use super::joint::Sample;
use super::subject::said_of;
use crate::check::{Failure, Outcome};
use crate::context::Context;

/// The columns of a dataset, each reduced, and some whole rows of them.
pub(super) struct Profiles {
    /// By name, in order.
    pub columns: Vec<(String, Profile)>,
    /// Rows in all.
    pub rows: u64,
    /// Columns that are not looked at, and why.
    pub left_out: Vec<(String, &'static str)>,
    /// Whole rows, evenly spread.
    pub sample: Sample,
}

impl Profiles {
    /// Every column, those that are not looked at included.
    pub fn names(&self) -> BTreeSet<&str> {
        let columns = self.columns.iter().map(|(name, _)| name.as_str());
        let left_out = self.left_out.iter().map(|(name, _)| name.as_str());
        columns.chain(left_out).collect()
    }
}

/// Reduces the dataset that a key of the case names.
pub(super) fn of(context: &Context, key: &str, except: &[String]) -> Outcome<Profiles> {
    let declaration: &Declaration = context.declaration(key)?;
    let parsed: DatasetDeclaration = seatrial_spec::parse(declaration.common.clone())
        .map_err(|misfit| Failure::Case(misfit.message))?;
    let said = said_of(context, key)?;
    let (table, names) = match (parsed.table()?, &said) {
        (None, None) => return of_generated(&*context.dataset_of(key)?, except),
        (Some((table, mut names, label)), None) => {
            names.push(label);
            (table, names)
        }
        // The predictions stand beside the columns of the dataset.
        (own, Some(said)) => {
            let predictions = said.open()?;
            let table = predictions.table().clone();
            let mut names = match own {
                Some((_, features, _)) => features,
                None => context.dataset_of(key)?.features.clone(),
            };
            names.extend(predictions.columns().into_iter().map(str::to_owned));
            (table, names)
        }
    };
    let mut names = names;
    names.retain(|name| !except.contains(name));
    if table.rows() == 0 {
        return Err(Failure::Data(table.wrong("the table has no row")));
    }
    let (kept, left_out) = kinds(&table, &names)?;
    let columns: Vec<&str> = kept.iter().map(|(name, _)| name.as_str()).collect();
    let stopped = || context.host.stopped();
    let new = || Profiling::new(&table, &kept);
    let (columns, sample) = aggregate(&table, &columns, &stopped, new)?;
    Ok(Profiles {
        columns,
        rows: table.rows(),
        left_out,
        sample,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Numbers,
    Categories,
}

type Kept = Vec<(String, Kind)>;

/// Numbers are compared as numbers, text and truth values as categories. A
/// moment moves by itself, and so is no sign of drift.
fn kinds(table: &Table, names: &[String]) -> Outcome<(Kept, Vec<(String, &'static str)>)> {
    let (mut kept, mut left_out) = (Vec::new(), Vec::new());
    for name in names {
        let data_type = match table.column(name)?.data_type() {
            DataType::Dictionary(_, values) => (**values).clone(),
            other => other.clone(),
        };
        if data_type.is_numeric() || data_type == DataType::Null {
            kept.push((name.clone(), Kind::Numbers));
        } else if data_type.is_temporal() {
            left_out.push((name.clone(), "moments move by themselves"));
        } else if data_type.is_nested() {
            left_out.push((name.clone(), "nested values are not compared"));
        } else {
            kept.push((name.clone(), Kind::Categories));
        }
    }
    if kept.is_empty() {
        return Err(Failure::Data(table.wrong("there is no column to compare")));
    }
    Ok((kept, left_out))
}

struct Profiling<'a> {
    table: &'a Table,
    columns: Vec<(String, Profile)>,
    sample: Sample,
    offences: Offences,
}

impl<'a> Profiling<'a> {
    fn new(table: &'a Table, kept: &[(String, Kind)]) -> Self {
        let profile = |kind: &Kind| match kind {
            Kind::Numbers => Profile::Numbers(Numbers::new(Numbers::BUDGET)),
            Kind::Categories => Profile::Categories(Categories::new(Categories::BUDGET)),
        };
        let columns: Vec<(String, Profile)> = kept
            .iter()
            .map(|(name, kind)| (name.clone(), profile(kind)))
            .collect();
        let numeric = kept.iter().filter(|(_, kind)| *kind == Kind::Numbers);
        Self {
            table,
            sample: Sample::new(
                numeric.map(|(name, _)| name.clone()).collect(),
                table.rows(),
            ),
            columns,
            offences: Offences::default(),
        }
    }
}

impl Aggregate for Profiling<'_> {
    type Output = (Vec<(String, Profile)>, Sample);

    fn update(&mut self, batch: &RecordBatch, first_row: u64) -> Result<()> {
        for (name, profile) in &mut self.columns {
            let wrong = |message: String| self.table.wrong_in(name, message);
            let cells = batch.column_by_name(name);
            let cells = cells.ok_or_else(|| wrong("was not read".into()))?;
            let column = Column {
                name,
                cells,
                first_row,
            };
            match profile {
                Profile::Numbers(numbers) => {
                    let (present, missing) = column.present(&mut self.offences).map_err(wrong)?;
                    numbers
                        .update(&present, None)
                        .map_err(|error| wrong(error.to_string()))?;
                    numbers.add_missing(Mass::of_rows(missing));
                }
                Profile::Categories(categories) => {
                    let texts = column.texts().map_err(wrong)?;
                    add_counted(categories, &texts)
                        .map_err(|error| wrong(format!("{error}; leave it out with `except`")))?;
                }
            }
        }
        self.sample.update(batch, first_row);
        Ok(())
    }

    fn merge(&mut self, later: Self) -> Result<()> {
        self.offences.merge(later.offences);
        self.sample.merge(later.sample);
        for ((name, profile), (_, later)) in self.columns.iter_mut().zip(later.columns) {
            let merged = match (profile, later) {
                (Profile::Numbers(all), Profile::Numbers(later)) => all.merge(later),
                (Profile::Categories(all), Profile::Categories(later)) => all.merge(later),
                _ => Err(seatrial_validation::Error::Unlike("type of column")),
            };
            merged.map_err(|error| self.table.wrong_in(name, error.to_string()))?;
        }
        Ok(())
    }

    fn finish(self) -> Result<Self::Output> {
        self.offences.refuse(self.table)?;
        let done = |profile| match profile {
            Profile::Numbers(numbers) => Profile::Numbers(numbers.finish()),
            Profile::Categories(categories) => Profile::Categories(categories),
        };
        let columns = self
            .columns
            .into_iter()
            .map(|(name, profile)| (name, done(profile)));
        Ok((columns.collect(), self.sample))
    }
}

/// Adds a batch of categories, each counted first: most rows repeat a few.
fn add_counted(
    categories: &mut Categories,
    texts: &arrow::array::StringArray,
) -> std::result::Result<(), seatrial_validation::Error> {
    let mut counts: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
    for text in texts.iter().flatten() {
        *counts.entry(text).or_default() += 1;
    }
    for (text, rows) in counts {
        categories.add(Some(text), Mass::of_rows(rows))?;
    }
    categories.add(None, Mass::of_rows(texts.null_count() as u64))
}

/// The columns of generated rows, in the unit in which they were generated.
fn of_generated(dataset: &Dataset, except: &[String]) -> Outcome<Profiles> {
    let wrong = |error: seatrial_validation::Error| Failure::Case(error.to_string());
    let mut columns = Vec::new();
    let mut numeric = Vec::new();
    for (feature, name) in dataset.features.iter().enumerate() {
        if except.contains(name) {
            continue;
        }
        let value = |row: usize| {
            let scaled = dataset.row(row)[feature];
            dataset.unscaled(feature, scaled).unwrap_or(0.0)
        };
        let values: Vec<f64> = (0..dataset.rows()).map(value).collect();
        let mut numbers = Numbers::new(Numbers::BUDGET);
        numbers.update(&values, None).map_err(wrong)?;
        columns.push((name.clone(), Profile::Numbers(numbers.finish())));
        numeric.push((name.clone(), values));
    }
    if !except.contains(&dataset.label) {
        columns.push((dataset.label.clone(), label(dataset).map_err(wrong)?));
    }
    Ok(Profiles {
        columns,
        rows: dataset.rows() as u64,
        left_out: Vec::new(),
        sample: Sample::of_columns(numeric),
    })
}

fn label(dataset: &Dataset) -> std::result::Result<Profile, seatrial_validation::Error> {
    match &dataset.target {
        Target::Classes { names, labels } => {
            let mut categories = Categories::new(Categories::BUDGET);
            for (class, name) in names.iter().enumerate() {
                let rows = labels
                    .iter()
                    .filter(|label| **label as usize == class)
                    .count();
                categories.add(Some(name), Mass::of_rows(rows as u64))?;
            }
            Ok(Profile::Categories(categories))
        }
        Target::Values(values) => {
            let values: Vec<f64> = values.iter().map(|&value| value.into()).collect();
            let mut numbers = Numbers::new(Numbers::BUDGET);
            numbers.update(&values, None)?;
            Ok(Profile::Numbers(numbers.finish()))
        }
    }
}
