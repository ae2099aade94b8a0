//! How much denser positive rows are at the top.

use super::highest::Highest;
use super::*;

pub(super) const FAMILY: Family = Family {
    about: About {
        names: &["lift"],
        variants: "@SHARE, 0.1 unless told",
        definition: "The recall among the share of rows that score highest, over that share. Rows of the score at the edge count in part. Undefined without positive rows.",
        source: "Berry and Linoff (2004), Data Mining Techniques, chapter 4",
        direction: Direction::Higher,
        range: (0.0, f64::INFINITY),
    },
    build: |variant| {
        let share = variant.share_or(0.1)?;
        Some(Formula::Highest(Highest {
            share,
            times: 1.0 / share,
        }))
    },
};
