//! Slices that nobody declared: every column of a table that is no part of the
//! predictions, as it is if it has few values, in quarters if it is a number.

use std::collections::BTreeSet;

use arrow::array::RecordBatch;
use seatrial_data::predictions::Predictions;
use seatrial_data::table::Table;
use seatrial_data::{Aggregate, Column, Offences, Result, aggregate};

use super::profiles::is_bytes;
use super::slices::{By, Slicing};
use crate::check::Outcome;

/// A column of more values names rows, not groups.
const VALUES_MAX: usize = 50;

/// Numbers that quarters are taken from, of each piece of the table.
const NUMBERS_MAX: usize = 20_000;

/// What the rows can be sliced by.
///
/// # Errors
/// When the table cannot be read.
pub(super) fn search(
    of: &Predictions,
    except: &[String],
    stopped: &(dyn Fn() -> bool + Sync),
) -> Outcome<Slicing> {
    let table = of.table();
    let mut meant = of.meant();
    for column in except {
        table.column(column)?;
        meant.push(column);
    }
    let fields = table.schema().fields().iter();
    let columns: Vec<String> = fields
        .filter(|field| !meant.contains(&field.name().as_str()))
        .filter(|field| !field.data_type().is_nested() && !is_bytes(field.data_type()))
        .map(|field| field.name().clone())
        .collect();
    let every = table.rows().div_ceil(NUMBERS_MAX as u64).max(1);
    let new = || -> Vec<Values> {
        columns
            .iter()
            .map(|name| Values::new(table, name, every))
            .collect()
    };
    let found = aggregate(table, &columns, stopped, new)?;
    Ok(Slicing {
        by: found.into_iter().flatten().collect(),
    })
}

/// The values of a column, while there are few; and some of its numbers.
struct Values<'a> {
    table: &'a Table,
    name: &'a str,
    every: u64,
    few: Option<BTreeSet<String>>,
    numbers: Option<Vec<f64>>,
}

impl<'a> Values<'a> {
    fn new(table: &'a Table, name: &'a str, every: u64) -> Self {
        let data_type = table.schema().field_with_name(name);
        let numeric = data_type.is_ok_and(|field| field.data_type().is_numeric());
        Self {
            table,
            name,
            every,
            few: Some(BTreeSet::new()),
            numbers: numeric.then(Vec::new),
        }
    }

    fn add(&mut self, value: &str) {
        if let Some(few) = &mut self.few
            && !few.contains(value)
        {
            few.insert(value.to_owned());
            if few.len() > VALUES_MAX {
                self.few = None;
            }
        }
    }
}

impl Aggregate for Values<'_> {
    type Output = Option<By>;

    fn update(&mut self, batch: &RecordBatch, first_row: u64) -> Result<()> {
        let wrong = |message: String| self.table.wrong_in(self.name, message);
        let cells = batch.column_by_name(self.name);
        let cells = cells.ok_or_else(|| wrong("was not read".into()))?;
        let column = Column {
            name: self.name,
            cells,
            first_row,
        };
        if self.few.is_some() {
            let texts = column.texts().map_err(wrong)?;
            texts.iter().flatten().for_each(|text| self.add(text));
        }
        if let Some(numbers) = &mut self.numbers {
            let read = column.numbers(&mut Offences::default());
            let read = read.map_err(|message| self.table.wrong_in(self.name, message))?;
            let some = (first_row..)
                .zip(read)
                .filter(|(row, _)| row % self.every == 0);
            numbers.extend(
                some.map(|(_, number)| number)
                    .filter(|number| number.is_finite()),
            );
        }
        Ok(())
    }

    fn merge(&mut self, later: Self) -> Result<()> {
        match later.few {
            Some(few) => few.iter().for_each(|value| self.add(value)),
            None => self.few = None,
        }
        if let (Some(numbers), Some(later)) = (&mut self.numbers, later.numbers) {
            numbers.extend(later);
        }
        Ok(())
    }

    fn finish(self) -> Result<Option<By>> {
        if self.few.as_ref().is_some_and(|few| few.len() >= 2) {
            return Ok(Some(By::searched(self.name, None)));
        }
        let Some(mut numbers) = self.numbers.filter(|_| self.few.is_none()) else {
            return Ok(None);
        };
        numbers.sort_by(f64::total_cmp);
        let quarter = |part: usize| numbers.get(numbers.len() * part / 4).copied();
        let mut edges: Vec<f64> = (1..4).filter_map(quarter).collect();
        edges.dedup();
        Ok((!edges.is_empty()).then(|| By::searched(self.name, Some(edges))))
    }
}
