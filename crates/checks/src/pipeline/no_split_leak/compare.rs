//! Whether the training rows of a table are as they were before.

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, filter_record_batch, take_record_batch};
use seatrial_data::table::{Batches, Table};
use seatrial_pipeline::cells::{self, Slice};
use seatrial_rng::{Fingerprint, Fingerprinter};

use super::membership::Membership;
use crate::check::Outcome;

/// Where rows are in another order than before, so many of either table are held.
const HELD_ROWS: u64 = 500_000;

/// The first training row that is not as before; none where rows cannot be
/// compared, as in a table of other rows.
pub(super) fn first_change(
    membership: &Membership,
    before: &Table,
    after: &Table,
) -> Outcome<Option<String>> {
    let key = membership.columns();
    let has_key = |table: &Table| key.iter().all(|key| table.column(key).is_ok());
    if !has_key(before) {
        return Ok(None);
    }
    if before.columns() != after.columns() {
        return Ok(Some("other columns appear among those".into()));
    }
    if !has_key(after) || (key.is_empty() && before.rows() != after.rows()) {
        return Ok(None);
    }
    let mut changes = Changes::default();
    if key.is_empty() || keys_in_order(key, before)? == keys_in_order(key, after)? {
        let columns = before.columns();
        let mut pairs = Pairs::new(before.batches(&columns)?, after.batches(&columns)?);
        let mut start = 0;
        while let Some((before, after)) = pairs.next()? {
            let sides = membership.sides(&before, start)?;
            let train: Vec<bool> = sides.iter().map(|side| *side == Some(true)).collect();
            changes.add(&before, &after, &train)?;
            start += before.num_rows();
        }
    } else {
        for slice in Slice::of_about(HELD_ROWS, before.rows().max(after.rows())) {
            let (before, places) = training_rows(membership, before, slice)?;
            let (after, found) = training_rows(membership, after, slice)?;
            let mut pairs: Vec<(u32, u32)> = Vec::new();
            for (key, place) in places {
                match found.get(&key) {
                    Some(other) => pairs.push((place, *other)),
                    None => changes.count += 1,
                }
            }
            pairs.sort_unstable();
            let (left, right): (Vec<u32>, Vec<u32>) = pairs.into_iter().unzip();
            let left = take_record_batch(&before, &UInt32Array::from(left))?;
            let right = take_record_batch(&after, &UInt32Array::from(right))?;
            changes.add(&left, &right, &vec![true; left.num_rows()])?;
        }
    }
    Ok(changes.say())
}

/// Of the keys of all rows, one after the other.
fn keys_in_order(key: &[String], table: &Table) -> Outcome<Fingerprint> {
    let mut hasher = Fingerprinter::new();
    for batch in table.batches(key)? {
        let keys = cells::row_keys(&batch?, key)?;
        keys.iter().for_each(|key| hasher.bytes(key.as_bytes()));
    }
    Ok(hasher.finish())
}

/// The training rows of a slice, with the place of each key among them.
fn training_rows(
    membership: &Membership,
    table: &Table,
    slice: Slice,
) -> Outcome<(RecordBatch, HashMap<Fingerprint, u32>)> {
    let columns = table.columns();
    let mut kept = Vec::new();
    let mut places = HashMap::new();
    let mut start = 0;
    let mut rows = 0;
    for batch in table.batches(&columns)? {
        let batch = batch?;
        let keys = cells::row_keys(&batch, membership.columns())?;
        let sides = membership.sides(&batch, start)?;
        let mut keep = Vec::with_capacity(keys.len());
        for (key, side) in keys.into_iter().zip(sides) {
            let is_here = side == Some(true) && slice.has(&key);
            if is_here {
                places.insert(key, rows);
                rows += 1;
            }
            keep.push(is_here);
        }
        kept.push(filter_record_batch(&batch, &BooleanArray::from(keep))?);
        start += batch.num_rows();
    }
    Ok((concat_batches(table.schema(), &kept)?, places))
}

/// Two tables of as many rows, some rows of each at a time.
struct Pairs {
    sides: [Batches; 2],
    /// What was read and not handed over yet.
    left: [Option<RecordBatch>; 2],
}

impl Pairs {
    fn new(before: Batches, after: Batches) -> Self {
        Self {
            sides: [before, after],
            left: [None, None],
        }
    }

    fn next(&mut self) -> Outcome<Option<(RecordBatch, RecordBatch)>> {
        for (left, side) in self.left.iter_mut().zip(&mut self.sides) {
            while left.as_ref().is_none_or(|batch| batch.num_rows() == 0) {
                match side.next() {
                    Some(batch) => *left = Some(batch?),
                    None => return Ok(None),
                }
            }
        }
        let [Some(before), Some(after)] = &mut self.left else {
            return Ok(None);
        };
        let rows = before.num_rows().min(after.num_rows());
        let cut = |batch: &mut RecordBatch| {
            let first = batch.slice(0, rows);
            *batch = batch.slice(rows, batch.num_rows() - rows);
            first
        };
        Ok(Some((cut(before), cut(after))))
    }
}

/// How many rows are not as before, and in which column.
#[derive(Default)]
struct Changes {
    count: usize,
    first: Option<String>,
}

impl Changes {
    /// Compares the rows of two batches that `train` marks.
    fn add(&mut self, before: &RecordBatch, after: &RecordBatch, train: &[bool]) -> Outcome<()> {
        let mut open = train.to_vec();
        let schema = before.schema();
        for (field, (a, b)) in schema
            .fields()
            .iter()
            .zip(before.columns().iter().zip(after.columns()))
        {
            if a.as_ref() == b.as_ref() {
                continue;
            }
            for (row, same) in same_cells(a, b)?.into_iter().enumerate() {
                if same || !open[row] {
                    continue;
                }
                // A row counts once, for the first of its columns.
                open[row] = false;
                self.count += 1;
                if self.first.as_ref().is_none_or(|known| field.name() < known) {
                    self.first = Some(field.name().clone());
                }
            }
        }
        Ok(())
    }

    fn say(self) -> Option<String> {
        let changed = self.count;
        (changed > 0).then(|| match self.first {
            Some(column) => format!("column `{column}` changes in {changed} training rows"),
            None => format!("{changed} training rows are gone"),
        })
    }
}

/// Whether the cells of two columns are the same row by row, but for rounding.
fn same_cells(a: &ArrayRef, b: &ArrayRef) -> Outcome<Vec<bool>> {
    let rows = 0..a.len();
    if !(a.data_type().is_numeric() && b.data_type().is_numeric()) {
        let is_same = |row| a.slice(row, 1).as_ref() == b.slice(row, 1).as_ref();
        return Ok(rows.map(is_same).collect());
    }
    let (a, b) = (cells::numbers(a, "")?, cells::numbers(b, "")?);
    let is_same = |row| {
        if a.is_null(row) || b.is_null(row) {
            return a.is_null(row) && b.is_null(row);
        }
        let (a, b) = (a.value(row), b.value(row));
        let both_nan = a.is_nan() && b.is_nan();
        both_nan || a == b || (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs()))
    };
    Ok(rows.map(is_same).collect())
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use arrow::array::{Float64Array, Int64Array};
    use seatrial_data::table::TableWriter;

    use super::*;

    type Claim = Result<(), Box<dyn std::error::Error>>;

    /// A table of ids and values.
    fn table(file: &Path, rows: &[(i64, f64)]) -> Result<Table, Box<dyn std::error::Error>> {
        let ids: Int64Array = rows.iter().map(|(id, _)| *id).collect();
        let values: Float64Array = rows.iter().map(|(_, value)| Some(*value)).collect();
        let ids: ArrayRef = Arc::new(ids);
        let values: ArrayRef = Arc::new(values);
        let batch = RecordBatch::try_from_iter([("id", ids), ("value", values)])?;
        let mut writer = TableWriter::create(file, batch.schema())?;
        writer.write(&batch)?;
        writer.finish()?;
        Ok(Table::open(file)?)
    }

    fn keys(train: &[i64], other: &[i64]) -> Result<Membership, Box<dyn std::error::Error>> {
        let ids: ArrayRef = Arc::new(Int64Array::from([train, other].concat()));
        let batch = RecordBatch::try_from_iter([("id", ids)])?;
        let keys = cells::row_keys(&batch, &["id"]).map_err(|error| error.to_string())?;
        let sides = keys.into_iter().enumerate();
        let sides = sides.map(|(place, key)| (key, place < train.len()));
        Ok(Membership::Keys(vec!["id".into()], sides.collect()))
    }

    fn change(
        membership: &Membership,
        before: &[(i64, f64)],
        after: &[(i64, f64)],
    ) -> Result<Option<String>, Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let before = table(&folder.path().join("before.parquet"), before)?;
        let after = table(&folder.path().join("after.parquet"), after)?;
        first_change(membership, &before, &after).map_err(|failure| failure.to_string().into())
    }

    #[test]
    fn rows_are_compared_by_key_in_whatever_order() -> Claim {
        let sides = keys(&[1, 2, 3], &[4])?;
        let before = [(1, 0.5), (2, 1.5), (3, 2.5), (4, 3.5)];
        let same = [(4, 9.0), (3, 2.5), (1, 0.5 + 1e-12), (2, 1.5)];
        assert_eq!(change(&sides, &before, &same)?, None);
        let in_order = [(1, 0.5), (2, 1.5), (3, 2.5), (4, 9.0)];
        assert_eq!(change(&sides, &before, &in_order)?, None);
        let says = |count| Some(format!("column `value` changes in {count} training rows"));
        let other = [(1, 0.5), (2, 1.6), (3, 2.6), (4, 3.5)];
        assert_eq!(change(&sides, &before, &other)?, says(2));
        let other = [(3, 2.5), (2, 1.6), (1, 0.5), (4, 3.5)];
        assert_eq!(change(&sides, &before, &other)?, says(1));
        Ok(())
    }

    #[test]
    fn a_training_row_that_is_gone_is_a_change() -> Claim {
        let sides = keys(&[1, 2], &[3])?;
        let before = [(1, 0.5), (2, 1.5), (3, 2.5)];
        let said = change(&sides, &before, &[(3, 2.5), (2, 1.5)])?;
        assert_eq!(said.as_deref(), Some("1 training rows are gone"));
        Ok(())
    }

    #[test]
    fn without_a_key_rows_are_compared_by_place() -> Claim {
        let sides = Membership::Places(vec![true, false]);
        let before = [(1, 0.5), (2, 1.5)];
        assert_eq!(change(&sides, &before, &[(1, 0.5), (2, 7.0)])?, None);
        let said = change(&sides, &before, &[(1, f64::NAN), (2, 1.5)])?;
        assert!(said.is_some());
        Ok(())
    }
}
