//! `split`: rows parted into training, validation and test.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{Array, RecordBatch, StringArray};
use schemars::JsonSchema;
use seatrial_rng::{Streams, stratified_split};
use seatrial_spec::{Fraction, Misfit};
use serde::{Deserialize, Serialize};

use super::{PART, numbered, ranks, with_column};
use crate::source::Source;
use crate::{PipelineError, Result, cells};

/// Adds the column `split`, which says to which part a row belongs: `train`,
/// `validation` or `test`. Stages after it learn from `train` alone. What is left
/// over when the fractions add up to less than one is dropped.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// The table that it reads.
    #[serde(rename = "in")]
    pub input: String,
    /// How rows are parted.
    #[serde(default)]
    pub by: SplitBy,
    /// The column to part by: the class, the group or the moment. None for a
    /// random split.
    pub column: Option<String>,
    /// The share of rows to train on.
    #[serde(default = "most")]
    pub train: Fraction,
    /// The share of rows to measure on.
    #[serde(default = "some")]
    pub validation: Fraction,
    /// The share of rows kept apart.
    #[serde(default)]
    pub test: Option<Fraction>,
    /// Decides which row goes where; independent of a case's seed, so that every
    /// case sees the same parts.
    #[serde(default)]
    pub seed: u64,
    /// Name of the table that it makes; the stage's own when left out.
    pub out: Option<String>,
}

fn most() -> Fraction {
    fraction(0.8)
}

fn some() -> Fraction {
    fraction(0.2)
}

fn fraction(value: f64) -> Fraction {
    Fraction::try_from(value).unwrap_or_else(|_| unreachable!("{value} is from 0 to 1"))
}

/// How rows are parted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SplitBy {
    /// Each row by chance.
    #[default]
    Random,
    /// Each class of `column` in proportion.
    Stratified,
    /// All rows of the same value of `column` together.
    Group,
    /// The earliest train, the latest test.
    Time,
}

/// Parts in the order of the fractions.
const NAMES: [&str; 3] = ["train", "validation", "test"];
/// The part of a row that is dropped.
const NONE: u8 = 3;

impl Split {
    /// Whether each class is split in proportion.
    pub(crate) fn is_stratified(&self) -> bool {
        self.by == SplitBy::Stratified
    }

    /// What does not hold together in the declaration.
    pub(crate) fn misfit(&self) -> Option<Misfit> {
        let sum: f64 = self.fractions().iter().sum();
        if sum > 1.0 + 1e-9 {
            return Some(Misfit::at("train", format!("the parts add up to {sum}")));
        }
        match (&self.column, self.by) {
            (Some(_), SplitBy::Random) => {
                let message = "a random split looks at no column";
                Some(Misfit::at("column", message).help("say `by`".to_owned()))
            }
            (None, SplitBy::Stratified | SplitBy::Group | SplitBy::Time) => {
                Some(Misfit::at("by", "this split needs a `column`"))
            }
            _ => None,
        }
    }

    /// Which part each row is in.
    ///
    /// # Errors
    /// When the column is missing, or a part that is asked for would be empty.
    pub(crate) fn parts(&self, table: &Source) -> Result<Parts> {
        let fractions = self.fractions();
        let sum: f64 = fractions.iter().sum();
        if sum > 1.0 + 1e-9 {
            return Err(PipelineError::Stages(format!("the parts add up to {sum}")));
        }
        let rows = table.rows();
        let streams = Streams::new(self.seed).child("pipeline/split");
        let column = || {
            let by = self.by;
            let none = || PipelineError::Stages(format!("a split by {by:?} needs a `column`"));
            self.column.as_deref().ok_or_else(none)
        };
        let parts = match self.by {
            SplitBy::Random => Parts::Rows(by_class(&streams, &vec![0; rows as usize], &fractions)),
            SplitBy::Stratified => {
                let (classes, _) = numbered(table, column()?)?;
                Parts::Rows(by_class(&streams, &classes, &fractions))
            }
            SplitBy::Group => {
                let (groups, count) = numbered(table, column()?)?;
                let parts = by_class(&streams, &vec![0; count], &fractions);
                Parts::Rows(groups.iter().map(|&group| parts[group as usize]).collect())
            }
            SplitBy::Time => Parts::until(table, column()?, &fractions)?,
        };
        let sizes = parts.sizes(table)?;
        for ((name, fraction), size) in NAMES.iter().zip(fractions).zip(sizes) {
            if fraction > 0.0 && size == 0 {
                return Err(PipelineError::Stages(format!(
                    "{rows} rows leave the part `{name}` empty"
                )));
            }
        }
        Ok(parts)
    }

    fn fractions(&self) -> [f64; 3] {
        let test = self.test.map_or(0.0, Fraction::get);
        [self.train.get(), self.validation.get(), test]
    }
}

/// Which part each row of a table is in.
pub(crate) enum Parts {
    /// The part of each row, as an index; [`NONE`] where it is in none. One byte a
    /// row is all that is held.
    Rows(Vec<u8>),
    /// By the moment alone.
    Until {
        /// The column of moments.
        column: String,
        /// The first moment that is later than each part; the highest number where
        /// a part has no end. Rows of one moment stay together.
        ends: [i64; 3],
    },
}

impl Parts {
    /// A part begins with a later moment than the part before it ends with.
    fn until(table: &Source, column: &str, fractions: &[f64; 3]) -> Result<Self> {
        let read = |each: &mut dyn FnMut(u64)| {
            each_moment(table, column, |moment| each(ranks::key_of_whole(moment)))
        };
        // Where a part ends with the last row, it has no end.
        let mut last = [None; 3];
        let mut share = 0.0;
        let found = ranks::order_statistics(ranks::HELD_MAX, read, |rows| {
            for (last, fraction) in last.iter_mut().zip(fractions) {
                share += fraction;
                let at = (share * rows as f64).round() as u64;
                *last = (at < rows).then_some(at);
            }
            last.iter().copied().flatten().collect()
        })?;
        let mut found = found.into_iter().map(ranks::whole_of);
        let ends = last.map(|last| match last {
            Some(_) => found.next().unwrap_or(i64::MAX),
            None => i64::MAX,
        });
        Ok(Parts::Until {
            column: column.to_owned(),
            ends,
        })
    }

    /// How many rows each part has.
    fn sizes(&self, table: &Source) -> Result<[u64; 3]> {
        let mut sizes = [0; 4];
        match self {
            Parts::Rows(parts) => parts.iter().for_each(|&part| sizes[usize::from(part)] += 1),
            Parts::Until { column, ends } => each_moment(table, column, |moment| {
                sizes[usize::from(part_at(ends, moment))] += 1;
            })?,
        }
        Ok([sizes[0], sizes[1], sizes[2]])
    }

    /// The rows of a batch that are in a part, with the part; `start` is the row of
    /// the table that the batch begins with.
    ///
    /// # Errors
    /// When the batch has no such column.
    pub(crate) fn assign(&self, batch: &RecordBatch, start: usize) -> Result<RecordBatch> {
        let parts = match self {
            Parts::Rows(parts) => Cow::Borrowed(&parts[start..start + batch.num_rows()]),
            Parts::Until { column, ends } => {
                let moments = cells::unix_seconds(cells::column_of(batch, column)?, column)?;
                let moments = moments.values().iter();
                Cow::Owned(moments.map(|&moment| part_at(ends, moment)).collect())
            }
        };
        let names: StringArray = parts
            .iter()
            .map(|&part| NAMES.get(usize::from(part)).copied())
            .collect();
        let keep = arrow::compute::is_not_null(&names)?;
        let batch = with_column(batch, PART, Arc::new(names))?;
        if parts.contains(&NONE) {
            return Ok(arrow::compute::filter_record_batch(&batch, &keep)?);
        }
        Ok(batch)
    }
}

/// The part of a moment.
fn part_at(ends: &[i64; 3], moment: i64) -> u8 {
    let part = ends.iter().position(|&end| moment < end || end == i64::MAX);
    part.map_or(NONE, |part| part as u8)
}

/// Calls `each` with the moment of every row; an error names the row that has none.
fn each_moment(table: &Source, column: &str, mut each: impl FnMut(i64)) -> Result<()> {
    let mut start = 0;
    for batch in table.batches(&[column])? {
        let batch = batch?;
        let seconds = cells::unix_seconds(batch.column(0), column)?;
        if seconds.null_count() > 0 {
            let row = (0..seconds.len()).find(|&row| seconds.is_null(row));
            let row = start + row.unwrap_or(0) as u64;
            return Err(table.wrong_at(column, row, "the moment is missing").into());
        }
        seconds.values().iter().for_each(|&moment| each(moment));
        start += seconds.len() as u64;
    }
    Ok(())
}

fn by_class(streams: &Streams, classes: &[u32], fractions: &[f64; 3]) -> Vec<u8> {
    let mut parts = vec![NONE; classes.len()];
    let split = stratified_split(streams, classes, fractions);
    for (part, rows) in (0..NONE).zip(split) {
        rows.into_iter().for_each(|row| parts[row] = part);
    }
    parts
}
