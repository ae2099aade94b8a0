//! What a classifier sees of a row: numbers, categories, and what is missing.

use std::collections::BTreeMap;

use super::sample::Sample;
use crate::quality::profiling::Kind;

/// Categories of a column that are seen, the most frequent.
const CATEGORIES_MAX: usize = 8;

/// The part of rows that have a category, or lack a cell, from which it is seen.
const SHARE_MIN: f64 = 0.01;

/// Deviations at which a number is cut, so that no single row decides.
const DEVIATIONS_MAX: f64 = 10.0;

/// Numbers of mean 0 and deviation 1, each of one column.
pub(super) struct View {
    parts: Vec<Part>,
}

struct Part {
    column: String,
    /// The place of the column in the reference's rows, and in the current ones.
    places: [usize; 2],
    of: Of,
    mean: f64,
    deviation: f64,
}

#[derive(Clone, Copy)]
enum Of {
    /// The number itself; the mean where it is missing.
    Number,
    /// Whether it is this category.
    Category(f64),
    /// Whether it is missing.
    Missing,
}

impl Of {
    /// `None` where there is nothing to see.
    fn see(self, cell: f64) -> Option<f64> {
        match self {
            Of::Number => (!cell.is_nan()).then_some(cell),
            Of::Category(category) => Some(f64::from(u8::from(cell == category))),
            Of::Missing => Some(f64::from(u8::from(cell.is_nan()))),
        }
    }
}

impl View {
    /// Of the columns that both samples have, as the same kind.
    pub fn of(samples: [&Sample; 2]) -> Self {
        let mut parts = Vec::new();
        for (at, (name, kind)) in samples[0].columns.iter().enumerate() {
            let same = |(known, of): &(String, Kind)| known == name && of == kind;
            let Some(there) = samples[1].columns.iter().position(same) else {
                continue;
            };
            let places = [at, there];
            let cells: Vec<f64> = samples
                .iter()
                .zip(places)
                .flat_map(|(sample, place)| sample.rows.iter().map(move |row| row[place]))
                .collect();
            let seen = worth_seeing(*kind, &cells).into_iter();
            parts.extend(seen.filter_map(|of| {
                let (mean, deviation) = spread(of, &cells)?;
                Some(Part {
                    column: name.clone(),
                    places,
                    of,
                    mean,
                    deviation,
                })
            }));
        }
        Self { parts }
    }

    /// How many numbers are seen of a row.
    pub fn width(&self) -> usize {
        self.parts.len()
    }

    /// The column that one of them is of.
    pub fn column(&self, part: usize) -> &str {
        &self.parts[part].column
    }

    /// How many columns they are of.
    pub fn columns(&self) -> usize {
        self.parts.chunk_by(|a, b| a.column == b.column).count()
    }

    /// What is seen of a row of the reference (0) or of the current rows (1).
    pub fn see(&self, side: usize, row: &[f64]) -> Vec<f64> {
        let see = |part: &Part| {
            let seen = part.of.see(row[part.places[side]]);
            seen.map_or(0.0, |x| {
                ((x - part.mean) / part.deviation).clamp(-DEVIATIONS_MAX, DEVIATIONS_MAX)
            })
        };
        self.parts.iter().map(see).collect()
    }
}

/// What of a column is frequent enough to be seen, and not all there is.
fn worth_seeing(kind: Kind, cells: &[f64]) -> Vec<Of> {
    let enough = SHARE_MIN * cells.len() as f64;
    let missing = cells.iter().filter(|cell| cell.is_nan()).count();
    let mut seen = match kind {
        Kind::Numbers => vec![Of::Number],
        Kind::Categories => {
            let mut counts = BTreeMap::<u64, usize>::new();
            let present = cells.iter().filter(|cell| !cell.is_nan());
            present.for_each(|cell| *counts.entry(cell.to_bits()).or_default() += 1);
            // Of two categories the one says what the other does.
            let most = match counts.len() {
                2 if missing == 0 => 1,
                _ => CATEGORIES_MAX,
            };
            let mut counts: Vec<(u64, usize)> = counts.into_iter().collect();
            counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
            let frequent = counts.iter().filter(|(_, rows)| *rows as f64 >= enough);
            frequent
                .take(most)
                .map(|(bits, _)| Of::Category(f64::from_bits(*bits)))
                .collect()
        }
    };
    if missing > 0 && missing as f64 >= enough {
        seen.push(Of::Missing);
    }
    seen
}

/// The mean and the deviation; `None` of what is the same in every row, or too
/// large to add up.
fn spread(of: Of, cells: &[f64]) -> Option<(f64, f64)> {
    let seen = || cells.iter().filter_map(|cell| of.see(*cell));
    let count = seen().count() as f64;
    let mean = seen().sum::<f64>() / count;
    let deviation = (seen().map(|x| (x - mean).powi(2)).sum::<f64>() / count).sqrt();
    (deviation.is_finite() && deviation > 0.0).then_some((mean, deviation))
}
