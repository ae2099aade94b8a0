//! The share of rows that are decided rightly.

use super::formula::{Rate, RateOf, Selection};
use super::*;

pub(super) const FAMILY: Family = Family {
    about: About {
        names: &["accuracy"],
        variants: "",
        definition: "Rows that are decided rightly, of all.",
        source: "Fawcett (2006), An introduction to ROC analysis",
        direction: Direction::Higher,
        range: (0.0, 1.0),
    },
    build: |variant| {
        variant.is_plain().then_some(Formula::Rate(Rate {
            of: RateOf::Right,
            selection: Selection::All,
        }))
    },
};
