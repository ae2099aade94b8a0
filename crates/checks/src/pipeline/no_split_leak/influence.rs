//! Whether rows to learn from change when rows to measure on do.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, take};
use seatrial_data::table::{Table, TableWriter};
use seatrial_pipeline::stages::PART;
use seatrial_pipeline::{Done, Options, Stage, cells};
use seatrial_rng::Fingerprint;

use super::super::workshop::{Ran, Workshop, scratch_store};
use super::NoSplitLeak;
use super::parts::sides;
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

/// How a row is found again: by its key, or by its place.
type RowName = Fingerprint;

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
    let (train, other) = match membership(check, done, tables, &loaded)? {
        Ok(sides) => sides,
        Err(why) => return Ok(Found::NotTold(why)),
    };
    let file = scratch.join("changed.parquet");
    let keep = kept_columns(check, workshop);
    let count = change(check, &loaded, &train, &other, &keep, &file)?;
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
            if let Some(why) = first_change(check, &before, &after, &train)? {
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

/// The names of the rows of a table, in order.
fn names(check: &NoSplitLeak, table: &Table) -> Outcome<Vec<RowName>> {
    if check.key.is_empty() {
        let place = |row: u64| Fingerprint::of_bytes(&row.to_le_bytes());
        return Ok((0..table.rows()).map(place).collect());
    }
    let mut names = Vec::new();
    for batch in table.batches(&check.key)? {
        names.extend(cells::row_keys(&batch?, &check.key)?);
    }
    Ok(names)
}

type Sides = (HashSet<RowName>, HashSet<RowName>);

/// Which rows of the loaded table are on which side; why not, where that cannot
/// be told.
fn membership(
    check: &NoSplitLeak,
    done: &Done,
    tables: &[String],
    loaded: &Table,
) -> Outcome<Result<Sides, String>> {
    let (mut train, mut other) = (HashSet::new(), HashSet::new());
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
        let names = names(check, &table)?;
        let columns = table.columns();
        let mut start = 0;
        for batch in table.batches(&columns)? {
            let batch = batch?;
            let sides = sides(&batch, (tables.len() > 1).then_some(at == 0))?;
            for (row, is_train) in sides.into_iter().enumerate() {
                let side = if is_train { &mut train } else { &mut other };
                side.insert(names[start + row]);
            }
            start += batch.num_rows();
        }
    }
    // What is on both sides is reported elsewhere, and changes nothing here.
    other.retain(|name| !train.contains(name));
    Ok(Ok((train, other)))
}

/// Writes the loaded table with other rows to measure on; how many.
fn change(
    check: &NoSplitLeak,
    loaded: &Table,
    train: &HashSet<RowName>,
    other: &HashSet<RowName>,
    keep: &HashSet<String>,
    file: &Path,
) -> Outcome<usize> {
    let names = names(check, loaded)?;
    let columns = loaded.columns();
    let batches = loaded
        .batches(&columns)?
        .collect::<seatrial_data::Result<Vec<_>>>()?;
    let whole = concat_batches(loaded.schema(), &batches)?;
    let is_train: Vec<u32> = (0..names.len())
        .filter(|&row| train.contains(&names[row]))
        .map(|row| row as u32)
        .collect();
    let changed = names.iter().filter(|name| other.contains(*name)).count();
    let mut arrays: Vec<ArrayRef> = Vec::new();
    let mut any = false;
    for (field, array) in loaded.schema().fields().iter().zip(whole.columns()) {
        if keep.contains(field.name()) {
            arrays.push(Arc::clone(array));
            continue;
        }
        let Some(stand_in) = stand_in(array, &is_train)? else {
            arrays.push(Arc::clone(array));
            continue;
        };
        any = true;
        let from: UInt32Array = names
            .iter()
            .zip(0..)
            .map(|(name, row)| if other.contains(name) { stand_in } else { row })
            .collect();
        arrays.push(take(array, &from, None)?);
    }
    let whole = RecordBatch::try_new(loaded.schema().clone(), arrays)?;
    let mut writer = TableWriter::create(file, loaded.schema().clone())?;
    writer.write(&whole)?;
    writer.finish()?;
    Ok(if any { changed } else { 0 })
}

/// The training row with the highest value: the mean of all rows moves, and no
/// value appears that training rows do not have.
fn stand_in(array: &ArrayRef, train: &[u32]) -> Outcome<Option<u32>> {
    let valid = || {
        train
            .iter()
            .copied()
            .filter(|&row| array.is_valid(row as usize))
    };
    if array.data_type().is_numeric() {
        let numbers = cells::numbers(array, "")?;
        let value = |row: &u32| numbers.value(*row as usize);
        return Ok(valid().max_by(|a, b| value(a).total_cmp(&value(b)).then(b.cmp(a))));
    }
    let texts = cells::texts(array)?;
    Ok(valid().max_by(|a, b| {
        let value = |row: &u32| texts.value(*row as usize);
        value(a).cmp(value(b)).then(b.cmp(a))
    }))
}

/// The first training row that is not as before; none where rows cannot be
/// compared, as in a table of other rows.
fn first_change(
    check: &NoSplitLeak,
    before: &Table,
    after: &Table,
    train: &HashSet<RowName>,
) -> Outcome<Option<String>> {
    let has_key = |table: &Table| check.key.iter().all(|key| table.column(key).is_ok());
    if !has_key(before) {
        return Ok(None);
    }
    if before.columns() != after.columns() {
        return Ok(Some("other columns appear among those".into()));
    }
    if !has_key(after) || (check.key.is_empty() && before.rows() != after.rows()) {
        return Ok(None);
    }
    let columns = before.columns();
    let read = |table: &Table| -> Outcome<HashMap<RowName, RecordBatch>> {
        let names = names(check, table)?;
        let mut rows = HashMap::new();
        let mut start = 0;
        for batch in table.batches(&columns)? {
            let batch = batch?;
            for row in 0..batch.num_rows() {
                let name = names[start + row];
                if train.contains(&name) {
                    rows.insert(name, batch.slice(row, 1));
                }
            }
            start += batch.num_rows();
        }
        Ok(rows)
    };
    let (before, after) = (read(before)?, read(after)?);
    let mut changed = 0;
    let mut first: Option<String> = None;
    for (name, row) in &before {
        let Some(new) = after.get(name) else {
            changed += 1;
            continue;
        };
        for (field, (a, b)) in row
            .schema()
            .fields()
            .iter()
            .zip(row.columns().iter().zip(new.columns()))
        {
            if !is_same(a, b)? {
                changed += 1;
                let smaller = first.as_ref().is_none_or(|known| field.name() < known);
                if smaller {
                    first = Some(field.name().clone());
                }
                break;
            }
        }
    }
    Ok((changed > 0).then(|| match first {
        Some(column) => format!("column `{column}` changes in {changed} training rows"),
        None => format!("{changed} training rows are gone"),
    }))
}

/// Whether two cells are the same, but for rounding.
fn is_same(a: &ArrayRef, b: &ArrayRef) -> Outcome<bool> {
    if a.as_ref() == b.as_ref() {
        return Ok(true);
    }
    if !(a.data_type().is_numeric() && b.data_type().is_numeric()) {
        return Ok(false);
    }
    let (a, b) = (cells::numbers(a, "")?, cells::numbers(b, "")?);
    if a.is_null(0) || b.is_null(0) {
        return Ok(a.is_null(0) && b.is_null(0));
    }
    let (a, b) = (a.value(0), b.value(0));
    Ok((a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs())))
}
