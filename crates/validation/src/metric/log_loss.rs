//! What the true class costs in nats.

use super::*;
use crate::evidence::RowLoss;

pub(super) const FAMILY: Family = Family {
    about: About {
        names: &["log_loss", "cross_entropy"],
        variants: "",
        definition: "The mean of −ln p, p the probability of a row's true class. A probability nearer to 0 or 1 than 2⁻⁵² counts as that far from it.",
        source: "Good (1952), Rational decisions",
        direction: Direction::Lower,
        range: (0.0, f64::INFINITY),
    },
    build: |variant| variant.is_plain().then_some(Formula::Mean(RowLoss::Log)),
};
