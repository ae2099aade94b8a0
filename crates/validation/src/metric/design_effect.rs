//! How much less several labels of one row say than as many labels of rows of their
//! own.

use crate::table::CoMoments;

/// By how much more a figure of all decisions varies than it would if the labels of
/// a row were independent: the design effect (Kish, 1965, section 8.2), from the
/// counts of each kind of decision a row, linearised about their means (Rao and
/// Scott, 1987). At least one; where the counts cannot tell, what it is if all
/// labels of a row say the same.
pub(super) fn design_effect(counts: &CoMoments, figure: impl Fn(&[f64]) -> Option<f64>) -> f64 {
    let means = counts.means();
    let labels: f64 = means.iter().sum();
    ratio(counts, labels, figure).map_or(labels, |ratio| ratio.clamp(1.0, labels.max(1.0)))
}

fn ratio(counts: &CoMoments, labels: f64, figure: impl Fn(&[f64]) -> Option<f64>) -> Option<f64> {
    let means = counts.means();
    let (here, step) = (figure(means)?, 1e-6 * labels);
    let slope = |kind: usize| {
        let mut moved = means.to_vec();
        moved[kind] += step;
        Some((figure(&moved)? - here) / step)
    };
    let slopes = (0..means.len()).map(slope).collect::<Option<Vec<f64>>>()?;
    let moment = |power: i32| -> f64 {
        let terms = means.iter().zip(&slopes);
        terms
            .map(|(mean, slope)| mean / labels * slope.powi(power))
            .sum()
    };
    // Of so many draws of one decision each.
    let independent = labels * (moment(2) - moment(1).powi(2)) / counts.mass().effective_rows();
    let ratio = counts.variance_along(&slopes)? / independent;
    ratio.is_finite().then_some(ratio)
}
