//! Whether predictions are those of the validation set's rows.

use arrow::array::RecordBatch;
use seatrial_data::predictions::Predictions;
use seatrial_data::table::Table;
use seatrial_data::{Aggregate, Column, DatasetDeclaration, Key, Offences, Result, aggregate};
use seatrial_spec::SubjectKind;

use crate::check::{Failure, Outcome};
use crate::context::Context;

/// What of the predictions is of other rows than the set's, and what of the set
/// has none.
///
/// # Errors
/// When either cannot be read, or the set has no column of the predictions' key.
pub(super) fn misfits(context: &Context, predictions: &Predictions) -> Outcome<Vec<String>> {
    let declaration = context.declaration(SubjectKind::Dataset.word())?;
    let parsed: DatasetDeclaration = seatrial_spec::parse(declaration.common.clone())
        .map_err(|misfit| Failure::Case(misfit.message))?;
    let Some((set, ..)) = parsed.table()? else {
        let message = "a generated set has no keys that predictions could be told by";
        return Err(Failure::Case(message.into()));
    };
    let key = predictions.key()?;
    set.column(key)?;
    let stopped = || context.host.stopped();
    let keys = |table: &Table| -> Result<Vec<(Key, u64)>> {
        let mut keys = aggregate(table, &[key], &stopped, || Keys::new(table, key))?;
        keys.sort_unstable();
        Ok(keys)
    };
    let (asked, told) = (keys(&set)?, keys(predictions.table())?);
    let mut wrong = Vec::new();
    for (table, these, those, kind, found) in [
        (&set, &asked, &told, "has no prediction", "the row"),
        (
            predictions.table(),
            &told,
            &asked,
            "is no row of the validation set",
            "the key",
        ),
    ] {
        let mut offences = Offences::default();
        for (named, row) in these {
            if those
                .binary_search_by_key(named, |(known, _)| *known)
                .is_err()
            {
                offences.note(key, *row, kind, found);
            }
        }
        wrong.extend(offences.refuse(table).err().map(|error| error.to_string()));
    }
    Ok(wrong)
}

/// The keys of a table with their rows: of a set that models are measured on,
/// which is no log.
struct Keys<'a> {
    table: &'a Table,
    name: &'a str,
    keys: Vec<(Key, u64)>,
    offences: Offences,
}

impl<'a> Keys<'a> {
    fn new(table: &'a Table, name: &'a str) -> Self {
        Self {
            table,
            name,
            keys: Vec::new(),
            offences: Offences::default(),
        }
    }
}

impl Aggregate for Keys<'_> {
    type Output = Vec<(Key, u64)>;

    fn update(&mut self, batch: &RecordBatch, first_row: u64) -> Result<()> {
        let wrong = |message: String| self.table.wrong_in(self.name, message);
        let cells = batch.column_by_name(self.name);
        let cells = cells.ok_or_else(|| wrong("was not read".into()))?;
        let column = Column {
            name: self.name,
            cells,
            first_row,
        };
        let keys = column.keys(&mut self.offences).map_err(wrong)?;
        self.keys.extend(keys.into_iter().zip(first_row..));
        Ok(())
    }

    fn merge(&mut self, later: Self) -> Result<()> {
        self.keys.extend(later.keys);
        self.offences.merge(later.offences);
        Ok(())
    }

    fn finish(self) -> Result<Self::Output> {
        self.offences.refuse(self.table)?;
        Ok(self.keys)
    }
}
