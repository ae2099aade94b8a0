//! What is recorded of a dataset's features.

use std::collections::BTreeMap;

use seatrial_data::{Dataset, Part, Target};
use seatrial_verdict::{Bound, Measurement};
use serde::{Deserialize, Serialize};

use super::summary::{Summary, largest, rounded, weights};
use crate::sameness::shown;

/// Blocks of rows, so that a change in one row of many still shows, and where.
const BLOCKS: usize = 32;

/// Columns that every dataset has: what to predict, and which part a row is in.
const LABEL: &str = "(label)";
const PART: &str = "(part)";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Features {
    rows: usize,
    /// Feature names, in order.
    names: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    classes: Vec<String>,
    /// For each block of rows, the weighted sum of all its cells, each in
    /// units of its column's largest.
    blocks: Vec<f64>,
    columns: BTreeMap<String, Summary>,
}

/// What the comparison found: reasons, and what was measured.
pub(super) type Findings = (Vec<String>, Vec<Measurement>);

impl Features {
    /// Of a dataset, with the values of up to `values` rows.
    pub fn of(dataset: &Dataset, values: usize) -> Self {
        let rows = dataset.rows();
        let columns: Vec<(String, Vec<f64>)> = columns(dataset);
        let mut blocks = vec![0.0; BLOCKS.min(rows)];
        let size = rows.div_ceil(blocks.len().max(1)).max(1);
        let mut weights = weights();
        for (_, numbers) in &columns {
            let unit = largest(numbers).max(f64::MIN_POSITIVE);
            for (row, number) in numbers.iter().enumerate() {
                let weight = weights.next().unwrap_or(1.0);
                blocks[row / size] += weight * number / unit / size as f64;
            }
        }
        Self {
            rows,
            names: dataset.features.clone(),
            classes: match &dataset.target {
                Target::Classes { names, .. } => names.clone(),
                Target::Values(_) => Vec::new(),
            },
            blocks: blocks.into_iter().map(rounded).collect(),
            columns: columns
                .into_iter()
                .map(|(name, numbers)| (name, Summary::of(&[rows], &numbers, values)))
                .collect(),
        }
    }

    /// How many rows' values are recorded.
    pub fn values(&self) -> usize {
        self.columns.values().next().map_or(0, Summary::places)
    }

    pub fn is_finite(&self) -> bool {
        self.columns.values().all(Summary::is_finite)
    }

    /// Compares what is seen with these recorded features.
    pub fn against(&self, seen: &Self, tolerance: f64) -> Findings {
        let bound = Bound::AtMost(tolerance);
        let mut reasons = Vec::new();
        if self.rows != seen.rows {
            reasons.push(format!(
                "{} rows are recorded, {} are seen",
                self.rows, seen.rows
            ));
        }
        if self.names != seen.names {
            let missing = without(&self.names, &seen.names);
            let new = without(&seen.names, &self.names);
            reasons.push(match (missing.is_empty(), new.is_empty()) {
                (true, true) => "the features are recorded in another order".to_owned(),
                _ => format!("features that are no longer there: {missing:?}; new ones: {new:?}"),
            });
        }
        if self.classes != seen.classes {
            reasons.push(format!(
                "classes {:?} are recorded, {:?} are seen",
                self.classes, seen.classes
            ));
        }
        let same_rows = self.rows == seen.rows;
        let order = self.names.iter().map(String::as_str).chain([LABEL, PART]);
        let (mut widest, mut compared, mut differing) = (0.0_f64, 0, Vec::new());
        for name in order.filter(|_| same_rows) {
            let (Some(recorded), Some(seen)) = (self.columns.get(name), seen.columns.get(name))
            else {
                continue;
            };
            compared += 1;
            let mismatch = recorded.against(seen, tolerance);
            widest = widest.max(mismatch.share);
            if !bound.allows(mismatch.share) {
                differing.push((name, mismatch));
            }
        }
        if let Some((name, mismatch)) = differing.first() {
            let others = match differing.len() - 1 {
                0 => String::new(),
                more => format!(" (and {more} more columns)"),
            };
            let row = match mismatch.place {
                Some(row) => format!("in row {row}, "),
                None => String::new(),
            };
            reasons.push(format!("column `{name}`{others}: {row}{}", mismatch.words));
        }
        let blocks = self
            .blocks
            .iter()
            .zip(&seen.blocks)
            .map(|(r, s)| (r - s).abs());
        let parting = blocks.clone().position(|gap| !bound.allows(gap));
        if let Some(block) = parting.filter(|_| same_rows) {
            let size = self.rows.div_ceil(self.blocks.len().max(1));
            let last = ((block + 1) * size).min(self.rows).saturating_sub(1);
            let (recorded, seen) = (shown(self.blocks[block]), shown(seen.blocks[block]));
            reasons.push(format!(
                "the first rows that differ are among {} to {last} (their weighted sum: \
                 {recorded} is recorded, {seen} is seen)",
                block * size
            ));
        }
        let blocks = blocks.fold(0.0_f64, |widest, gap| widest.max(gap));
        let measurements = vec![
            Measurement::new("columns_compared", f64::from(compared))
                .unit("columns")
                .bound(Bound::Equal(seen.columns.len() as f64)),
            Measurement::new("differing_columns", differing.len() as f64)
                .unit("columns")
                .bound(Bound::Equal(0.0)),
            Measurement::new("feature_gap", widest).bound(bound),
            Measurement::new("row_block_gap", blocks).bound(bound),
        ];
        (reasons, measurements)
    }
}

/// Every column: features in order, then the label and the part.
fn columns(dataset: &Dataset) -> Vec<(String, Vec<f64>)> {
    let rows = dataset.rows();
    let feature = |(column, name): (usize, &String)| {
        let numbers = (0..rows).map(|row| f64::from(dataset.row(row)[column]));
        (name.clone(), numbers.collect())
    };
    let mut columns: Vec<(String, Vec<f64>)> =
        dataset.features.iter().enumerate().map(feature).collect();
    let labels = match &dataset.target {
        Target::Classes { labels, .. } => labels.iter().map(|&label| f64::from(label)).collect(),
        Target::Values(values) => values.iter().map(|&value| f64::from(value)).collect(),
    };
    columns.push((LABEL.to_owned(), labels));
    let mut parts = vec![0.0; rows];
    for (number, part) in [
        (1.0, Part::Train),
        (2.0, Part::Validation),
        (3.0, Part::Test),
    ] {
        for &row in dataset.part(part) {
            parts[row] = number;
        }
    }
    columns.push((PART.to_owned(), parts));
    columns
}

fn without<'a>(names: &'a [String], others: &[String]) -> Vec<&'a String> {
    names.iter().filter(|name| !others.contains(name)).collect()
}
