//! `split`: rows parted into training, validation and test.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, RecordBatch, StringArray};
use schemars::JsonSchema;
use seatrial_data::table::Table;
use seatrial_rng::{Streams, stratified_split};
use seatrial_spec::{Fraction, Misfit};
use serde::{Deserialize, Serialize};

use super::{PART, all_texts, with_column};
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

    /// The part of each row, as an index; 3 where it is in none.
    ///
    /// # Errors
    /// When the column is missing, or a part that is asked for would be empty.
    pub(crate) fn assign(&self, table: &Table) -> Result<Vec<u8>> {
        let fractions = self.fractions();
        let sum: f64 = fractions.iter().sum();
        if sum > 1.0 + 1e-9 {
            return Err(PipelineError::Stages(format!("the parts add up to {sum}")));
        }
        let rows = table.rows() as usize;
        let streams = Streams::new(self.seed).child("pipeline/split");
        let column = || {
            let by = self.by;
            let none = || PipelineError::Stages(format!("a split by {by:?} needs a `column`"));
            self.column.as_deref().ok_or_else(none)
        };
        let parts = match self.by {
            SplitBy::Random => by_class(&streams, &vec![0; rows], &fractions),
            SplitBy::Stratified => {
                let (classes, _) = numbered(&all_texts(table, column()?)?);
                by_class(&streams, &classes, &fractions)
            }
            SplitBy::Group => {
                let (groups, count) = numbered(&all_texts(table, column()?)?);
                let parts = by_class(&streams, &vec![0; count], &fractions);
                groups.iter().map(|&group| parts[group as usize]).collect()
            }
            SplitBy::Time => by_time(table, column()?, &fractions)?,
        };
        for (at, (name, fraction)) in NAMES.iter().zip(fractions).enumerate() {
            if fraction > 0.0 && !parts.contains(&(at as u8)) {
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

/// The rows of a batch that are in a part, with the part; `start` is the row of
/// the table that the batch begins with.
pub fn assign(batch: &RecordBatch, parts: &[u8], start: usize) -> Result<RecordBatch> {
    let parts = &parts[start..start + batch.num_rows()];
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

fn by_class(streams: &Streams, classes: &[u32], fractions: &[f64; 3]) -> Vec<u8> {
    let mut parts = vec![NONE; classes.len()];
    let split = stratified_split(streams, classes, fractions);
    for (part, rows) in (0..NONE).zip(split) {
        rows.into_iter().for_each(|row| parts[row] = part);
    }
    parts
}

/// Each text as a number: the place of its first appearance. A class keeps its
/// number when rows are added at the end.
fn numbered(texts: &[String]) -> (Vec<u32>, usize) {
    let mut known: BTreeMap<&str, u32> = BTreeMap::new();
    let mut numbers = Vec::with_capacity(texts.len());
    for text in texts {
        let next = known.len() as u32;
        numbers.push(*known.entry(text).or_insert(next));
    }
    (numbers, known.len())
}

/// Rows of one moment stay together: a part begins with a later moment than
/// the part before it ends with.
fn by_time(table: &Table, column: &str, fractions: &[f64; 3]) -> Result<Vec<u8>> {
    let mut moments = Vec::with_capacity(table.rows() as usize);
    for batch in table.batches(&[column])? {
        let batch = batch?;
        let seconds = cells::unix_seconds(batch.column(0), column)?;
        if seconds.null_count() > 0 {
            let row = (0..seconds.len())
                .find(|&row| seconds.is_null(row))
                .unwrap_or(0);
            let row = (moments.len() + row) as u64;
            return Err(table.wrong_at(column, row, "the moment is missing").into());
        }
        moments.extend(seconds.values().iter().copied());
    }
    let mut sorted = moments.clone();
    sorted.sort_unstable();
    let mut ends = [0; 3];
    let mut share = 0.0;
    for (end, fraction) in ends.iter_mut().zip(fractions) {
        share += fraction;
        let at = (share * sorted.len() as f64).round() as usize;
        // The first moment that belongs to a later part.
        *end = sorted.get(at).copied().unwrap_or(i64::MAX);
        if at >= sorted.len() {
            *end = i64::MAX;
        }
    }
    let part = |moment: &i64| {
        let part = ends.iter().position(|end| moment < end || *end == i64::MAX);
        part.map_or(NONE, |part| part as u8)
    };
    Ok(moments.iter().map(part).collect())
}
