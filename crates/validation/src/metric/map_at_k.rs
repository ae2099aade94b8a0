//! Precision at the ranks of relevant documents.

use super::*;
use crate::evidence::Query;

pub(super) const FAMILY: Family = Family {
    about: About {
        names: &["map", "mean_average_precision", "map_at_k"],
        variants: "@K; of all documents unless told",
        definition: "The mean over queries of the mean precision at the ranks of relevant documents, over as many as there are, or K if that is fewer. A query without one counts as zero. Of equal scores the relevant come last.",
        source: "Manning, Raghavan and Schütze (2008), Introduction to Information Retrieval, section 8.4",
        direction: Direction::Higher,
        range: (0.0, 1.0),
    },
    build: |variant| Some(Formula::Query(Query::AveragePrecision(variant.cut_off()?))),
};
