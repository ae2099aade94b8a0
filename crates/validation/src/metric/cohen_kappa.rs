//! Cohen's kappa: agreement beyond chance.

use super::formula::{Figure, Selection, quotient};
use super::*;
use crate::table::Confusion;

pub(super) const FAMILY: Family = Family {
    about: About {
        names: &["cohen_kappa", "cohen_kappa_score", "kappa"],
        variants: "",
        definition: "(o − e) / (1 − e): the agreement o of labels and decisions, beyond the agreement e of two that have the same shares and nothing else in common. Undefined when e is one.",
        source: "Cohen (1960), A coefficient of agreement for nominal scales",
        direction: Direction::Higher,
        range: (-1.0, 1.0),
    },
    build: |variant| {
        let formula = Formula::Counts(Selection::All, Box::new(of_counts));
        variant.is_plain().then_some(formula)
    },
};

fn of_counts(confusion: &Confusion) -> Figure {
    let total = confusion.total().weight;
    if total <= 0.0 {
        return Err("there are no rows with weight".to_owned());
    }
    let right = confusion.right().weight / total;
    // 1 − e as a sum of what differs: exact where nearly all rows are one class.
    let (mut both, mut apart) = (0.0, 0.0);
    for label in 0..confusion.classes() {
        let labelled = confusion.labelled(label).weight / total;
        for decision in 0..confusion.classes() {
            let chance = labelled * (confusion.decided(decision).weight / total);
            if label == decision {
                both += chance;
            } else {
                apart += chance;
            }
        }
    }
    quotient(
        right - both,
        apart,
        "all rows are of one class and were taken for it",
    )
}
