//! The rows of two sides of a split, and what is on both. Of a row, no more is held
//! than two fingerprints and a moment.

use std::collections::{HashMap, HashSet};

use arrow::array::RecordBatch;
use seatrial_data::table::Table;
use seatrial_pipeline::cells::Slice;
use seatrial_pipeline::stages::{PART, TRAIN};
use seatrial_pipeline::{Done, cells};
use seatrial_rng::Fingerprint;

use super::NoSplitLeak;
use crate::Outcome;
use crate::check::Failure;

/// The rows of both sides, in the order of the tables.
#[derive(Default)]
pub(super) struct Parts {
    is_train: Vec<bool>,
    /// Of each row's values.
    values: Vec<Fingerprint>,
    /// Of each row's key; none where the case names no key.
    keys: Vec<Fingerprint>,
    /// Of the training rows that have one.
    train_moments: Vec<i64>,
    /// The first of the other rows.
    other_moment: Option<i64>,
    /// Where the second table begins.
    second: usize,
}

/// What is on both sides.
pub(super) struct Crossing {
    pub rows: u64,
    pub keys: usize,
    pub late: usize,
    /// The first that crosses.
    pub hint: String,
}

impl Parts {
    pub fn read(check: &NoSplitLeak, done: &Done, tables: &[String]) -> Outcome<Self> {
        let mut parts = Self::default();
        for (at, name) in tables.iter().enumerate() {
            let table = done.table(name)?;
            let parted = table.column(PART).is_ok();
            if tables.len() == 1 && !parted {
                let message = format!("the table `{name}` has no column `{PART}`");
                return Err(Failure::Case(message));
            }
            parts.second = parts.is_train.len();
            parts.add(check, &table, (tables.len() > 1).then_some(at == 0))?;
        }
        Ok(parts)
    }

    /// Rows to train on, and others.
    pub fn rows(&self) -> (u64, u64) {
        let train = self.is_train.iter().filter(|is_train| **is_train).count();
        (train as u64, (self.is_train.len() - train) as u64)
    }

    /// Adds the rows of a table: all to one side, or each to that of its part.
    fn add(&mut self, check: &NoSplitLeak, table: &Table, is_train: Option<bool>) -> Outcome<()> {
        let columns = table.columns();
        let set_apart = |name: &&&str| {
            let name = **name;
            let own = [Some(PART), check.time.as_deref()].contains(&Some(name));
            !own && !check
                .ignore
                .iter()
                .chain(&check.key)
                .any(|other| other == name)
        };
        let compared: Vec<&str> = columns.iter().filter(set_apart).copied().collect();
        for batch in table.batches(&columns)? {
            let batch = batch?;
            let sides = sides(&batch, is_train)?;
            self.values.extend(cells::row_keys(&batch, &compared)?);
            if !check.key.is_empty() {
                self.keys.extend(cells::row_keys(&batch, &check.key)?);
            }
            if let Some(time) = &check.time {
                let moments = cells::unix_seconds(cells::column_of(&batch, time)?, time)?;
                for (moment, is_train) in moments.iter().zip(&sides) {
                    let Some(moment) = moment else { continue };
                    if *is_train {
                        self.train_moments.push(moment);
                    } else {
                        let first = self.other_moment.map_or(moment, |first| first.min(moment));
                        self.other_moment = Some(first);
                    }
                }
            }
            self.is_train.extend(sides);
        }
        Ok(())
    }

    pub fn crossing(&self) -> Crossing {
        let (rows, first) = self.crossing_rows();
        let late = self.other_moment.map_or(0, |first| {
            let late = self.train_moments.iter().filter(|moment| **moment > first);
            late.count()
        });
        let mut hints = Vec::new();
        if let Some((other, train)) = first {
            hints.push(format!(
                "row {} to measure on is the same as row {} to train on: was it split before \
                 duplicates were removed? (Allow for rows that are equal by chance with \
                 `duplicates_max`.)",
                self.place(other),
                self.place(train)
            ));
        }
        if late > 0 {
            hints.push("training rows are later than rows to measure on: split by time".to_owned());
        }
        Crossing {
            rows,
            keys: self.crossing_keys(),
            late,
            hint: hints.join("\n"),
        }
    }

    /// How many of the other rows have the values of a training row; the first of
    /// them, and the first training row that is the same.
    fn crossing_rows(&self) -> (u64, Option<(usize, usize)>) {
        let mut count = 0;
        let mut first: Option<(usize, usize)> = None;
        for slice in Slice::all(self.values.len() as u64) {
            let mut train: HashMap<Fingerprint, usize> = HashMap::new();
            for (place, values) in self.of_side(&self.values, true, slice) {
                train.entry(*values).or_insert(place);
            }
            for (place, values) in self.of_side(&self.values, false, slice) {
                let Some(same) = train.get(values) else {
                    continue;
                };
                count += 1;
                if first.is_none_or(|(known, _)| place < known) {
                    first = Some((place, *same));
                }
            }
        }
        (count, first)
    }

    fn crossing_keys(&self) -> usize {
        let count = |slice| {
            let train = self.of_side(&self.keys, true, slice);
            let train: HashSet<&Fingerprint> = train.map(|(_, key)| key).collect();
            let other = self.of_side(&self.keys, false, slice).map(|(_, key)| key);
            let both: HashSet<&Fingerprint> = other.filter(|key| train.contains(key)).collect();
            both.len()
        };
        Slice::all(self.keys.len() as u64).map(count).sum()
    }

    fn of_side<'s>(
        &'s self,
        of: &'s [Fingerprint],
        train: bool,
        slice: Slice,
    ) -> impl Iterator<Item = (usize, &'s Fingerprint)> {
        let rows = of.iter().zip(&self.is_train).enumerate();
        rows.filter(move |(_, (of, is_train))| **is_train == train && slice.has(of))
            .map(|(place, (of, _))| (place, of))
    }

    /// The place of a row in its table, from 1.
    fn place(&self, row: usize) -> usize {
        row + 1 - if row < self.second { 0 } else { self.second }
    }
}

/// Whether each row of a batch is one to train on.
pub(super) fn sides(batch: &RecordBatch, is_train: Option<bool>) -> Outcome<Vec<bool>> {
    if let Some(is_train) = is_train {
        return Ok(vec![is_train; batch.num_rows()]);
    }
    let parts = cells::texts(cells::column_of(batch, PART)?)?;
    Ok(parts.iter().map(|part| part == Some(TRAIN)).collect())
}
