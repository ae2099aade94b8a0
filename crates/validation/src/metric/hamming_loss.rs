//! The share of labels that are decided wrongly.

use super::*;
use crate::evidence::RowLoss;

pub(super) const FAMILY: Family = Family {
    about: About {
        names: &["hamming_loss"],
        variants: "",
        definition: "The mean over rows of the share of their labels that are decided wrongly.",
        source: "Tsoumakas and Katakis (2007), Multi-label classification: an overview",
        direction: Direction::Lower,
        range: (0.0, 1.0),
    },
    build: |variant| {
        variant
            .is_plain()
            .then_some(Formula::Mean(RowLoss::Hamming))
    },
};
