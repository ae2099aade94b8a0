//! The difference of two areas under the ROC curve on the same rows.

use crate::Error;
use crate::evidence::PairedBinary;
use crate::interval::student::normal_critical;
use crate::interval::{self, Auc, Estimate, Method, half_of_equal};
use crate::table::{JointCell, JointScores, Mass, ScoreTable};

/// Two areas under the ROC curve, and what the error of their difference is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AucDifference {
    /// The candidate's area.
    pub candidate: f64,
    /// The previous version's area.
    pub previous: f64,
    /// Variance of candidate less previous; `None` with fewer than two
    /// effective rows of either class.
    pub variance: Option<f64>,
    /// What cells may hide of the difference, either way.
    pub hidden: f64,
    /// Both areas by themselves.
    alone: [Auc; 2],
}

/// The difference with the variance of DeLong, DeLong and Clarke-Pearson
/// (1988) for correlated areas. Where pairs of scores share a cell, the rows of
/// a cell count as spread evenly and independently within it, which errs on the
/// side of more variance.
///
/// # Errors
/// Rows of one class only.
pub fn delong(table: &PairedBinary) -> Result<AucDifference, Error> {
    of_tables(
        [table.candidate().scores(), table.previous().scores()],
        &table.scores,
    )
}

/// The same from both versions' own tables and their joint one.
pub(crate) fn of_tables(
    [candidate, previous]: [&ScoreTable; 2],
    joint: &JointScores,
) -> Result<AucDifference, Error> {
    let (a, b) = (interval::delong(candidate)?, interval::delong(previous)?);
    let cells = joint.cells();
    let totals = a.totals;
    let candidate = placements(joint, 0, totals);
    let previous = placements(joint, 1, totals);
    // Positive rows are placed among negative ones, and the other way round.
    let variance_of = |class: usize| {
        let total = totals[class];
        let rows = total.effective_rows();
        if rows < 1.5 {
            return None;
        }
        let apart = |i: usize| candidate[i].0[class] - previous[i].0[class];
        let mean = cells.iter().enumerate();
        let mean: f64 = mean
            .map(|(i, cell)| cell.mass[class].weight * apart(i))
            .sum();
        let mean = mean / total.weight;
        let squares = cells.iter().enumerate().map(|(i, cell)| {
            let off = apart(i) - mean;
            let within = if joint.is_exact() {
                0.0
            } else {
                let (a, b) = (candidate[i].1[class], previous[i].1[class]);
                (a * a + b * b) / 12.0
            };
            cell.mass[class].squared * (off * off + within)
        });
        let squares: f64 = squares.sum();
        Some(squares / (total.weight * total.weight) * rows / (rows - 1.0))
    };
    let variance = variance_of(0).zip(variance_of(1)).map(|(a, b)| a + b);
    Ok(AucDifference {
        candidate: a.value,
        previous: b.value,
        variance,
        hidden: a.hidden + b.hidden,
        alone: [a, b],
    })
}

/// For each cell, where its negative and its positive rows lie among the rows
/// of the other class by one version's score, from 0 to 1; and how much of the
/// other class shares that score.
type Placement = ([f64; 2], [f64; 2]);

fn placements(joint: &JointScores, version: usize, totals: [Mass; 2]) -> Vec<Placement> {
    let cells: &[JointCell] = joint.cells();
    let mut places = vec![Placement::default(); cells.len()];
    let mut below = [0.0; 2];
    for tied in joint.order_by(version).chunk_by(|a, b| a.0 == b.0) {
        let mut here = [0.0; 2];
        for &(_, i) in tied {
            for (class, mass) in cells[i as usize].mass.iter().enumerate() {
                here[class] += mass.weight;
            }
        }
        let middle = |class: usize| (below[class] + 0.5 * here[class]) / totals[class].weight;
        // Of negative rows: how many positive ones are above.
        let place = [1.0 - middle(1), middle(0)];
        let shared = [here[1] / totals[1].weight, here[0] / totals[0].weight];
        for &(_, i) in tied {
            places[i as usize] = (place, shared);
        }
        below[0] += here[0];
        below[1] += here[1];
    }
    places
}

impl AucDifference {
    /// Candidate less previous with a normal interval, at least as wide as that of
    /// two versions between which no row was seen to change places: equal rankings
    /// of four rows prove nothing about the fifth.
    pub fn estimate(&self, false_alarm: f64) -> Estimate {
        let value = self.candidate - self.previous;
        let estimate = match self.variance {
            None => Estimate::new(value, (-1.0, 1.0), Method::Unknown),
            Some(variance) => {
                let rows: f64 = self.alone[0]
                    .totals
                    .map(|total| total.effective_rows())
                    .iter()
                    .sum();
                let alone = self.alone.map(|auc| auc.estimate_of_cells(false_alarm));
                let equal = half_of_equal(alone, rows, false_alarm);
                let half = (normal_critical(false_alarm) * variance.sqrt()).max(equal);
                Estimate::new(value, (value - half, value + half), Method::DeLong)
            }
        };
        estimate.hiding(self.hidden).within((-1.0, 1.0))
    }
}
