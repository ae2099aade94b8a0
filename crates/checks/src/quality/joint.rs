//! Drift that no single column shows: can a classifier tell old rows from new?
//!
//! Fisher's linear discriminant on what is seen of a row and on the products of
//! every two of that, fitted on half of a sample of rows and asked about the
//! other half. Products let it see how columns hang together: a correlation, or
//! a label that follows from other features now, while each column stayed as it
//! was. Of many products those go in that differ most on the half that it is
//! fitted on (sure independence screening: Fan and Lv, 2008).

mod features;
mod sample;
mod view;

use seatrial_validation::Metric;
use seatrial_validation::evidence::{Binary, BinaryOptions, Evidence};
use seatrial_validation::interval::Estimate;
use seatrial_validation::metric::Confidence;
use seatrial_validation::table::{Scale, ScoreTable};

use self::features::chosen;
pub(super) use self::sample::{Sample, stand_ins};
use self::view::View;

/// The fewest rows of either side: half of them are fitted on.
const ROWS_MIN: usize = 50;

/// How well old rows are told from new, and by what.
pub(super) struct Told {
    /// The area under the ROC curve on rows that were not fitted on: 0.5 where
    /// nothing tells them apart.
    pub auc: Estimate,
    /// The columns that were seen.
    pub columns: usize,
    /// What differs most: a column, or one with another.
    pub most: String,
}

/// Asks a classifier to tell current rows from those of the reference. `None`
/// where there are too few rows or columns for one.
pub(super) fn tell_apart(
    reference: &Sample,
    current: &Sample,
    confidence: &Confidence,
) -> Option<Told> {
    let samples = [reference, current];
    let view = View::of(samples);
    if view.columns() < 2 || samples.iter().any(|sample| sample.rows.len() < ROWS_MIN) {
        return None;
    }
    let half = |side: usize, parity: usize| -> Vec<Vec<f64>> {
        let half = samples[side].rows.iter().skip(parity).step_by(2);
        half.map(|row| view.see(side, row)).collect()
    };
    let (fitted, asked) = ([half(0, 0), half(1, 0)], [half(0, 1), half(1, 1)]);
    let features = chosen([&fitted[0], &fitted[1]], view.width());
    let first = features.first()?;
    let of = |rows: &[Vec<f64>]| -> Vec<Vec<f64>> {
        let of_row = |row: &Vec<f64>| features.iter().map(|feature| feature.of(row)).collect();
        rows.iter().map(of_row).collect()
    };
    let weights = discriminant(&of(&fitted[0]), &of(&fitted[1]))?;
    let mut table = Binary::new(BinaryOptions {
        scale: Scale::Real,
        budget: ScoreTable::BUDGET,
        ..BinaryOptions::default()
    });
    for (rows, label) in asked.iter().zip([false, true]) {
        let score = |row: &Vec<f64>| row.iter().zip(&weights).map(|(x, w)| x * w).sum();
        let scores: Vec<f64> = of(rows).iter().map(score).collect();
        table
            .update(&scores, &vec![label; scores.len()], None)
            .ok()?;
    }
    let metric = Metric::parse("roc_auc").ok()?;
    let auc = metric.estimate(Evidence::Binary(&table.finish()), confidence);
    let names = first.parts().map(|part| view.column(part));
    Some(Told {
        auc: auc.ok()?,
        columns: view.columns(),
        most: match names {
            [a, b] if a == b => format!("`{a}`"),
            [a, b] => format!("`{a}` with `{b}`"),
        },
    })
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
