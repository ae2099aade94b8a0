//! The share of positive rows that are found.

use super::formula::{RateOf, rate};
use super::*;

pub(super) const FAMILY: Family = Family {
    about: About {
        names: &["recall", "sensitivity"],
        variants: "_macro, _micro, _weighted, [CLASS]",
        definition: "Rows taken for positive, of those that are. Undefined when none is; zero for such a class in an average.",
        source: "Fawcett (2006), An introduction to ROC analysis",
        direction: Direction::Higher,
        range: (0.0, 1.0),
    },
    build: |variant| Some(rate(RateOf::Recall, variant.average_only()?)),
};
