//! The share of the variance that is explained.

use super::*;

pub(super) const FAMILY: Family = Family {
    about: About {
        names: &["r2", "r2_score"],
        variants: "",
        definition: "1 − Σ w (ŷ − y)² / Σ w (y − ȳ)². Negative for predictions worse than the mean. Undefined when the target does not vary.",
        source: "Draper and Smith (1998), Applied Regression Analysis",
        direction: Direction::Higher,
        range: (f64::NEG_INFINITY, 1.0),
    },
    build: |variant| variant.is_plain().then_some(Formula::R2),
};
