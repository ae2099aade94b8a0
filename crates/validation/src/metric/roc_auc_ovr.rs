//! The areas under the ROC curves of each class against the rest.

use super::*;

pub(super) const FAMILY: Family = Family {
    about: About {
        names: &["roc_auc_ovr"],
        variants: "_macro (unless told), _weighted, [CLASS]",
        definition: "The mean over classes of the area under the ROC curve of their probability, each class the same or by its weight among the labels. Undefined when a class has no rows.",
        source: "Provost and Domingos (2000); Fawcett (2006)",
        direction: Direction::Higher,
        range: (0.0, 1.0),
    },
    build: |variant| match variant.average_only()? {
        Average::Micro => None,
        Average::Plain => Some(Formula::RocAucOfClasses(Average::Macro)),
        average => Some(Formula::RocAucOfClasses(average)),
    },
};
