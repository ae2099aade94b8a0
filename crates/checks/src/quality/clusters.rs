//! The units of whole clusters that intervals are made of.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::RecordBatch;
use seatrial_data::table::Table;
use seatrial_data::{Aggregate, Column, Key, Offences, Result, aggregate};
use seatrial_validation::clustered::{Clustered, GROUPS};

use super::reduce::One;

/// Which unit a cluster is of: its own while there are few, which takes a look at
/// all of them first.
#[derive(Clone, Debug)]
pub(super) struct Units {
    /// In ascending order; `None` of more clusters than units.
    few: Option<Arc<[Key]>>,
}

impl Units {
    /// Of the clusters that a column names.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(table: &Table, column: &str, stopped: &(dyn Fn() -> bool + Sync)) -> Result<Self> {
        aggregate(table, &[column], stopped, || Seen {
            table,
            column,
            few: Some(BTreeSet::new()),
        })
    }

    /// The number of a cluster's unit, below [`GROUPS`].
    pub fn unit(&self, cluster: Key) -> u32 {
        let of_few = self.few.as_ref().map(|few| few.binary_search(&cluster));
        match of_few {
            // One that was not there came between the two looks.
            Some(Ok(place) | Err(place)) => place.min(GROUPS - 1) as u32,
            None => Clustered::<One>::group_of(cluster.scattered()) as u32,
        }
    }
}

/// The clusters seen, while they are few.
struct Seen<'a> {
    table: &'a Table,
    column: &'a str,
    few: Option<BTreeSet<Key>>,
}

impl Seen<'_> {
    fn add(&mut self, clusters: impl IntoIterator<Item = Key>) {
        if let Some(few) = &mut self.few {
            for cluster in clusters {
                few.insert(cluster);
                if few.len() > GROUPS {
                    self.few = None;
                    return;
                }
            }
        }
    }
}

impl Aggregate for Seen<'_> {
    type Output = Units;

    fn update(&mut self, batch: &RecordBatch, first_row: u64) -> Result<()> {
        if self.few.is_none() {
            return Ok(());
        }
        let wrong = |message: String| self.table.wrong_in(self.column, message);
        let cells = batch.column_by_name(self.column);
        let cells = cells.ok_or_else(|| wrong("was not read".into()))?;
        let column = Column {
            name: self.column,
            cells,
            first_row,
        };
        // What is missing is said where rows are judged.
        let keys = column.keys(&mut Offences::default()).map_err(wrong)?;
        self.add(keys);
        Ok(())
    }

    fn merge(&mut self, later: Self) -> Result<()> {
        match later.few {
            Some(few) => self.add(few),
            None => self.few = None,
        }
        Ok(())
    }

    fn finish(self) -> Result<Units> {
        let few = self.few.map(|few| few.into_iter().collect());
        Ok(Units { few })
    }
}
