//! Accuracy with every class counted the same.

use super::formula::Figure;
use super::*;
use crate::table::Confusion;

pub(super) const FAMILY: Family = Family {
    about: About {
        names: &["balanced_accuracy"],
        variants: "",
        definition: "The mean of the classes' recalls, over classes that the labels have.",
        source: "Brodersen et al. (2010), The balanced accuracy and its posterior distribution",
        direction: Direction::Higher,
        range: (0.0, 1.0),
    },
    build: |variant| {
        let formula = Formula::Recalls(Box::new(of_counts));
        variant.is_plain().then_some(formula)
    },
};

fn of_counts(confusion: &Confusion) -> Figure {
    let recalls: Vec<f64> = (0..confusion.classes())
        .filter_map(|class| {
            let labelled = confusion.labelled(class).weight;
            (labelled > 0.0).then(|| confusion.cell(class, class).weight / labelled)
        })
        .collect();
    if recalls.is_empty() {
        return Err("there are no rows with weight".to_owned());
    }
    Ok(recalls.iter().sum::<f64>() / recalls.len() as f64)
}
