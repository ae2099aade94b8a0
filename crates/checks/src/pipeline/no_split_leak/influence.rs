//! Whether rows to learn from change when rows to measure on do.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, UInt32Array};
use arrow::compute::{concat, take};
use seatrial_data::table::{Table, TableWriter};
use seatrial_pipeline::stages::PART;
use seatrial_pipeline::{Done, Options, Stage, cells};

use super::super::workshop::{Ran, Workshop, scratch_store};
use super::NoSplitLeak;
use super::compare::first_change;
use super::membership::Membership;
use crate::check::Outcome;

/// What changing rows showed.
pub(super) enum Found {
    /// Training rows came out as before, though this many others were changed.
    Nothing { rows: usize },
    /// It could not be told, for this reason.
    NotTold(String),
    /// A stage learnt from them.
    Leak(String),
}

pub(super) fn probe(
    check: &NoSplitLeak,
    workshop: &Workshop,
    options: &Options,
    done: &Done,
    tables: &[String],
    scratch: &Path,
) -> Outcome<Found> {
    let pipeline = &workshop.pipeline;
    let mut needed = Vec::new();
    for table in tables {
        needed.extend(pipeline.makers(table)?);
    }
    let sources: Vec<&String> = needed
        .iter()
        .filter(|stage| matches!(pipeline.declaration.stage.get(*stage), Some(Stage::Load(_))))
        .collect();
    // Of several, the one whose rows are parted is that which has their key.
    let mut changed = None;
    for stage in sources {
        let loaded = done.table(&loaded_name(workshop, stage)?)?;
        let has_key = check.key.iter().all(|key| loaded.column(key).is_ok());
        if has_key && changed.is_none() {
            changed = Some((stage.clone(), loaded));
        }
    }
    let Some((source, loaded)) = changed else {
        return Ok(Found::NotTold(
            "no `load` stage gives rows that have the key".into(),
        ));
    };
    let membership = match Membership::of(check, done, tables, &loaded)? {
        Ok(membership) => membership,
        Err(why) => return Ok(Found::NotTold(why)),
    };
    let file = scratch.join("changed.parquet");
    let keep = kept_columns(check, workshop);
    let count = change(&membership, &loaded, &keep, &file)?;
    if count == 0 {
        return Ok(Found::NotTold(
            "there is nothing to change in the rows to measure on".into(),
        ));
    }
    let again = Options {
        subset: None,
        replaced: BTreeMap::from([(source, file)]),
        stratify: options.stratify.clone(),
        wanted: options.wanted.clone(),
        contracts: false,
        ..Options::new(options.seed, options.stopped)
    };
    let store = scratch_store(scratch, "changed")?;
    let second = match workshop.run(&store, &again)? {
        Ran::Well(second) => second,
        Ran::Badly(reason) => return Ok(Found::NotTold(reason)),
    };
    for report in &second.stages {
        for port in pipeline.stage(&report.stage)?.outputs(&report.stage) {
            let is_table = port.kind == Some(seatrial_pipeline::Kind::Table);
            if !is_table {
                continue;
            }
            let (before, after) = (done.table(&port.name)?, second.table(&port.name)?);
            if let Some(why) = first_change(&membership, &before, &after)? {
                return Ok(Found::Leak(format!(
                    "stage `{}` lets rows that are measured on reach rows to train on: when only \
                     the former change, {why} of `{}`",
                    report.stage, port.name
                )));
            }
        }
    }
    Ok(Found::Nothing { rows: count })
}

fn loaded_name(workshop: &Workshop, stage: &str) -> Outcome<String> {
    let outputs = workshop.pipeline.stage(stage)?.outputs(stage);
    Ok(outputs
        .into_iter()
        .next()
        .map_or(String::new(), |port| port.name))
}

/// Columns that stay: the split would part other rows without them.
fn kept_columns(check: &NoSplitLeak, workshop: &Workshop) -> HashSet<String> {
    let mut keep: HashSet<String> = check.key.iter().chain(&check.keep).cloned().collect();
    keep.extend(check.time.clone());
    keep.extend(workshop.pipeline.label().map(str::to_owned));
    for stage in workshop.pipeline.declaration.stage.values() {
        if let Stage::Split(split) = stage {
            keep.extend(split.column.clone());
        }
    }
    keep.insert(PART.to_owned());
    keep
}

/// Writes the loaded table with other rows to measure on: each column of theirs is
/// that of a training row. How many rows.
fn change(
    membership: &Membership,
    loaded: &Table,
    keep: &HashSet<String>,
    file: &Path,
) -> Outcome<usize> {
    let stand_ins = stand_ins(membership, loaded, keep)?;
    let columns = loaded.columns();
    let mut writer = TableWriter::create(file, loaded.schema().clone())?;
    let (mut start, mut changed) = (0, 0);
    for batch in loaded.batches(&columns)? {
        let batch = batch?;
        let rows = batch.num_rows();
        let sides = membership.sides(&batch, start)?;
        changed += sides.iter().filter(|side| **side == Some(false)).count();
        let sides = sides.iter().zip(0..);
        // The row that stands in comes after all others.
        let from: UInt32Array = sides
            .map(|(side, row)| match side {
                Some(false) => rows as u32,
                _ => row,
            })
            .collect();
        let put = |(array, stand_in): (&ArrayRef, &Option<StandIn>)| -> Outcome<ArrayRef> {
            Ok(match stand_in {
                Some(stand_in) => take(&concat(&[array, &stand_in.cell])?, &from, None)?,
                None => Arc::clone(array),
            })
        };
        let arrays = batch.columns().iter().zip(&stand_ins).map(put);
        let arrays = arrays.collect::<Outcome<Vec<_>>>()?;
        writer.write(&RecordBatch::try_new(loaded.schema().clone(), arrays)?)?;
        start += rows;
    }
    writer.finish()?;
    let any = stand_ins.iter().any(Option::is_some);
    Ok(if any { changed } else { 0 })
}

/// The cell of the training row with the highest value: the mean of all rows moves,
/// and no value appears that training rows do not have.
struct StandIn {
    value: Value,
    /// A column of one row.
    cell: ArrayRef,
}

/// What cells are compared by.
enum Value {
    Number(f64),
    Text(String),
}

/// Of each column, but for those that stay as they are.
fn stand_ins(
    membership: &Membership,
    loaded: &Table,
    keep: &HashSet<String>,
) -> Outcome<Vec<Option<StandIn>>> {
    let columns = loaded.columns();
    let mut found: Vec<Option<StandIn>> = columns.iter().map(|_| None).collect();
    let mut start = 0;
    for batch in loaded.batches(&columns)? {
        let batch = batch?;
        let sides = membership.sides(&batch, start)?;
        let is_train = |row: &usize| sides[*row] == Some(true);
        for ((array, name), found) in batch.columns().iter().zip(&columns).zip(&mut found) {
            let rows = (0..array.len()).filter(|&row| array.is_valid(row));
            let rows = rows.filter(is_train);
            if !keep.contains(*name)
                && let Some((row, value)) = highest(array, rows, found.as_ref())?
            {
                // A copy, which holds no batch.
                let cell = take(array, &UInt32Array::from(vec![row as u32]), None)?;
                *found = Some(StandIn { value, cell });
            }
        }
        start += batch.num_rows();
    }
    Ok(found)
}

/// The first of these rows with the highest value, if it is higher than what is
/// known.
fn highest(
    array: &ArrayRef,
    rows: impl Iterator<Item = usize>,
    known: Option<&StandIn>,
) -> Outcome<Option<(usize, Value)>> {
    if array.data_type().is_numeric() {
        let numbers = cells::numbers(array, "")?;
        let value = |row: usize| numbers.value(row);
        let best = rows.max_by(|&a, &b| value(a).total_cmp(&value(b)).then(b.cmp(&a)));
        let is_higher = |row: &usize| match known.map(|known| &known.value) {
            Some(Value::Number(known)) => value(*row).total_cmp(known).is_gt(),
            _ => true,
        };
        return Ok(best
            .filter(is_higher)
            .map(|row| (row, Value::Number(value(row)))));
    }
    let texts = cells::texts(array)?;
    let value = |row: usize| texts.value(row);
    let best = rows.max_by(|&a, &b| value(a).cmp(value(b)).then(b.cmp(&a)));
    let is_higher = |row: &usize| match known.map(|known| &known.value) {
        Some(Value::Text(known)) => value(*row) > known.as_str(),
        _ => true,
    };
    let best = best.filter(is_higher);
    Ok(best.map(|row| (row, Value::Text(value(row).to_owned()))))
}
