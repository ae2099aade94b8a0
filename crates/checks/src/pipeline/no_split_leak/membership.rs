//! Which rows of the loaded table are on which side of the split, wherever else
//! they are found again: by their key, or by their place.

use std::collections::HashMap;

use arrow::array::RecordBatch;
use seatrial_data::table::Table;
use seatrial_pipeline::stages::PART;
use seatrial_pipeline::{Done, cells};
use seatrial_rng::Fingerprint;

use super::NoSplitLeak;
use super::parts::sides;
use crate::check::Outcome;

/// Which rows are on which side; true for those to train on.
pub(super) enum Membership {
    /// By place.
    Places(Vec<bool>),
    /// By the fingerprint of these columns. What is on both sides is one to train
    /// on: that it is on both is reported elsewhere.
    Keys(Vec<String>, HashMap<Fingerprint, bool>),
}

impl Membership {
    /// Of the rows of the parted tables; why not, where that cannot be told.
    pub fn of(
        check: &NoSplitLeak,
        done: &Done,
        tables: &[String],
        loaded: &Table,
    ) -> Outcome<Result<Self, String>> {
        let mut membership = match check.key.as_slice() {
            [] => Membership::Places(Vec::new()),
            key => Membership::Keys(key.to_vec(), HashMap::new()),
        };
        for (at, name) in tables.iter().enumerate() {
            let table = done.table(name)?;
            if check.key.is_empty() && (tables.len() > 1 || table.rows() != loaded.rows()) {
                let why =
                    format!("without a `key`, rows of `{name}` are not found in the loaded table");
                return Ok(Err(why));
            }
            if let Some(key) = check.key.iter().find(|key| table.column(key).is_err()) {
                return Ok(Err(format!(
                    "`{name}` has no column `{key}`, the key of its rows"
                )));
            }
            membership.add(&table, (tables.len() > 1).then_some(at == 0))?;
        }
        Ok(Ok(membership))
    }

    fn add(&mut self, table: &Table, is_train: Option<bool>) -> Outcome<()> {
        let mut columns = self.columns().to_vec();
        if is_train.is_none() && !columns.iter().any(|column| column == PART) {
            columns.push(PART.to_owned());
        }
        for batch in table.batches(&columns)? {
            let batch = batch?;
            let sides = sides(&batch, is_train)?;
            match self {
                Membership::Places(places) => places.extend(sides),
                Membership::Keys(key, known) => {
                    let keys = cells::row_keys(&batch, key)?;
                    for (key, is_train) in keys.into_iter().zip(sides) {
                        *known.entry(key).or_insert(false) |= is_train;
                    }
                }
            }
        }
        Ok(())
    }

    /// The columns that rows are found by.
    pub fn columns(&self) -> &[String] {
        match self {
            Membership::Places(_) => &[],
            Membership::Keys(key, _) => key,
        }
    }

    /// The side of each row of a batch, whose first row is at `start` in its table;
    /// none for a row that is on no side.
    pub fn sides(&self, batch: &RecordBatch, start: usize) -> Outcome<Vec<Option<bool>>> {
        Ok(match self {
            Membership::Places(places) => (start..start + batch.num_rows())
                .map(|row| places.get(row).copied())
                .collect(),
            Membership::Keys(key, known) => {
                let keys = cells::row_keys(batch, key)?;
                keys.iter().map(|key| known.get(key).copied()).collect()
            }
        })
    }
}
