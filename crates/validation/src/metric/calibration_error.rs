//! How far probabilities are from shares.

use super::formula::Scored;
use super::name::Variant;
use super::*;
use crate::evidence::Evidence;

pub(super) const EXPECTED: Family = Family {
    about: About {
        names: &["ece", "expected_calibration_error"],
        variants: "@BINS, 15 unless told; _macro, _weighted, [LABEL] of several labels",
        definition: "Over bins of equal width, the mean of |share of positive rows − mean probability|, weighted by rows. Of several classes: the probability of the decision, and whether it was right. Larger in small samples than in truth; the interval takes that into account.",
        source: "Naeini, Cooper and Hauskrecht (2015); Guo et al. (2017)",
        direction: Direction::Lower,
        range: (0.0, 1.0),
    },
    build: |variant| {
        of_bins(variant, |bins| {
            let total: f64 = bins.iter().map(|bin| bin.weight).sum();
            bins.iter().map(|bin| bin.weight * bin.gap()).sum::<f64>() / total
        })
    },
};

pub(super) const MAXIMUM: Family = Family {
    about: About {
        names: &["mce", "maximum_calibration_error"],
        variants: "@BINS, 15 unless told; _macro, _weighted, [LABEL] of several labels",
        definition: "The largest |share of positive rows − mean probability| of a bin of equal \
                     width that has rows. One row in a bin of its own decides it: give few bins.",
        source: "Naeini, Cooper and Hauskrecht (2015)",
        direction: Direction::Lower,
        range: (0.0, 1.0),
    },
    build: |variant| {
        of_bins(variant, |bins| {
            bins.iter().map(ReliabilityBin::gap).fold(0.0, f64::max)
        })
    },
};

/// A figure of bins, and its averages over several labels.
fn of_bins(variant: &Variant, figure: fn(&[ReliabilityBin]) -> f64) -> Option<Formula> {
    let plain = Variant {
        average: Average::Plain,
        number: variant.number,
    };
    let bins = plain.count_or(15)?;
    match variant.average {
        Average::Plain => Some(Formula::Calibration(Box::new(move |cells| {
            Ok(figure(&reliability(cells, bins)?))
        }))),
        Average::Micro => None,
        Average::Macro | Average::Weighted | Average::Class(_) => Some(Formula::EachLabel),
    }
}

/// Rows of neighbouring probabilities, as a reliability diagram shows them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReliabilityBin {
    /// The weight of the rows.
    pub weight: f64,
    /// Their mean probability.
    pub probability: f64,
    /// The share of them that are positive, or right.
    pub share: f64,
}

impl ReliabilityBin {
    fn gap(&self) -> f64 {
        (self.share - self.probability).abs()
    }
}

/// Bins of equal width that have rows; each holds its upper end, as in Guo et
/// al. (2017), the first its lower end too.
pub(super) fn reliability(cells: &[Scored], bins: usize) -> Result<Vec<ReliabilityBin>, String> {
    let mut sums = vec![ReliabilityBin::default(); bins];
    for cell in cells {
        let weight = cell.weights[0] + cell.weights[1];
        let place = (cell.score * bins as f64).ceil().max(1.0) as usize;
        let bin = &mut sums[place.min(bins) - 1];
        bin.weight += weight;
        bin.probability += weight * cell.score;
        bin.share += cell.weights[1];
    }
    sums.retain(|bin| bin.weight > 0.0);
    for bin in &mut sums {
        bin.probability /= bin.weight;
        bin.share /= bin.weight;
    }
    if sums.is_empty() {
        return Err("there are no rows with weight".to_owned());
    }
    Ok(sums)
}

/// The reliability diagram of probabilities.
///
/// # Errors
/// The rows have no probabilities, or none has weight.
pub fn reliability_bins(evidence: Evidence, bins: usize) -> Result<Vec<ReliabilityBin>, Error> {
    let table = evidence.calibration().ok_or_else(|| Error::Needs {
        metric: "a reliability diagram".to_owned(),
        needs: "probabilities",
        given: evidence.kind(),
    })?;
    let cells = crate::resample::scored(table.finished("a reliability diagram")?);
    reliability(&cells, bins.max(1))
        .map_err(|reason| Error::undefined("a reliability diagram", reason))
}
