//! Inputs of a stage with something wrong, and outputs compared.

use std::path::Path;

use arrow::array::RecordBatch;
use seatrial_data::table::{Table, TableWriter};
use seatrial_pipeline::{Artifact, Done, Kind, cells, fingerprint};

use crate::Outcome;

/// Everything that was made, with one table lacking a column.
pub(super) fn without_column(
    done: &Done,
    name: &str,
    column: &str,
    scratch: &Path,
) -> Outcome<Done> {
    let table = done.table(name)?;
    let mut columns = table.columns();
    columns.retain(|known| *known != column);
    replace(done, name, scratch, |file| {
        let batches = table.batches(&columns)?;
        let mut writer = TableWriter::create(file, batches.schema().clone())?;
        for batch in batches {
            writer.write(&batch?)?;
        }
        Ok(writer.finish()?)
    })
}

/// Everything that was made, with one table lacking all rows.
pub(super) fn without_rows(done: &Done, name: &str, scratch: &Path) -> Outcome<Done> {
    let table = done.table(name)?;
    replace(done, name, scratch, |file| {
        let mut writer = TableWriter::create(file, table.schema().clone())?;
        writer.write(&RecordBatch::new_empty(table.schema().clone()))?;
        Ok(writer.finish()?)
    })
}

fn replace(
    done: &Done,
    name: &str,
    scratch: &Path,
    write: impl FnOnce(&Path) -> Outcome<()>,
) -> Outcome<Done> {
    let file = scratch.join(format!("damaged-{name}.parquet"));
    write(&file)?;
    let mut done = done.clone();
    let damaged = Artifact {
        name: name.to_owned(),
        kind: Kind::Table,
        fingerprint: fingerprint(&file)?,
        path: file,
    };
    done.artifacts.insert(name.to_owned(), damaged);
    Ok(done)
}

/// Whether a table is the same but for a column that it lacks.
pub(super) fn same_without(
    made: &Artifact,
    sound: &Artifact,
    without: Option<&str>,
) -> Outcome<bool> {
    let (Some(column), Kind::Table) = (without, made.kind) else {
        return Ok(false);
    };
    let (made, sound) = (Table::open(&made.path)?, Table::open(&sound.path)?);
    let mut columns = sound.columns();
    columns.retain(|known| *known != column);
    if made.columns() != columns || made.rows() != sound.rows() {
        return Ok(false);
    }
    let read = |table: &Table| -> Outcome<Vec<_>> {
        let mut keys = Vec::new();
        for batch in table.batches(&columns)? {
            keys.extend(cells::row_keys(&batch?, &columns)?);
        }
        Ok(keys)
    };
    Ok(read(&made)? == read(&sound)?)
}
