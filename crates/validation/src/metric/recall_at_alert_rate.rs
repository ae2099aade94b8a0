//! What is found when only so many rows can be looked at.

use super::formula::{Figure, Scored};
use super::*;

pub(super) const FAMILY: Family = Family {
    about: About {
        names: &["recall_at_alert_rate"],
        variants: "@SHARE, 0.01 unless told",
        definition: "The recall when the share of rows that score highest are taken for positive. Rows of the score at the edge count in part. Undefined without positive rows.",
        source: "Bolton and Hand (2002), Statistical fraud detection",
        direction: Direction::Higher,
        range: (0.0, 1.0),
    },
    build: |variant| {
        let share = variant.share_or(0.01)?;
        Some(Formula::Ranking(Box::new(move |cells| {
            recall_among(cells, share)
        })))
    },
};

/// The recall among the highest-scoring share of rows.
pub(super) fn recall_among(cells: &[Scored], share: f64) -> Figure {
    let sum = |class: usize| cells.iter().map(|cell| cell.weights[class]).sum::<f64>();
    let positives = sum(1);
    if positives <= 0.0 {
        return Err("no row is labelled positive".to_owned());
    }
    let mut left = share * (sum(0) + positives);
    let mut found = 0.0;
    for cell in cells.iter().rev() {
        let [n, p] = cell.weights;
        if n + p >= left {
            found += if n + p > 0.0 { p * left / (n + p) } else { 0.0 };
            break;
        }
        found += p;
        left -= n + p;
    }
    Ok((found / positives).min(1.0))
}
