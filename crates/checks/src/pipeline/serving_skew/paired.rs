//! Rows of two tables that belong together, found without holding either.

use std::collections::{HashMap, HashSet};

use arrow::array::{RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, take_record_batch};
use seatrial_data::table::Table;
use seatrial_pipeline::cells::{self, Slice};
use seatrial_rng::Fingerprint;

use crate::Outcome;

/// Whether each row of `features` has the key of a row of `raw`.
pub(super) fn matched(raw: &Table, features: &Table, key: &[String]) -> Outcome<Vec<bool>> {
    let mut matched = vec![false; usize::try_from(features.rows()).unwrap_or(usize::MAX)];
    for slice in Slice::all(raw.rows()) {
        let mut known: HashSet<Fingerprint> = HashSet::new();
        for batch in raw.batches(key)? {
            let keys = cells::row_keys(&batch?, key)?;
            known.extend(keys.into_iter().filter(|key| slice.has(key)));
        }
        let mut matched = matched.iter_mut();
        for batch in features.batches(key)? {
            for (key, matched) in cells::row_keys(&batch?, key)?.iter().zip(&mut matched) {
                *matched |= known.contains(key);
            }
        }
    }
    Ok(matched)
}

/// The rows of `raw`, the last of several, that have the keys of these rows of
/// `features`; each has one.
pub(super) fn places(
    raw: &Table,
    features: &Table,
    key: &[String],
    chosen: &[u64],
) -> Outcome<Vec<u64>> {
    let keys = cells::row_keys(&of_columns(features, key, chosen)?, key)?;
    let mut found: HashMap<Fingerprint, u64> = keys.iter().map(|key| (*key, 0)).collect();
    let mut place = 0;
    for batch in raw.batches(key)? {
        for key in cells::row_keys(&batch?, key)? {
            if let Some(found) = found.get_mut(&key) {
                *found = place;
            }
            place += 1;
        }
    }
    Ok(keys.iter().map(|key| found[key]).collect())
}

/// These rows of a table, in the order in which they are named.
pub(super) fn rows(table: &Table, places: &[u64]) -> Outcome<RecordBatch> {
    of_columns(table, &table.columns(), places)
}

fn of_columns<S: AsRef<str>>(table: &Table, columns: &[S], places: &[u64]) -> Outcome<RecordBatch> {
    let mut sorted = places.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let batches = table.batches(columns)?;
    let schema = batches.schema().clone();
    let mut kept = Vec::new();
    let mut start = 0;
    for batch in batches {
        let batch = batch?;
        let end = start + batch.num_rows() as u64;
        let here = sorted.partition_point(|&place| place < start)
            ..sorted.partition_point(|&place| place < end);
        if !here.is_empty() {
            let here = sorted[here].iter().map(|place| (place - start) as u32);
            kept.push(take_record_batch(&batch, &here.collect::<UInt32Array>())?);
        }
        start = end;
    }
    let kept = concat_batches(&schema, &kept)?;
    let order = places
        .iter()
        .map(|place| sorted.partition_point(|&known| known < *place) as u32);
    Ok(take_record_batch(&kept, &order.collect::<UInt32Array>())?)
}
