//! How far predictions are off, in parts of the target.

use super::*;
use crate::evidence::RowLoss;

pub(super) const FAMILY: Family = Family {
    about: About {
        names: &["mape", "mean_absolute_percentage_error"],
        variants: "",
        definition: "The mean of |ŷ − y| / |y|, as a fraction. Undefined when any target is zero, since no convention for those rows means anything.",
        source: "Hyndman and Koehler (2006), Another look at measures of forecast accuracy",
        direction: Direction::Lower,
        range: (0.0, f64::INFINITY),
    },
    build: |variant| {
        variant
            .is_plain()
            .then_some(Formula::Mean(RowLoss::Percentage))
    },
};
