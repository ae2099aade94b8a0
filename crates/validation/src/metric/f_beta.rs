//! The weighted harmonic mean of precision and recall.

use super::formula::{Selection, averaged, quotient};
use super::*;
use crate::table::Confusion;

pub(super) const FAMILY: Family = Family {
    about: About {
        names: &["f_beta"],
        variants: "@BETA, _macro, _micro, _weighted, [CLASS]; `f1`, `f2`, `f0.5` for short",
        definition: "(1 + β²) TP / ((1 + β²) TP + β² FN + FP). Undefined when nothing is positive and nothing was taken for positive; zero for such a class in an average.",
        source: "van Rijsbergen (1979), Information Retrieval, chapter 7",
        direction: Direction::Higher,
        range: (0.0, 1.0),
    },
    build: |variant| {
        let beta = variant.number.filter(|beta| *beta > 0.0)?;
        let average = variant.average.clone();
        let selection = Selection::of(&average);
        let weight = beta * beta;
        let of_two = move |two: &Confusion| {
            let [hit, missed, false_alarm] =
                [(1, 1), (1, 0), (0, 1)].map(|(label, taken)| two.cell(label, taken).weight);
            let hits = (1.0 + weight) * hit;
            let reason = "no row is labelled positive and none was taken for positive";
            quotient(hits, hits + weight * missed + false_alarm, reason)
        };
        Some(Formula::Counts(selection, averaged(average, of_two)))
    },
};
