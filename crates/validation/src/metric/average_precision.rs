//! The area under the curve of precision over recall.

use super::formula::{Figure, Scored, each_label};
use super::*;

pub(super) const FAMILY: Family = Family {
    about: About {
        names: &["average_precision", "pr_auc"],
        variants: "_macro, _weighted, [LABEL] of several labels",
        definition: "Σ (Rₙ − Rₙ₋₁) Pₙ over thresholds from the highest score down, rows of equal score taken together; nothing is interpolated. Undefined without positive rows.",
        source: "Davis and Goadrich (2006), The relationship between precision-recall and ROC curves",
        direction: Direction::Higher,
        range: (0.0, 1.0),
    },
    build: |variant| each_label(variant, Formula::Ranking(Box::new(of_ranking))),
};

fn of_ranking(cells: &[Scored]) -> Figure {
    let (mut negatives, mut positives, mut area) = (0.0, 0.0, 0.0);
    for cell in cells.iter().rev() {
        let [n, p] = cell.weights;
        negatives += n;
        positives += p;
        if p > 0.0 {
            area += p * positives / (positives + negatives);
        }
    }
    if positives > 0.0 {
        Ok(area / positives)
    } else {
        Err("no row is labelled positive".to_owned())
    }
}
