//! Whether every row of a table has a name of its own.
//!
//! The names are looked at in passes, each for those whose hash lies in one
//! part of all hashes: so memory stays bounded, however many rows there are. A
//! table whose names ascend needs one pass and no memory.

use super::Predictions;
use crate::column::Key;
use crate::error::{DataError, Result};
use crate::offences::Offences;

/// Names that one pass keeps: 24 bytes each.
const KEPT: u64 = 1 << 23;

impl Predictions {
    /// Refuses a row without a key, and a key that stands twice. Nothing is
    /// looked at where no key is declared.
    ///
    /// # Errors
    /// When there is such a row, or the table cannot be read.
    pub fn check_keys(&self, stopped: &(dyn Fn() -> bool + Sync)) -> Result<()> {
        let Ok(name) = self.key() else { return Ok(()) };
        let table = self.table();
        // Hashes are not quite even: room for the fullest part.
        let parts = (table.rows() / (KEPT * 3 / 4) + 1) as u128;
        if self.ascend(name, stopped)? {
            return Ok(());
        }
        let mut twice = Vec::new();
        for part in 0..parts {
            let mut kept = Vec::new();
            self.each_key(name, stopped, |row, key| {
                if key.part(parts) == part {
                    kept.push((key, row));
                }
            })?;
            kept.sort_unstable();
            let pairs = kept.windows(2).filter(|pair| pair[0].0 == pair[1].0);
            twice.extend(pairs.map(|pair| pair[1].1));
        }
        twice.sort_unstable();
        let mut offences = Offences::default();
        for row in twice {
            offences.note(name, row, "stands in an earlier row too", "the key");
        }
        offences.refuse(table)
    }
    /// Whether each key is larger than the one before.
    fn ascend(&self, name: &str, stopped: &(dyn Fn() -> bool + Sync)) -> Result<bool> {
        let (mut last, mut ascending): (Option<Key>, bool) = (None, true);
        self.each_key(name, stopped, |_, key| {
            ascending &= last.replace(key).is_none_or(|last| last < key);
        })?;
        Ok(ascending)
    }

    fn each_key(
        &self,
        name: &str,
        stopped: &(dyn Fn() -> bool + Sync),
        mut see: impl FnMut(u64, Key),
    ) -> Result<()> {
        let table = self.table();
        let (mut offences, mut first_row) = (Offences::default(), 0);
        let columns: Vec<&str> = [name].into_iter().chain(self.query()).collect();
        for batch in table.batches(&columns)? {
            if stopped() {
                return Err(DataError::Stopped);
            }
            let batch = batch?;
            let queries = self.queries(&batch, first_row, &mut offences)?;
            let keys = self.keys(&batch, first_row, &queries, &mut offences)?;
            (first_row..).zip(keys).for_each(|(row, key)| see(row, key));
            first_row += batch.num_rows() as u64;
        }
        offences.refuse(table)
    }
}
