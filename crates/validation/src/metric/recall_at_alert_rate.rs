//! What is found when only so many rows can be looked at.

use super::highest::Highest;
use super::*;

pub(super) const FAMILY: Family = Family {
    about: About {
        names: &["recall_at_alert_rate"],
        variants: "@SHARE, 0.01 unless told",
        definition: "The recall when the share of rows that score highest are taken for positive. Rows of the score at the edge count in part. Undefined without positive rows.",
        source: "Bolton and Hand (2002), Statistical fraud detection",
        direction: Direction::Higher,
        range: (0.0, 1.0),
    },
    build: |variant| {
        let share = variant.share_or(0.01)?;
        Some(Formula::Highest(Highest { share, times: 1.0 }))
    },
};
