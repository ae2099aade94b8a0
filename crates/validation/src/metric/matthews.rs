//! Matthews' correlation of labels and decisions.

use super::formula::{Figure, Selection};
use super::*;
use crate::table::{Confusion, Mass};

pub(super) const FAMILY: Family = Family {
    about: About {
        names: &["matthews_corrcoef", "matthews", "mcc"],
        variants: "",
        definition: "The correlation of labels and decisions, for any number of classes. Undefined when all rows are of one class or were taken for one.",
        source: "Gorodkin (2004), Comparing two K-category assignments, eq. 8",
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
    // Shares, so that no product overflows or loses its small factor.
    let right = confusion.right().weight / total;
    let (mut both, mut labels, mut decisions) = (0.0, 1.0, 1.0);
    for class in 0..confusion.classes() {
        let label = confusion.labelled(class).weight / total;
        let decision = confusion.decided(class).weight / total;
        both += label * decision;
        labels -= label * label;
        decisions -= decision * decision;
    }
    let one_class = |of: fn(&Confusion, usize) -> Mass| {
        (0..confusion.classes())
            .filter(|&c| of(confusion, c).weight > 0.0)
            .count()
            < 2
    };
    if one_class(Confusion::labelled) {
        return Err("all rows are of one class".to_owned());
    }
    if one_class(Confusion::decided) {
        return Err("all rows were taken for one class".to_owned());
    }
    Ok((right - both) / (labels * decisions).sqrt())
}
