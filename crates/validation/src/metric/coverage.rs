//! Whether intervals hold what they should.

use super::*;

pub(super) const FAMILY: Family = Family {
    about: About {
        names: &["interval_coverage", "coverage"],
        variants: "",
        definition: "Rows whose target lies in the predicted interval, ends included, of all.",
        source: "Gneiting and Raftery (2007), Strictly proper scoring rules",
        direction: Direction::Higher,
        range: (0.0, 1.0),
    },
    build: |variant| variant.is_plain().then_some(Formula::Coverage),
};
