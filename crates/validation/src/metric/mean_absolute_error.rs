//! How far predictions are off.

use super::*;
use crate::evidence::RowLoss;

pub(super) const FAMILY: Family = Family {
    about: About {
        names: &["mae", "mean_absolute_error"],
        variants: "",
        definition: "The mean of |ŷ − y|.",
        source: "Willmott and Matsuura (2005)",
        direction: Direction::Lower,
        range: (0.0, f64::INFINITY),
    },
    build: |variant| {
        variant
            .is_plain()
            .then_some(Formula::Mean(RowLoss::Absolute))
    },
};
