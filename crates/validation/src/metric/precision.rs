//! The share of positive decisions that are right.

use super::formula::{RateOf, rate};
use super::*;

pub(super) const FAMILY: Family = Family {
    about: About {
        names: &["precision", "positive_predictive_value"],
        variants: "_macro, _micro, _weighted, [CLASS]",
        definition: "Rows that are positive, of those taken for positive. Undefined when none was taken for positive; zero for such a class in an average.",
        source: "Fawcett (2006), An introduction to ROC analysis",
        direction: Direction::Higher,
        range: (0.0, 1.0),
    },
    build: |variant| Some(rate(RateOf::Precision, variant.average_only()?)),
};
