//! Drift that no single column shows: can a classifier tell old rows from new?
//!
//! Fisher's linear discriminant on the columns of numbers and the products of
//! every two of them, fitted on half of a sample of rows and asked about the
//! other half. Products let it see a correlation that has changed while each
//! column stayed as it was.

use arrow::array::{Array, RecordBatch};
use seatrial_data::{Column, Offences};
use seatrial_validation::Metric;
use seatrial_validation::evidence::{Binary, BinaryOptions, Evidence};
use seatrial_validation::interval::Estimate;
use seatrial_validation::metric::Confidence;
use seatrial_validation::table::{Scale, ScoreTable};

/// Rows of either table that are looked at.
const ROWS_MAX: u64 = 10_000;

/// A row read by itself costs as much as so many of a batch.
const SPARSE: usize = 64;

/// Columns that are looked at together: the first of them.
const COLUMNS_MAX: usize = 20;

/// Whole rows of a table's columns of numbers, evenly spread over it.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    names: Vec<String>,
    every: u64,
    rows: Vec<Vec<f64>>,
}

impl Sample {
    /// Of a table of so many rows.
    pub fn new(names: Vec<String>, rows: u64) -> Self {
        Self {
            names,
            every: rows.div_ceil(ROWS_MAX).max(1),
            rows: Vec::new(),
        }
    }

    /// Of columns in memory.
    pub fn of_columns(columns: Vec<(String, Vec<f64>)>) -> Self {
        let rows = columns.first().map_or(0, |(_, values)| values.len());
        let names = columns.iter().map(|(name, _)| name.clone()).collect();
        let mut sample = Self::new(names, rows as u64);
        let kept = (0..rows).step_by(sample.every as usize);
        sample.rows = kept
            .map(|row| columns.iter().map(|(_, v)| v[row]).collect())
            .collect();
        sample
    }

    /// Takes rows of a batch; one without a value somewhere is left out.
    pub fn update(&mut self, batch: &RecordBatch, first_row: u64) {
        let mut offences = Offences::default();
        let ahead = (self.every - first_row % self.every) % self.every;
        let kept: Vec<usize> = (ahead as usize..batch.num_rows())
            .step_by(self.every as usize)
            .collect();
        if kept.is_empty() {
            return;
        }
        let mut columns = Vec::with_capacity(self.names.len());
        for name in &self.names {
            let Some(cells) = batch.column_by_name(name).filter(|cells| !cells.is_empty()) else {
                return;
            };
            let column = Column {
                name,
                cells,
                first_row,
            };
            // Of a few rows of many only those are read.
            let sparse = kept.len() * SPARSE < batch.num_rows();
            let read = |row: usize| {
                let cells = &cells.slice(row, 1);
                let numbers = Column { cells, ..column }.numbers(&mut offences);
                numbers.map(|numbers| numbers[0])
            };
            let numbers: Result<Vec<f64>, String> = if sparse {
                kept.iter().copied().map(read).collect()
            } else {
                let all = column.numbers(&mut offences);
                all.map(|all| kept.iter().map(|&row| all[row]).collect())
            };
            let Ok(numbers) = numbers else { return };
            columns.push(numbers);
        }
        let rows = (0..kept.len()).map(|row| columns.iter().map(|c| c[row]).collect::<Vec<f64>>());
        self.rows
            .extend(rows.filter(|row| row.iter().all(|value| value.is_finite())));
    }

    pub fn merge(&mut self, later: Self) {
        self.rows.extend(later.rows);
    }

    /// The columns of `names`, in that order; `None` if one is not there.
    fn columns(&self, names: &[String]) -> Option<Vec<Vec<f64>>> {
        let places: Option<Vec<usize>> = names
            .iter()
            .map(|name| self.names.iter().position(|n| n == name))
            .collect();
        let places = places?;
        Some(
            self.rows
                .iter()
                .map(|row| places.iter().map(|&at| row[at]).collect())
                .collect(),
        )
    }
}

/// The area under the ROC curve of a classifier of current against reference
/// rows, on rows that it was not fitted on: 0.5 where nothing tells them apart.
/// `None` where there are too few rows or columns for one.
pub(super) fn tell_apart(
    reference: &Sample,
    current: &Sample,
    confidence: &Confidence,
) -> Option<Estimate> {
    let shared = reference
        .names
        .iter()
        .filter(|name| current.names.contains(name));
    let names: Vec<String> = shared.take(COLUMNS_MAX).cloned().collect();
    let sides = [reference.columns(&names)?, current.columns(&names)?];
    let features = names.len() * (names.len() + 3) / 2;
    if names.len() < 2 || sides.iter().any(|rows| rows.len() < 4 * features.max(25)) {
        return None;
    }
    let scale = Standard::of(&sides[0]);
    let halves = |rows: &[Vec<f64>], parity: usize| -> Vec<Vec<f64>> {
        let half = rows.iter().skip(parity).step_by(2);
        half.map(|row| scale.with_products(row)).collect()
    };
    let weights = discriminant(&halves(&sides[0], 0), &halves(&sides[1], 0))?;
    let mut table = Binary::new(BinaryOptions {
        scale: Scale::Real,
        budget: ScoreTable::BUDGET,
        ..BinaryOptions::default()
    });
    for (rows, label) in sides.iter().zip([false, true]) {
        let scores: Vec<f64> = halves(rows, 1)
            .iter()
            .map(|row| row.iter().zip(&weights).map(|(x, w)| x * w).sum())
            .collect();
        table
            .update(&scores, &vec![label; scores.len()], None)
            .ok()?;
    }
    let metric = Metric::parse("roc_auc").ok()?;
    metric
        .estimate(Evidence::Binary(&table.finish()), confidence)
        .ok()
}

/// The mean and deviation of the reference's columns.
struct Standard(Vec<(f64, f64)>);

impl Standard {
    fn of(rows: &[Vec<f64>]) -> Self {
        let count = rows.len() as f64;
        let column = |at: usize| {
            let mean = rows.iter().map(|row| row[at]).sum::<f64>() / count;
            let variance = rows.iter().map(|row| (row[at] - mean).powi(2)).sum::<f64>() / count;
            (mean, if variance > 0.0 { variance.sqrt() } else { 1.0 })
        };
        Self((0..rows[0].len()).map(column).collect())
    }

    /// The standardised values, cut at ten deviations so that no single row
    /// decides, then the products of every two of them.
    fn with_products(&self, row: &[f64]) -> Vec<f64> {
        let standard = row.iter().zip(&self.0);
        let mut features: Vec<f64> = standard
            .map(|(x, (mean, deviation))| ((x - mean) / deviation).clamp(-10.0, 10.0))
            .collect();
        let count = features.len();
        for a in 0..count {
            for b in a..count {
                features.push(features[a] * features[b]);
            }
        }
        features
    }
}

/// The direction in which two groups of rows differ most for their spread:
/// (S + λI)⁻¹ (m₁ − m₀), with a little λ for columns that repeat each other
/// (Friedman, 1989).
fn discriminant(reference: &[Vec<f64>], current: &[Vec<f64>]) -> Option<Vec<f64>> {
    let means = [reference, current].map(mean);
    let width = means[0].len();
    let mut spread = vec![vec![0.0; width]; width];
    let total = (reference.len() + current.len()) as f64;
    for (rows, mean) in [reference, current].iter().zip(&means) {
        for row in *rows {
            let off: Vec<f64> = row.iter().zip(mean).map(|(x, m)| x - m).collect();
            for (a, of_a) in spread.iter_mut().enumerate() {
                for (cell, b) in of_a[..=a].iter_mut().zip(&off) {
                    *cell += off[a] * b / total;
                }
            }
        }
    }
    let ridge = 1e-3 * (0..width).map(|at| spread[at][at]).sum::<f64>() / width as f64 + 1e-9;
    for (at, row) in spread.iter_mut().enumerate() {
        row[at] += ridge;
    }
    let apart: Vec<f64> = means[1].iter().zip(&means[0]).map(|(b, a)| b - a).collect();
    solve(spread, apart)
}

fn mean(rows: &[Vec<f64>]) -> Vec<f64> {
    let mut sum = vec![0.0; rows[0].len()];
    for row in rows {
        sum.iter_mut()
            .zip(row)
            .for_each(|(sum, x)| *sum += x / rows.len() as f64);
    }
    sum
}

/// By Cholesky's factors of the lower half of a matrix; `None` if it is not
/// positive.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let width = right.len();
    for a in 0..width {
        for b in 0..=a {
            let sum: f64 = (0..b).map(|k| matrix[a][k] * matrix[b][k]).sum();
            let rest = matrix[a][b] - sum;
            if a == b {
                if rest.is_nan() || rest <= 0.0 {
                    return None;
                }
                matrix[a][a] = rest.sqrt();
            } else {
                matrix[a][b] = rest / matrix[b][b];
            }
        }
    }
    for a in 0..width {
        let sum: f64 = (0..a).map(|k| matrix[a][k] * right[k]).sum();
        right[a] = (right[a] - sum) / matrix[a][a];
    }
    for a in (0..width).rev() {
        let sum: f64 = (a + 1..width).map(|k| matrix[k][a] * right[k]).sum();
        right[a] = (right[a] - sum) / matrix[a][a];
    }
    Some(right)
}
