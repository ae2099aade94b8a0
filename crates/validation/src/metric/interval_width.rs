//! How wide intervals are.

use super::*;
use crate::evidence::RowLoss;

pub(super) const FAMILY: Family = Family {
    about: About {
        names: &["interval_width", "mean_interval_width"],
        variants: "",
        definition: "The mean of high end less low end.",
        source: "Gneiting and Raftery (2007), Strictly proper scoring rules",
        direction: Direction::Lower,
        range: (0.0, f64::INFINITY),
    },
    build: |variant| variant.is_plain().then_some(Formula::Mean(RowLoss::Width)),
};
