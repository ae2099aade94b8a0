//! The loss that a quantile minimises.

use super::*;

pub(super) const FAMILY: Family = Family {
    about: About {
        names: &["pinball", "quantile_loss", "mean_pinball_loss"],
        variants: "@QUANTILE, 0.5 unless told",
        definition: "The mean of q (y − ŷ) where the target is above the prediction of the quantile q, and of (1 − q) (ŷ − y) where it is below.",
        source: "Koenker and Bassett (1978), Regression quantiles",
        direction: Direction::Lower,
        range: (0.0, f64::INFINITY),
    },
    build: |variant| Some(Formula::Pinball(variant.share_or(0.5)?)),
};
