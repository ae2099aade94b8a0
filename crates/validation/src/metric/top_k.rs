//! Whether the true class is among the most probable.

use super::*;

pub(super) const FAMILY: Family = Family {
    about: About {
        names: &["top_k_accuracy", "top_k"],
        variants: "@K, 5 unless told",
        definition: "Rows whose true class is among the K most probable, of all; of equally probable classes the earlier comes first.",
        source: "Russakovsky et al. (2015), ImageNet large scale visual recognition challenge",
        direction: Direction::Higher,
        range: (0.0, 1.0),
    },
    build: |variant| Some(Formula::TopK(variant.count_or(5)?)),
};
