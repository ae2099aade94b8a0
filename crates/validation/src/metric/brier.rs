//! The squared distance of probabilities from the truth.

use super::*;
use crate::evidence::RowLoss;

pub(super) const FAMILY: Family = Family {
    about: About {
        names: &["brier", "brier_score", "brier_score_loss"],
        variants: "",
        definition: "The mean of (p − y)², p the probability of the positive class and y one or zero; of several classes the sum over them, which is up to 2.",
        source: "Brier (1950), Verification of forecasts expressed in terms of probability",
        direction: Direction::Lower,
        range: (0.0, 2.0),
    },
    build: |variant| variant.is_plain().then_some(Formula::Mean(RowLoss::Brier)),
};
