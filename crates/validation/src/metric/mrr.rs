//! How soon the first relevant document comes.

use super::*;
use crate::evidence::Query;

pub(super) const FAMILY: Family = Family {
    about: About {
        names: &["mrr", "mean_reciprocal_rank"],
        variants: "@K; of all documents unless told",
        definition: "The mean of 1 / rank of the first relevant document; zero without one. Of equal scores the relevant come last.",
        source: "Voorhees (1999), The TREC-8 question answering track",
        direction: Direction::Higher,
        range: (0.0, 1.0),
    },
    build: |variant| Some(Formula::Query(Query::ReciprocalRank(variant.cut_off()?))),
};
