//! Two versions on the same rows, brought together by key.

use super::{Chunk, Predictions};
use crate::column::Key;
use crate::error::{DataError, Result};
use crate::offences::Offences;
use crate::table::Table;

/// What the previous version said of each row: all of it in memory, since rows
/// may come in any order. 16 bytes of key, and 8 for the label and for each
/// number of the prediction.
pub struct Previous {
    predictions: Predictions,
    /// Sorted by key; with the place of the row among what follows.
    keys: Vec<(Key, u32)>,
    labels: Vec<f64>,
    values: Vec<f64>,
    paired: Vec<bool>,
}

/// The rows of a chunk of the candidate, with what the previous version said.
pub struct Pairs {
    /// The candidate's.
    pub candidate: Chunk,
    /// The previous version's numbers, row by row as the candidate's.
    pub previous: Vec<f64>,
}

/// More rows could not be counted in four bytes.
const ROWS_MAX: u64 = u32::MAX as u64;

impl Previous {
    /// Reads the previous version.
    ///
    /// # Errors
    /// When it cannot be read, a row of it is wrong, or two have one key.
    pub fn read(predictions: &Predictions, stopped: &(dyn Fn() -> bool + Sync)) -> Result<Self> {
        let table = predictions.table();
        if table.rows() > ROWS_MAX {
            return Err(table.wrong(format!("more than {ROWS_MAX} rows cannot be paired")));
        }
        let mut columns = predictions.columns();
        let key = predictions.key()?;
        columns.push(key);
        let reader = predictions.reader();
        let (mut keys, mut labels, mut values) = (Vec::new(), Vec::new(), Vec::new());
        let (mut offences, mut row) = (Offences::default(), 0);
        for batch in table.batches(&columns)? {
            if stopped() {
                return Err(DataError::Stopped);
            }
            let chunk = reader.read(&batch?, row, &mut offences)?;
            for (at, key) in chunk.keys.iter().enumerate() {
                keys.push((*key, row as u32 + at as u32));
            }
            row += chunk.labels.len() as u64;
            labels.extend(chunk.labels);
            values.extend(chunk.values);
        }
        offences.refuse(table)?;
        keys.sort_unstable();
        unique(table, key, &keys)?;
        Ok(Self {
            predictions: predictions.clone(),
            paired: vec![false; keys.len()],
            keys,
            labels,
            values,
        })
    }

    /// Pairs a chunk of the candidate's rows. Rows without a partner, rows whose
    /// key was there before, and pairs with two labels are noted.
    ///
    /// # Errors
    /// When the candidate names no key.
    pub fn pair(
        &mut self,
        of: &Predictions,
        candidate: Chunk,
        first_row: u64,
        offences: &mut Offences,
    ) -> Result<Pairs> {
        let width = self.predictions.task().width();
        let mut previous = Vec::with_capacity(candidate.values.len());
        let column = of.key()?;
        for (at, key) in candidate.keys.iter().enumerate() {
            let row = first_row + at as u64;
            let found = self.keys.binary_search_by_key(key, |(key, _)| *key);
            let Ok(place) = found else {
                let kind = "has no partner among the previous version's rows";
                offences.note(column, row, kind, "the key");
                previous.extend(std::iter::repeat_n(f64::NAN, width));
                continue;
            };
            let partner = self.keys[place].1 as usize;
            if std::mem::replace(&mut self.paired[partner], true) {
                offences.note(column, row, "stands in an earlier row too", "the key");
            }
            if self.labels[partner] != candidate.labels[at] {
                let kind = "is not the label that the previous version's row of this key has";
                offences.note(of.label(), row, kind, "the label");
            }
            previous.extend(&self.values[partner * width..(partner + 1) * width]);
        }
        Ok(Pairs {
            candidate,
            previous,
        })
    }

    /// Refuses rows of the previous version that no row of the candidate met.
    ///
    /// # Errors
    /// When there is one.
    pub fn all_paired(&self) -> Result<()> {
        let mut offences = Offences::default();
        let key = self.predictions.key()?;
        for (row, _) in self
            .paired
            .iter()
            .enumerate()
            .filter(|(_, paired)| !**paired)
        {
            let kind = "has no partner among the candidate's rows";
            offences.note(key, row as u64, kind, "the key");
        }
        offences.refuse(self.predictions.table())
    }
}

/// Refuses a key that two rows have.
fn unique(table: &Table, column: &str, sorted: &[(Key, u32)]) -> Result<()> {
    let mut offences = Offences::default();
    let mut twice: Vec<u32> = sorted
        .windows(2)
        .filter(|pair| pair[0].0 == pair[1].0)
        .map(|pair| pair[1].1)
        .collect();
    twice.sort_unstable();
    for row in twice {
        offences.note(
            column,
            row.into(),
            "stands in an earlier row too",
            "the key",
        );
    }
    offences.refuse(table)
}
