//! The interval of a distance between probabilities and shares, over bins.
//!
//! Such a distance is never negative, so that chance adds to it, and adds most
//! where there is nothing: a bin without a true gap shows the size of its noise,
//! one with a large gap shows the gap with noise of either sign. What chance adds
//! therefore depends on the true gaps, which are not known, and the bootstrap,
//! which takes those that were seen for true, finds too little (Andrews, 2000).
//!
//! For the lower end, what chance adds is drawn at gaps that are too small rather
//! than too large: those that were seen, less as many deviations as chance may make
//! (the selection of Andrews and Soares, 2010, who prove that a test keeps its level
//! whatever the gaps), and with shares that vary as much as either those gaps or
//! what was seen allow. For the upper end it is drawn at the gaps that were seen.

use seatrial_rng::Stream;

use super::{Poisson, ends, mean, unvaried, vary_not};
use crate::Error;
use crate::interval::{Estimate, Method};
use crate::metric::{Confidence, OfBins, ReliabilityBin};
use crate::table::{Mass, ScoreTable};

/// Rows of the mean probability that the share of a bin is drawn with, so that a
/// bin of two rows that are both positive is not sure of the third (after Agresti
/// and Coull, 1998).
const ROWS_BEFORE: f64 = 4.0;

/// Rows up to which a share is drawn row by row.
const ROWS_ONE_BY_ONE: f64 = 32.0;

/// Rows of the rarer kind from which on their number is as good as normal.
const ROWS_NORMAL: f64 = 12.0;

/// A bin, and how sure it is.
struct Bin {
    seen: ReliabilityBin,
    mass: Mass,
    /// The share of positive rows, were there some rows more.
    share: f64,
}

impl Bin {
    fn rows(&self) -> f64 {
        self.mass.effective_rows()
    }

    fn gap(&self) -> f64 {
        self.seen.share - self.seen.probability
    }

    /// The gap that was seen, less so many deviations.
    fn least(&self, deviations: f64) -> f64 {
        let deviation = (self.share * (1.0 - self.share) / self.rows()).sqrt();
        (self.gap().abs() - deviations * deviation)
            .max(0.0)
            .copysign(self.gap())
    }

    /// The share that varies more: that of a gap, or that which was seen.
    fn share_at(&self, gap: f64) -> f64 {
        let share = (self.seen.probability + gap).clamp(0.0, 1.0);
        if (share - 0.5).abs() < (self.share - 0.5).abs() {
            share
        } else {
            self.share
        }
    }

    /// By how much the share of so many rows is off, drawn.
    fn noise(&self, share: f64, stream: &mut Stream) -> f64 {
        let rows = self.rows();
        let rarer = share.min(1.0 - share);
        let off = if rows <= ROWS_ONE_BY_ONE {
            let count = rows.round().max(1.0);
            let hits = (0..count as usize).filter(|_| stream.chance(rarer));
            hits.count() as f64 / count - rarer
        } else if rows * rarer < ROWS_NORMAL {
            Poisson::new(rows * rarer).draw(stream) / rows - rarer
        } else {
            (share * (1.0 - share) / rows).sqrt() * stream.normal()
        };
        if rarer == share { off } else { -off }
    }
}

/// A distance that is never negative, with the interval of what is no chance.
pub(crate) fn distance(
    metric: &str,
    table: &ScoreTable,
    of_bins: &OfBins,
    confidence: &Confidence,
) -> Result<Estimate, Error> {
    let bins = bins(table, of_bins).map_err(|reason| Error::undefined(metric, reason))?;
    let rows: f64 = bins.iter().map(Bin::rows).sum();
    let clear = of_bins.clear(rows);
    let seen: Vec<ReliabilityBin> = bins.iter().map(|bin| bin.seen).collect();
    let value = of_bins.figure(&seen);
    let added = |name: &str, at: &dyn Fn(&Bin) -> At| {
        let mut stream = confidence.streams.stream(&format!("{metric}/{name}"));
        let at: Vec<At> = bins.iter().map(at).collect();
        added(&bins, &at, of_bins, confidence.resamples, &mut stream)
    };
    let at_least = added("least", &|bin| {
        let gap = bin.least(clear);
        At {
            gap,
            share: bin.share_at(gap),
        }
    });
    let as_seen = added("seen", &|bin| At {
        gap: bin.gap(),
        share: bin.share,
    });
    if vary_not(&at_least) && vary_not(&as_seen) {
        return Ok(unvaried(value, table.totals(), confidence.false_alarm));
    }
    let alpha = confidence.false_alarm;
    let (_, most) = ends(metric, mean(&at_least), at_least, alpha)?;
    let (fewest, _) = ends(metric, mean(&as_seen), as_seen, alpha)?;
    let ends = ((value - most).max(0.0), value - fewest);
    Ok(Estimate::new(value, ends, Method::Bootstrap))
}

fn bins(table: &ScoreTable, of_bins: &OfBins) -> Result<Vec<Bin>, String> {
    let cells = super::scored(table);
    let mut masses = vec![Mass::default(); of_bins.bins];
    for (scored, cell) in cells.iter().zip(table.cells()) {
        masses[of_bins.place(scored.score)] += cell.mass[0] + cell.mass[1];
    }
    masses.retain(|mass| mass.weight > 0.0);
    let with_mass = |(seen, mass): (ReliabilityBin, Mass)| {
        let rows = mass.effective_rows();
        let before = ROWS_BEFORE * seen.probability;
        let share = (rows * seen.share + before) / (rows + ROWS_BEFORE);
        Bin {
            seen,
            mass,
            share: share.clamp(0.0, 1.0),
        }
    };
    let seen = of_bins.reliability(&cells)?;
    Ok(seen.into_iter().zip(masses).map(with_mass).collect())
}

/// What is taken for true of a bin: its gap, and the share that its rows vary by.
struct At {
    gap: f64,
    share: f64,
}

/// What chance adds to the figure: to shares, and to how many rows fall into each
/// bin.
fn added(bins: &[Bin], at: &[At], of_bins: &OfBins, draws: usize, stream: &mut Stream) -> Vec<f64> {
    let with_gap = |bin: &Bin, gap: f64| ReliabilityBin {
        share: bin.seen.probability + gap,
        ..bin.seen
    };
    let all = || bins.iter().zip(at);
    let without: Vec<_> = all().map(|(bin, at)| with_gap(bin, at.gap)).collect();
    let without = of_bins.figure(&without);
    let rows: Vec<_> = bins.iter().map(|bin| Poisson::new(bin.rows())).collect();
    let draw = |_| {
        let drawn = all().zip(&rows).map(|((bin, at), rows)| ReliabilityBin {
            weight: bin.mass.squared / bin.mass.weight * rows.draw(stream),
            ..with_gap(bin, at.gap + bin.noise(at.share, stream))
        });
        of_bins.figure(&drawn.collect::<Vec<_>>()) - without
    };
    (0..draws).map(draw).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use seatrial_rng::Streams;

    use crate::Metric;
    use crate::evidence::{Binary, BinaryOptions, Evidence};
    use crate::interval::Estimate;
    use crate::metric::Confidence;

    /// Probabilities that say so much more than is true.
    fn estimate(metric: &str, rows: usize, off: f64, repeat: usize) -> Estimate {
        let streams = Streams::new(6).child(&repeat.to_string());
        let mut stream = streams.stream("rows");
        let scores: Vec<f64> = (0..rows).map(|_| stream.uniform(off, 1.0)).collect();
        let labels: Vec<bool> = scores.iter().map(|s| stream.chance(s - off)).collect();
        let mut table = Binary::new(BinaryOptions::default());
        table.update(&scores, &labels, None).unwrap();
        let metric = Metric::parse(metric).unwrap();
        let confidence = Confidence::new(0.05, streams);
        let estimate = metric.estimate(Evidence::Binary(&table.finish()), &confidence);
        estimate.unwrap()
    }

    #[test]
    fn few_rows_a_bin_do_not_make_sound_probabilities_unsound() {
        for metric in ["ece", "mce@5"] {
            let low = (0..200).map(|repeat| estimate(metric, 100, 0.0, repeat).low);
            let failed = low.filter(|low| *low > 0.0).count();
            assert!(failed <= 12, "{metric}: {failed} of 200");
        }
    }

    #[test]
    fn what_many_rows_show_is_not_taken_for_chance() {
        let estimate = estimate("ece", 20_000, 0.1, 0);
        assert!((0.085..0.1).contains(&estimate.low), "{estimate:?}");
        assert!((0.1..0.115).contains(&estimate.high), "{estimate:?}");
    }
}
