//! What is found when alarms must be right so often.

use super::formula::{Figure, Scored};
use super::*;

pub(super) const FAMILY: Family = Family {
    about: About {
        names: &["recall_at_precision"],
        variants: "@PRECISION, 0.9 unless told",
        definition: "The largest recall of a threshold whose precision is at least so high; zero if none is. Undefined without positive rows.",
        source: "Davis and Goadrich (2006)",
        direction: Direction::Higher,
        range: (0.0, 1.0),
    },
    build: |variant| {
        let precision = variant.share_or(0.9)?;
        Some(Formula::Ranking(Box::new(move |cells| {
            recall_at(cells, precision)
        })))
    },
};

fn recall_at(cells: &[Scored], precision: f64) -> Figure {
    let (mut negatives, mut positives, mut found) = (0.0, 0.0, 0.0);
    for cell in cells.iter().rev() {
        negatives += cell.weights[0];
        positives += cell.weights[1];
        if positives >= precision * (positives + negatives) {
            found = positives;
        }
    }
    if positives > 0.0 {
        Ok(found / positives)
    } else {
        Err("no row is labelled positive".to_owned())
    }
}
