//! The area under the ROC curve.

use super::formula::each_label;
use super::*;

pub(super) const FAMILY: Family = Family {
    about: About {
        names: &["roc_auc"],
        variants: "_macro, _weighted, [LABEL] of several labels",
        definition: "The chance that a positive row scores above a negative one, a tie counting half. Undefined for rows of one class.",
        source: "Hanley and McNeil (1982)",
        direction: Direction::Higher,
        range: (0.0, 1.0),
    },
    build: |variant| each_label(variant, Formula::RocAuc),
};
