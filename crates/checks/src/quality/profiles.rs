//! The columns of a dataset, reduced to what drift is measured on.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::datatypes::DataType;
use seatrial_data::table::Table;
use seatrial_data::{Column, Dataset, DatasetDeclaration, Target, aggregate};
use seatrial_spec::Declaration;
use seatrial_validation::drift::{Categories, Numbers, Profile};
use seatrial_validation::table::Mass;

use super::joint::{Sample, stand_ins};
use super::moments::OfMoments;
use super::profiling::{Kind, Named, Profiling, values_of};
use super::subject::said_of;
use crate::check::{Failure, Outcome};
use crate::context::Context;

/// The columns of a dataset, each reduced, and some whole rows of them.
pub(super) struct Profiles {
    /// By name, in order.
    pub columns: Named,
    /// Columns of moments.
    pub moments: Vec<OfMoments>,
    /// Rows in all.
    pub rows: u64,
    /// Columns that are not looked at, and what they hold.
    pub left_out: Vec<(String, &'static str)>,
    /// What keeps columns that are mostly numbers from being compared as such.
    pub strays: Vec<(String, String)>,
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

    /// What is compared under this name.
    pub fn of(&self, name: &str) -> Option<&Profile> {
        let of_moments = self.moments.iter().flat_map(OfMoments::all);
        let mut all = self.columns.iter().chain(of_moments);
        Some(&all.find(|(known, _)| known == name)?.1)
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
    let strays = columns.iter().filter_map(|name| {
        let found = table.strays(name).refuse(&table).err()?;
        Some(((*name).to_owned(), found.to_string()))
    });
    let strays = strays.collect();
    let stopped = || context.host.stopped();
    let of_moments = of_moments(&table, &left_out)?;
    let read: Vec<&str> = columns
        .iter()
        .copied()
        .chain(of_moments.iter().copied())
        .collect();
    let new = || Profiling::new(&table, &kept, &of_moments);
    let (columns, moments, sample) = aggregate(&table, &read, &stopped, new)?;
    Ok(Profiles {
        columns,
        moments,
        rows: table.rows(),
        left_out,
        strays,
        sample,
    })
}

type Kept = Vec<(String, Kind)>;

/// Numbers are compared as numbers, text and truth values as categories. A
/// moment moves by itself, and so is no sign of drift; what does not is compared apart.
fn kinds(table: &Table, names: &[String]) -> Outcome<(Kept, Vec<(String, &'static str)>)> {
    let (mut kept, mut left_out) = (Vec::new(), Vec::new());
    for name in names {
        let data_type = values_of(table.column(name)?.data_type());
        if data_type.is_numeric() || *data_type == DataType::Null {
            kept.push((name.clone(), Kind::Numbers));
        } else if data_type.is_temporal() {
            left_out.push((name.clone(), "moments"));
        } else if data_type.is_nested() {
            left_out.push((name.clone(), "nested values"));
        } else if is_bytes(data_type) {
            left_out.push((name.clone(), "bytes"));
        } else {
            kept.push((name.clone(), Kind::Categories));
        }
    }
    if kept.is_empty() {
        return Err(Failure::Data(table.wrong("there is no column to compare")));
    }
    Ok((kept, left_out))
}

/// The columns of moments among those that are left out.
fn of_moments<'a>(table: &Table, left_out: &'a [(String, &'static str)]) -> Outcome<Vec<&'a str>> {
    let mut moments = Vec::new();
    for (name, _) in left_out {
        if values_of(table.column(name)?.data_type()).is_temporal() {
            moments.push(name.as_str());
        }
    }
    Ok(moments)
}

/// Whether cells are bytes, which are neither numbers nor words.
pub(super) fn is_bytes(data_type: &DataType) -> bool {
    use DataType::{Binary, BinaryView, FixedSizeBinary, LargeBinary};
    matches!(
        data_type,
        Binary | LargeBinary | BinaryView | FixedSizeBinary(_)
    )
}

/// The columns of generated rows, in the unit in which they were generated.
fn of_generated(dataset: &Dataset, except: &[String]) -> Outcome<Profiles> {
    let wrong = |error: seatrial_validation::Error| Failure::Case(error.to_string());
    let mut columns = Vec::new();
    let mut sampled = Vec::new();
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
        sampled.push((name.clone(), Kind::Numbers, values));
    }
    if !except.contains(&dataset.label) {
        let (profile, kind, values) = label(dataset)?;
        columns.push((dataset.label.clone(), profile));
        sampled.push((dataset.label.clone(), kind, values));
    }
    Ok(Profiles {
        columns,
        rows: dataset.rows() as u64,
        moments: Vec::new(),
        left_out: Vec::new(),
        strays: Vec::new(),
        sample: Sample::of_columns(sampled),
    })
}

/// The label's profile, and what a sample holds of it.
fn label(dataset: &Dataset) -> Outcome<(Profile, Kind, Vec<f64>)> {
    let wrong = |error: seatrial_validation::Error| Failure::Case(error.to_string());
    match &dataset.target {
        Target::Classes { names, labels } => {
            let mut categories = Categories::new(Categories::BUDGET);
            for (class, name) in names.iter().enumerate() {
                let rows = labels
                    .iter()
                    .filter(|label| **label as usize == class)
                    .count();
                let rows = Mass::of_rows(rows as u64);
                categories.add(Some(name), rows).map_err(wrong)?;
            }
            let cells: ArrayRef = Arc::new(StringArray::from_iter_values(names));
            let column = Column {
                name: &dataset.label,
                cells: &cells,
                first_row: 0,
            };
            let of_class = stand_ins(&column).map_err(Failure::Case)?;
            let values = labels.iter().map(|&class| of_class[class as usize]);
            Ok((
                Profile::Categories(categories),
                Kind::Categories,
                values.collect(),
            ))
        }
        Target::Values(values) => {
            let values: Vec<f64> = values.iter().map(|&value| value.into()).collect();
            let mut numbers = Numbers::new(Numbers::BUDGET);
            numbers.update(&values, None).map_err(wrong)?;
            Ok((Profile::Numbers(numbers.finish()), Kind::Numbers, values))
        }
    }
}
