//! Curves that are looked at: how a ranking trades one error for the other.
//!
//! They are for the eye. What is judged are the areas under them, which the
//! metrics take from every row.

use crate::Error;
use crate::evidence::Evidence;
use crate::table::ScoreTable;

/// Steps of an axis that a curve has points for: more are not seen.
const STEPS: f64 = 100.0;

/// The ROC curve: false positive rate and true positive rate at each threshold,
/// from the strictest, thinned to what is seen.
///
/// # Errors
/// The rows have no scores, or are all of one class.
pub fn roc(evidence: Evidence) -> Result<Vec<(f64, f64)>, Error> {
    let name = "a ROC curve";
    let table = scores(evidence, name)?;
    let [negative, positive] = table.totals().map(|mass| mass.weight);
    if negative <= 0.0 || positive <= 0.0 {
        return Err(Error::undefined(name, "all rows are of one class"));
    }
    let mut points = vec![(0.0, 0.0)];
    let (mut wrong, mut right) = (0.0, 0.0);
    let mut kept = (0.0, 0.0);
    for cell in table.cells().iter().rev() {
        wrong += cell.mass[0].weight;
        right += cell.mass[1].weight;
        let point = (wrong / negative, right / positive);
        // Both rates only rise: a point for every step of either loses nothing.
        if (point.0 - kept.0).max(point.1 - kept.1) >= 1.0 / STEPS {
            points.push(point);
            kept = point;
        }
    }
    if kept != (1.0, 1.0) {
        points.push((1.0, 1.0));
    }
    Ok(points)
}

/// Recall and precision at each threshold, from the strictest, thinned to what
/// is seen: of every step of recall the first, lowest, highest and last precision.
///
/// # Errors
/// The rows have no scores, or none is positive.
pub fn precision_recall(evidence: Evidence) -> Result<Vec<(f64, f64)>, Error> {
    let name = "a curve of precision and recall";
    let table = scores(evidence, name)?;
    let positive = table.totals()[1].weight;
    if positive <= 0.0 {
        return Err(Error::undefined(name, "no row is positive"));
    }
    let (mut wrong, mut right) = (0.0, 0.0);
    let mut points: Vec<(f64, f64)> = Vec::new();
    let mut stretch: Vec<(f64, f64)> = Vec::new();
    for cell in table.cells().iter().rev() {
        wrong += cell.mass[0].weight;
        right += cell.mass[1].weight;
        let taken = wrong + right;
        if taken <= 0.0 {
            continue;
        }
        let point = (right / positive, right / taken);
        if points.is_empty() && stretch.is_empty() {
            // From the axis: below the first threshold nothing else is known.
            points.push((0.0, point.1));
        }
        let step = |point: &(f64, f64)| (point.0 * STEPS).floor();
        if stretch
            .first()
            .is_some_and(|first| step(first) < step(&point))
        {
            points.extend(extremes(&stretch));
            stretch.clear();
        }
        stretch.push(point);
    }
    points.extend(extremes(&stretch));
    Ok(points)
}

/// The first, the lowest, the highest and the last point, in their order.
fn extremes(stretch: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let places = 0..stretch.len();
    let by = |a: &usize, b: &usize| stretch[*a].1.total_cmp(&stretch[*b].1);
    let (lowest, highest) = (places.clone().min_by(by), places.clone().max_by(by));
    let ends = [places.clone().next(), places.last()];
    let mut kept: Vec<usize> = ends
        .into_iter()
        .chain([lowest, highest])
        .flatten()
        .collect();
    kept.sort_unstable();
    kept.dedup();
    kept.into_iter().map(|place| stretch[place]).collect()
}

fn scores<'a>(evidence: Evidence<'a>, name: &str) -> Result<&'a ScoreTable, Error> {
    let table = evidence.scores().ok_or_else(|| Error::Needs {
        metric: name.to_owned(),
        needs: "scores of a positive class",
        given: evidence.kind(),
    })?;
    table.finished(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Binary, BinaryOptions};

    fn rows(count: usize, label: impl Fn(usize) -> bool) -> Binary {
        let mut table = Binary::new(BinaryOptions::default());
        let scores: Vec<f64> = (0..count).map(|row| row as f64 / count as f64).collect();
        let labels: Vec<bool> = (0..count).map(label).collect();
        let updated = table.update(&scores, &labels, None);
        assert!(updated.is_ok());
        table.finish()
    }

    #[test]
    fn a_curve_goes_from_corner_to_corner_in_few_points_that_only_rise() {
        let table = rows(100_000, |row| row % 3 == 0 || row > 70_000);
        let curve = roc(Evidence::Binary(&table)).unwrap_or_default();
        assert_eq!((curve[0], curve[curve.len() - 1]), ((0.0, 0.0), (1.0, 1.0)));
        assert!(curve.len() <= 203, "{}", curve.len());
        assert!(
            curve
                .windows(2)
                .all(|pair| pair[0].0 <= pair[1].0 && pair[0].1 <= pair[1].1)
        );
        let recalls = precision_recall(Evidence::Binary(&table)).unwrap_or_default();
        assert_eq!(recalls[0].0, 0.0);
        assert!(recalls.len() <= 405, "{}", recalls.len());
        assert!(recalls.windows(2).all(|pair| pair[0].0 <= pair[1].0));
        assert_eq!(recalls[recalls.len() - 1].0, 1.0);
    }

    #[test]
    fn the_area_under_the_points_is_the_metrics() {
        let table = rows(1_000, |row| row % 3 == 0 || row > 700);
        let evidence = Evidence::Binary(&table);
        let curve = roc(evidence).unwrap_or_default();
        let area: f64 = curve
            .windows(2)
            .map(|pair| (pair[1].0 - pair[0].0) * (pair[0].1 + pair[1].1) / 2.0)
            .sum();
        let metric = crate::Metric::parse("roc_auc").and_then(|metric| metric.value(evidence));
        assert!((area - metric.unwrap_or(f64::NAN)).abs() < 0.005, "{area}");
    }

    #[test]
    fn one_class_has_no_curve() {
        let table = rows(10, |_| true);
        assert!(roc(Evidence::Binary(&table)).is_err());
        assert!(precision_recall(Evidence::Binary(&table)).is_ok());
        let table = rows(10, |_| false);
        assert!(precision_recall(Evidence::Binary(&table)).is_err());
    }
}
