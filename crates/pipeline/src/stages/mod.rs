//! Built-in stages, one file each.
//!
//! A stage that changes rows does so through a [`Step`]: fitted once, on the
//! training part alone, and then applied to one batch at a time, when training
//! and when serving.

mod bucketise;
mod calendar;
mod evaluate;
mod impute;
mod learning;
mod metrics;
mod one_hot;
mod ranks;
mod rows;
mod select;
mod split;
mod standardise;
mod train;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{Field, Schema};
use seatrial_rng::Fingerprint;
use serde::{Deserialize, Serialize};

pub use bucketise::{Bucketise, Buckets};
pub use calendar::{Calendar, CalendarFeature};
pub use evaluate::Evaluate;
pub use impute::{Constant, Filling, Imputation, Impute};
pub use one_hot::{Categories, OneHot, Unknown};
pub use select::{CastType, Select};
pub use split::Split;
pub use standardise::{Scale, Scales, Standardise};
pub use train::{ModelDeclaration, Train, Trained};

use crate::source::Source;
use crate::{PipelineError, Result, cells};

pub(crate) use evaluate::evaluate;
pub(crate) use train::{CHECKPOINT, TrainRequest, load_learner, predict, train};

/// The column that says which part a row belongs to.
pub const PART: &str = "split";
/// What it holds of rows to train on.
pub const TRAIN: &str = "train";

/// A change of rows with everything that was fitted for it: what a package
/// carries, so that serving does what training did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Step {
    /// Columns chosen, renamed and cast.
    Select(Select),
    /// Missing values filled in.
    Impute(Imputation),
    /// Numbers brought to a common scale.
    Standardise(Scales),
    /// A column for each category.
    OneHot(Categories),
    /// Numbers as the number of their interval.
    Bucketise(Buckets),
    /// Time of day and the like.
    Calendar(Calendar),
}

impl Step {
    /// The rows as they are after this step.
    ///
    /// # Errors
    /// When a column is missing or holds what the step cannot take.
    pub fn apply(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        match self {
            Step::Select(step) => step.apply(batch),
            Step::Impute(step) => step.apply(batch),
            Step::Standardise(step) => step.apply(batch),
            Step::OneHot(step) => step.apply(batch),
            Step::Bucketise(step) => step.apply(batch),
            Step::Calendar(step) => step.apply(batch),
        }
    }

    /// Whether it holds what was fitted on rows.
    pub fn is_fitted(&self) -> bool {
        match self {
            Step::Impute(step) => step.is_fitted(),
            Step::Bucketise(step) => step.is_fitted(),
            Step::Standardise(_) | Step::OneHot(_) => true,
            Step::Select(_) | Step::Calendar(_) => false,
        }
    }
}

/// Calls `each` with these columns of the training rows, batch by batch: of all
/// rows where the table is not parted.
pub(crate) fn of_training_rows(
    table: &Source,
    columns: &[String],
    mut each: impl FnMut(&RecordBatch) -> Result<()>,
) -> Result<()> {
    let parted = table.column(PART).is_ok();
    let mut read: Vec<&str> = columns.iter().map(String::as_str).collect();
    if parted && !read.contains(&PART) {
        read.push(PART);
    }
    for batch in table.batches(&read)? {
        let batch = batch?;
        if parted {
            let parts = cells::texts(cells::column_of(&batch, PART)?)?;
            let keep: BooleanArray = parts.iter().map(|part| Some(part == Some(TRAIN))).collect();
            each(&filter_record_batch(&batch, &keep)?)?;
        } else {
            each(&batch)?;
        }
    }
    Ok(())
}

/// The names of a table's columns that names and globs choose, in the table's
/// order of the first pattern that chooses each.
///
/// # Errors
/// When a pattern chooses none.
pub(crate) fn matching(known: &[&str], patterns: &[String]) -> Result<Vec<String>> {
    let mut chosen: Vec<String> = Vec::new();
    for pattern in patterns {
        let before = chosen.len();
        for name in known {
            let is_new = !chosen.iter().any(|other| other == name);
            if (name == pattern || is_glob_match(pattern, name)) && is_new {
                chosen.push((*name).to_owned());
            }
        }
        let has_any = known.iter().any(|name| is_glob_match(pattern, name));
        if chosen.len() == before && !has_any {
            let help = seatrial_spec::did_you_mean(pattern, known.iter().copied());
            let help = help.map_or(String::new(), |help| format!("; {help}"));
            let known = known.join("`, `");
            return Err(PipelineError::Stages(format!(
                "there is no column `{pattern}`; there are `{known}`{help}"
            )));
        }
    }
    Ok(chosen)
}

/// Whether a name fits a pattern in which `*` stands for any run of characters.
pub(crate) fn is_glob_match(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut name) = name.strip_prefix(start) else {
        return false;
    };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return name.ends_with(part);
        }
        match name.find(part) {
            Some(at) => name = &name[at + part.len()..],
            None => return false,
        }
    }
    true
}

/// The batch with a column put in place of the one of that name, or at the end.
pub(crate) fn with_column(batch: &RecordBatch, name: &str, array: ArrayRef) -> Result<RecordBatch> {
    let field = Arc::new(Field::new(name, array.data_type().clone(), true));
    let schema = batch.schema();
    let mut fields: Vec<_> = schema.fields().iter().cloned().collect();
    let mut columns = batch.columns().to_vec();
    match schema.index_of(name) {
        Ok(at) => {
            fields[at] = field;
            columns[at] = array;
        }
        Err(_) => {
            fields.push(field);
            columns.push(array);
        }
    }
    Ok(RecordBatch::try_new(
        Arc::new(Schema::new(fields)),
        columns,
    )?)
}

/// The batch without a column.
pub(crate) fn without_column(batch: &RecordBatch, name: &str) -> Result<RecordBatch> {
    let at = batch.schema().index_of(name)?;
    let keep: Vec<usize> = (0..batch.num_columns()).filter(|&c| c != at).collect();
    Ok(batch.project(&keep)?)
}

/// Numbers of a column, without those that are missing or not finite.
pub(crate) fn finite(batch: &RecordBatch, column: &str) -> Result<Vec<f64>> {
    let array = cells::column_of(batch, column)?;
    let numbers = cells::numbers(array, column)?;
    let numbers = numbers.iter().flatten();
    Ok(numbers.filter(|number| number.is_finite()).collect())
}

/// The numbers of a column of the training rows that have these ranks when sorted,
/// without those that are missing or not finite; `ranks` knows how many there are.
pub(crate) fn training_ranks(
    table: &Source,
    column: &str,
    ranks: impl FnOnce(u64) -> Vec<u64>,
) -> Result<Vec<f64>> {
    let columns = [column.to_owned()];
    let read = |each: &mut dyn FnMut(u64)| {
        of_training_rows(table, &columns, |batch| {
            let numbers = finite(batch, column)?.into_iter();
            numbers.for_each(|number| each(ranks::key_of(number)));
            Ok(())
        })
    };
    let keys = ranks::order_statistics(ranks::HELD_MAX, read, ranks)?;
    Ok(keys.into_iter().map(ranks::number_of).collect())
}

/// Calls `each` with the label or group of every row, as text; an error names the
/// row that has none.
pub(crate) fn each_text(
    table: &Source,
    column: &str,
    mut each: impl FnMut(&str) -> Result<()>,
) -> Result<()> {
    let mut row = 0;
    for batch in table.batches(&[column])? {
        let batch = batch?;
        for text in &cells::texts(batch.column(0))? {
            let missing = || table.wrong_at(column, row, "the value is missing");
            each(text.ok_or_else(missing)?)?;
            row += 1;
        }
    }
    Ok(())
}

/// The label or group of each row as a number, the place of its first appearance,
/// so that a class keeps its number when rows are added at the end; and how many
/// there are.
pub(crate) fn numbered(table: &Source, column: &str) -> Result<(Vec<u32>, usize)> {
    // Fingerprints take less than texts where nearly every row is a group of its own.
    let mut known: HashMap<Fingerprint, u32> = HashMap::new();
    let mut numbers = Vec::with_capacity(table.rows() as usize);
    each_text(table, column, |text| {
        let next = known.len() as u32;
        let of = Fingerprint::of_bytes(text.as_bytes());
        numbers.push(*known.entry(of).or_insert(next));
        Ok(())
    })?;
    Ok((numbers, known.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_run_of_characters() {
        for (pattern, name) in [
            ("pixel_*", "pixel_7"),
            ("*", "x"),
            ("a*c*e", "abcde"),
            ("a", "a"),
        ] {
            assert!(is_glob_match(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("pixel_*", "pixe"),
            ("a*c", "abd"),
            ("a", "ab"),
            ("a*b*c", "acb"),
        ] {
            assert!(!is_glob_match(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn a_pattern_that_chooses_nothing_is_refused() {
        let error = matching(&["moon", "forest"], &["mon".into()]).err();
        let said = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(said.contains("did you mean `moon`?"), "{said}");
    }
}
