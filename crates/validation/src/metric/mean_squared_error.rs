//! How far predictions are off, squared; and the root of it.

use super::*;
use crate::evidence::RowLoss;

pub(super) const MSE: Family = Family {
    about: About {
        names: &["mse", "mean_squared_error"],
        variants: "",
        definition: "The mean of (ŷ − y)².",
        source: "Willmott and Matsuura (2005)",
        direction: Direction::Lower,
        range: (0.0, f64::INFINITY),
    },
    build: |variant| {
        variant
            .is_plain()
            .then_some(Formula::Mean(RowLoss::Squared))
    },
};

pub(super) const RMSE: Family = Family {
    about: About {
        names: &["rmse", "root_mean_squared_error"],
        variants: "",
        definition: "The square root of the mean of (ŷ − y)².",
        source: "Willmott and Matsuura (2005)",
        direction: Direction::Lower,
        range: (0.0, f64::INFINITY),
    },
    build: |variant| {
        variant
            .is_plain()
            .then_some(Formula::Root(RowLoss::Squared))
    },
};
