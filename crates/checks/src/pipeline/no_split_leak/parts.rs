//! The rows of two sides of a split, and what is on both.

use std::collections::{HashMap, HashSet};

use arrow::array::{Array, RecordBatch};
use seatrial_data::table::Table;
use seatrial_pipeline::stages::{PART, TRAIN};
use seatrial_pipeline::{Done, cells};
use seatrial_rng::Fingerprint;

use super::NoSplitLeak;
use crate::Outcome;
use crate::check::Failure;

/// Both sides.
pub(super) struct Parts {
    pub train: Side,
    pub other: Side,
}

/// One side of the split.
#[derive(Default)]
pub(super) struct Side {
    pub rows: u64,
    /// Each row by its values, with its place in the table and how it reads.
    row_keys: HashMap<Fingerprint, (u64, String)>,
    /// Every row's values, repeated ones too.
    row_list: Vec<Fingerprint>,
    keys: HashSet<Fingerprint>,
    moments: Vec<i64>,
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
        let mut parts = Self {
            train: Side::default(),
            other: Side::default(),
        };
        for (at, name) in tables.iter().enumerate() {
            let table = done.table(name)?;
            let parted = table.column(PART).is_ok();
            if tables.len() == 1 && !parted {
                let message = format!("the table `{name}` has no column `{PART}`");
                return Err(Failure::Case(message));
            }
            parts.add(check, &table, (tables.len() > 1).then_some(at == 0))?;
        }
        Ok(parts)
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
        let mut start = 0;
        for batch in table.batches(&columns)? {
            let batch = batch?;
            let rows = cells::row_keys(&batch, &compared)?;
            let keys = cells::row_keys(&batch, &check.key)?;
            let moments = match &check.time {
                Some(time) => Some(cells::unix_seconds(cells::column_of(&batch, time)?, time)?),
                None => None,
            };
            let sides = sides(&batch, is_train)?;
            for row in 0..batch.num_rows() {
                let side = match sides[row] {
                    true => &mut self.train,
                    false => &mut self.other,
                };
                side.rows += 1;
                side.row_list.push(rows[row]);
                side.row_keys
                    .entry(rows[row])
                    .or_insert_with(|| (start + row as u64, String::new()));
                side.keys.insert(keys[row]);
                if let Some(moments) = &moments
                    && moments.is_valid(row)
                {
                    side.moments.push(moments.value(row));
                }
            }
            start += batch.num_rows() as u64;
        }
        Ok(())
    }

    pub fn crossing(&self) -> Crossing {
        let both: Vec<&Fingerprint> = self
            .other
            .row_list
            .iter()
            .filter(|row| self.train.row_keys.contains_key(*row))
            .collect();
        let keys = self.other.keys.intersection(&self.train.keys).count();
        let first = self.other.moments.iter().min();
        let late = first.map_or(0, |first| {
            self.train
                .moments
                .iter()
                .filter(|moment| *moment > first)
                .count()
        });
        let mut hints = Vec::new();
        if let Some(row) = both.first() {
            let place = |side: &Side| side.row_keys.get(*row).map_or(0, |(at, _)| at + 1);
            hints.push(format!(
                "row {} to measure on is the same as row {} to train on: was it split before \
                 duplicates were removed?",
                place(&self.other),
                place(&self.train)
            ));
        }
        if late > 0 {
            hints.push("training rows are later than rows to measure on: split by time".to_owned());
        }
        Crossing {
            rows: both.len() as u64,
            keys,
            late,
            hint: hints.join("\n"),
        }
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
