//! The interval of a distance, by drawing units with replacement.

use seatrial_rng::{Stream, bootstrap_counts};

use super::{Clustered, OneVersion};
use crate::Error;
use crate::Metric;
use crate::interval::student::{normal_critical, student_critical};
use crate::interval::{Estimate, Method, unvaried};
use crate::metric::{Confidence, OfBins, Scored};
use crate::resample::{self, vary_not};

/// A distance between probabilities and shares, for rows in clusters. As for rows
/// alone, the bootstrap is turned round the value, which takes off twice what
/// chance adds; that of units is narrow where they are few, so that it is widened
/// as Student's t is wider than the normal, and by √(k / (k − 1)) (Davison and
/// Hinkley, 1997, section 2.6.1).
///
/// Where a bin has the rows of one or two units, drawing them cannot tell how much
/// of the distance is chance. By the triangle inequality the true distance is
/// smaller by no more than what chance alone would make, so that the lower end goes
/// down to there: each unit's share less its probability with a sign by lot (the
/// wild bootstrap of Liu, 1988, over clusters as in Cameron, Gelbach and Miller,
/// 2008).
pub(super) fn distance<T: OneVersion>(
    metric: &Metric,
    clustered: &Clustered<T>,
    of_bins: &OfBins,
    confidence: &Confidence,
) -> Result<Estimate, Error> {
    let value = metric.value(clustered.whole()?.evidence())?;
    let seen = clustered.seen()?;
    if seen.len() < 2 {
        return Ok(Estimate::new(value, metric.range(), Method::Unknown));
    }
    let mut units = Vec::with_capacity(seen.len());
    for unit in &seen {
        let finished = (*unit).clone().finish();
        let table = metric.calibration(finished.evidence())?;
        units.push(resample::coarse_scored(table, seen.len()));
    }
    let of_units = of_bins.of_cells(&units.concat());
    let of_units = of_units.map_err(|reason| Error::undefined(metric.name(), reason))?;
    let alpha = confidence.false_alarm;
    let drawn = many(
        metric,
        "drawn",
        &units,
        of_bins,
        confidence,
        |stream| {
            let times = bootstrap_counts(stream, units.len());
            times.into_iter().map(f64::from).collect()
        },
        |times, cell| cell.weights.map(|weight| weight * times),
    );
    if vary_not(&drawn) {
        let units = clustered.effective_units();
        return Ok(unvaried(value, metric.range(), units, alpha));
    }
    let chance = many(
        metric,
        "chance",
        &units,
        of_bins,
        confidence,
        |stream| {
            let sign = |_| if stream.chance(0.5) { 1.0 } else { -1.0 };
            (0..units.len()).map(sign).collect()
        },
        signed,
    );
    let (low, high) = resample::ends(metric.name(), of_units, drawn, alpha)?;
    let (_, by_chance) = resample::ends(metric.name(), resample::mean(&chance), chance, alpha)?;
    let count = units.len() as f64;
    let wider = student_critical(alpha, count - 1.0) / normal_critical(alpha)
        * (count / (count - 1.0)).sqrt();
    let ends = (
        value - wider * (high - of_units).max(by_chance),
        value + wider * (of_units - low),
    );
    Ok(Estimate::new(value, ends, Method::Bootstrap))
}

/// The cell with its positive weight as far on the other side of what its score
/// says, if the sign is negative.
fn signed(sign: f64, cell: &Scored) -> [f64; 2] {
    let [negative, positive] = cell.weights;
    let expected = cell.score * (negative + positive);
    let positive = expected + sign * (positive - expected);
    [cell.weights[0] + cell.weights[1] - positive, positive]
}

/// The figures of cells whose units were each changed by a number of its own.
fn many(
    metric: &Metric,
    name: &str,
    units: &[Vec<Scored>],
    of_bins: &OfBins,
    confidence: &Confidence,
    mut draw: impl FnMut(&mut Stream) -> Vec<f64>,
    change: impl Fn(f64, &Scored) -> [f64; 2],
) -> Vec<f64> {
    let name = format!("{}/clusters/{name}", metric.name());
    let mut stream = confidence.streams.stream(&name);
    let mut cells = units.concat();
    let resample = |_| {
        let seen = units.iter().zip(draw(&mut stream));
        let changed = seen.flat_map(|(unit, by)| unit.iter().map(move |cell| (cell, by)));
        for (cell, (seen, by)) in cells.iter_mut().zip(changed) {
            cell.weights = change(by, seen);
        }
        of_bins.of_cells(&cells).unwrap_or(f64::NAN)
    };
    (0..confidence.resamples).map(resample).collect()
}
