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
    let low = value - error * unskewed(critical, skewness, rows);
    let high = value - error * unskewed(-critical, skewness, rows);
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
