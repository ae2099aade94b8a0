//! How far probabilities are from shares.

use super::formula::{Figure, Scored};
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
        let mean = |bins: &[ReliabilityBin]| {
            let total: f64 = bins.iter().map(|bin| bin.weight).sum();
            bins.iter().map(|bin| bin.weight * bin.gap()).sum::<f64>() / total
        };
        // Of Hannan and Quinn, one of those that Andrews and Soares (2010) allow.
        of_bins(variant, mean, |rows| (2.0 * rows.max(3.0).ln().ln()).sqrt())
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
        let largest =
            |bins: &[ReliabilityBin]| bins.iter().map(ReliabilityBin::gap).fold(0.0, f64::max);
        // One bin that is wrongly thought clear would decide.
        of_bins(variant, largest, |_| f64::MAX)
    },
};

/// A figure of bins, and its averages over several labels.
fn of_bins(
    variant: &Variant,
    figure: fn(&[ReliabilityBin]) -> f64,
    clear: fn(f64) -> f64,
) -> Option<Formula> {
    let plain = Variant {
        average: Average::Plain,
        number: variant.number,
    };
    let bins = plain.count_or(15)?;
    match variant.average {
        Average::Plain => Some(Formula::Calibration(OfBins {
            bins,
            figure,
            clear,
        })),
        Average::Micro => None,
        Average::Macro | Average::Weighted | Average::Class(_) => Some(Formula::EachLabel),
    }
}

/// A figure of bins of equal width.
#[derive(Clone, Copy)]
pub(crate) struct OfBins {
    pub(crate) bins: usize,
    figure: fn(&[ReliabilityBin]) -> f64,
    /// The deviations by which a gap must be off to be clear, among so many rows.
    clear: fn(f64) -> f64,
}

impl OfBins {
    /// The deviations of a gap that may be chance, among so many rows.
    pub(crate) fn clear(&self, rows: f64) -> f64 {
        (self.clear)(rows)
    }

    /// The figure of bins that have rows.
    pub(crate) fn figure(&self, bins: &[ReliabilityBin]) -> f64 {
        (self.figure)(bins)
    }

    /// The figure of rows by their score.
    pub(crate) fn of_cells(&self, cells: &[Scored]) -> Figure {
        Ok(self.figure(&self.reliability(cells)?))
    }

    /// The bins that have rows.
    pub(crate) fn reliability(&self, cells: &[Scored]) -> Result<Vec<ReliabilityBin>, String> {
        reliability(cells, self.bins)
    }

    /// The bin that a probability falls into.
    pub(crate) fn place(&self, score: f64) -> usize {
        place(score, self.bins)
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

/// Each bin holds its upper end, as in Guo et al. (2017), the first its lower end
/// too.
fn place(score: f64, bins: usize) -> usize {
    ((score * bins as f64).ceil().max(1.0) as usize).min(bins) - 1
}

/// Bins of equal width that have rows.
pub(super) fn reliability(cells: &[Scored], bins: usize) -> Result<Vec<ReliabilityBin>, String> {
    let mut sums = vec![ReliabilityBin::default(); bins];
    for cell in cells {
        let weight = cell.weights[0] + cell.weights[1];
        let bin = &mut sums[place(cell.score, bins)];
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
