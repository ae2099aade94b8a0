//! Normalised discounted cumulative gain.

use super::*;
use crate::evidence::Query;

pub(super) const FAMILY: Family = Family {
    about: About {
        names: &["ndcg"],
        variants: "@K; of all documents unless told",
        definition: "The gains of documents in ranked order, discounted by log2 of the rank plus one, over those of the best order. Gains are the relevances. Equal scores: the mean over possible orders. A query without a relevant document counts as zero.",
        source: "Järvelin and Kekäläinen (2002)",
        direction: Direction::Higher,
        range: (0.0, 1.0),
    },
    build: |variant| Some(Formula::Query(Query::Ndcg(variant.cut_off()?))),
};
