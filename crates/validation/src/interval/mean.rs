//! The interval of a mean of one number a row.

use super::student::student_critical;
use super::{Estimate, Method, rate};
use crate::Error;
use crate::table::{Mass, Moments};

/// The mean of numbers that lie in `range`, with an interval by Student's t
/// after the transformation that removes the skewness of the numbers (Hall,
/// 1992, section 2, the cubic one). For symmetric numbers it is Student's.
///
/// Where all numbers are equal and at an end of their finite range, the
/// interval is Wilson's, since a few perfect rows prove no perfection. With
/// fewer than two effective rows it is the whole range.
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
    let width = range.1 - range.0;
    if squared_error == 0.0 && width.is_finite() && (value == range.0 || value == range.1) {
        let of = moments.mass();
        let hits = Mass {
            weight: of.weight * (value - range.0) / width,
            squared: of.squared,
        };
        let (low, high) = rate::wilson(hits, of, false_alarm);
        let ends = (range.0 + low * width, range.0 + high * width);
        return Ok(Estimate::new(value, ends, Method::Wilson));
    }
    let rows = moments.mass().effective_rows();
    let critical = student_critical(false_alarm, rows - 1.0);
    let error = squared_error.sqrt();
    let skewness = moments.skewness();
    let low = value - error * unskewed(critical, skewness, rows);
    let high = value - error * unskewed(-critical, skewness, rows);
    Ok(Estimate::new(value, (low, high), Method::StudentT).within(range))
}

/// The t at which Hall's transformed statistic has this value.
fn unskewed(transformed: f64, skewness: f64, rows: f64) -> f64 {
    let g = skewness / rows.sqrt();
    if g.abs() < 1e-6 {
        return transformed;
    }
    3.0 / g * ((1.0 + g * (transformed - g / 6.0)).cbrt() - 1.0)
}
