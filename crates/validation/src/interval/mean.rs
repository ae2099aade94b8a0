//! The interval of a mean of one number a row.

use super::student::student_critical;
use super::{Estimate, Method, unseen};
use crate::Error;
use crate::table::Moments;

/// The mean of numbers that lie in `range`, with an interval by Student's t
/// after the transformation that removes the skewness of the numbers (Hall,
/// 1992, section 2, the cubic one). For symmetric numbers it is Student's.
///
/// Where all numbers are equal, the interval is Wilson's for a share of rows in
/// which none of this number was seen: a few perfect rows prove no perfection.
/// With fewer than two effective rows it is the whole range.
///
/// # Errors
/// No rows.
pub fn mean(moments: &Moments, range: (f64, f64), false_alarm: f64) -> Result<Estimate, Error> {
    with_ends(moments, range, false_alarm, unskewed)
}

/// The mean difference of two versions' numbers, which may be of either sign.
///
/// Such differences are about symmetric and have long tails. The skewness of a
/// sample of them is luck then, the same that moved its mean, and to remove it
/// would draw in the end that matters: each end is the further one of [`mean`]'s
/// and Student's.
///
/// # Errors
/// No rows.
pub fn mean_difference(moments: &Moments, false_alarm: f64) -> Result<Estimate, Error> {
    let everything = (f64::NEG_INFINITY, f64::INFINITY);
    with_ends(moments, everything, false_alarm, |t, skewness, rows| {
        let without = unskewed(t, skewness, rows);
        if without.abs() <= t.abs() { t } else { without }
    })
}

/// `at` is the t of an end, from Student's, the skewness and the rows.
fn with_ends(
    moments: &Moments,
    range: (f64, f64),
    false_alarm: f64,
    at: impl Fn(f64, f64, f64) -> f64,
) -> Result<Estimate, Error> {
    let value = moments
        .mean()
        .ok_or_else(|| Error::undefined("the mean", "there are no rows with weight"))?;
    let Some(squared_error) = moments.squared_error_of_mean() else {
        return Ok(Estimate::new(value, range, Method::Unknown));
    };
    let rows = moments.mass().effective_rows();
    if squared_error == 0.0 {
        return Ok(unvaried(value, range, rows, false_alarm));
    }
    let critical = student_critical(false_alarm, rows - 1.0);
    let error = squared_error.sqrt();
    let skewness = moments.skewness();
    let low = value - error * at(critical, skewness, rows);
    let high = value - error * at(-critical, skewness, rows);
    Ok(Estimate::new(value, (low, high), Method::StudentT).within(range))
}

/// Of rows, or clusters of them, that all say the same: as large a share as may not
/// have been seen could say anything else that there is. Numbers without an end are
/// taken to lie as far off as this one is large, and at least one; those that may be
/// of either sign are differences, and equal ones are of versions that say the same.
pub(crate) fn unvaried(value: f64, range: (f64, f64), rows: f64, false_alarm: f64) -> Estimate {
    let share = unseen(rows, false_alarm);
    if range.0.is_infinite() && range.1.is_infinite() {
        return Estimate::new(value, (value, value), Method::StudentT);
    }
    let far = value.abs().max(1.0);
    let (lowest, highest) = (range.0.max(value - far), range.1.min(value + far));
    let ends = (
        value - share * (value - lowest),
        value + share * (highest - value),
    );
    Estimate::new(value, ends, Method::Wilson)
}

/// The t at which Hall's transformed statistic has this value.
fn unskewed(transformed: f64, skewness: f64, rows: f64) -> f64 {
    let g = skewness / rows.sqrt();
    if g.abs() < 1e-6 {
        return transformed;
    }
    3.0 / g * ((1.0 + g * (transformed - g / 6.0)).cbrt() - 1.0)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn skewness_draws_no_end_of_a_difference_in() {
        let mut moments = Moments::new();
        let values = [0.1, -0.2, 0.05, -0.1, 0.15, -0.05, 0.2, 2.0];
        moments.update(&values, None).unwrap();
        let everything = (f64::NEG_INFINITY, f64::INFINITY);
        let one = mean(&moments, everything, 0.05).unwrap();
        let two = mean_difference(&moments, 0.05).unwrap();
        let half = student_critical(0.05, 7.0) * moments.squared_error_of_mean().unwrap().sqrt();
        // Without the skewness to the right, the mean could be less far below.
        assert!(two.low < one.low && (two.value - two.low - half).abs() < 1e-12);
        assert_eq!(two.high, one.high);
    }
}
