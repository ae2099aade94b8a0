//! Intervals for a rate: so many hits of so many rows.

use super::beta;
use super::student::normal_critical;
use crate::table::Mass;

/// Wilson's score interval (Wilson, 1927; Agresti and Coull, 1998): close to
/// the level that was asked for, on average over rates.
///
/// Weighted rows count as their effective number. (0, 1) without rows.
pub fn wilson(hits: Mass, of: Mass, false_alarm: f64) -> (f64, f64) {
    let rows = of.effective_rows();
    if rows <= 0.0 {
        return (0.0, 1.0);
    }
    let rate = (hits.weight / of.weight).clamp(0.0, 1.0);
    let z = normal_critical(false_alarm);
    let z2 = z * z / rows;
    let centre = (rate + z2 / 2.0) / (1.0 + z2);
    let half = (z / (1.0 + z2)) * (rate * (1.0 - rate) / rows + z2 / (4.0 * rows)).sqrt();
    // At the ends the formula is exact but for rounding.
    let low = if rate == 0.0 {
        0.0
    } else {
        (centre - half).max(0.0)
    };
    let high = if rate == 1.0 {
        1.0
    } else {
        (centre + half).min(1.0)
    };
    (low.min(rate), high.max(rate))
}

/// The exact interval (Clopper and Pearson, 1934): misses the true rate at most
/// as often as was asked for, whatever the rate and the number of rows.
///
/// Weighted rows count as their effective number, and then it is only nearly
/// exact. (0, 1) without rows.
pub fn clopper_pearson(hits: Mass, of: Mass, false_alarm: f64) -> (f64, f64) {
    let rows = of.effective_rows();
    if rows <= 0.0 {
        return (0.0, 1.0);
    }
    let rate = (hits.weight / of.weight).clamp(0.0, 1.0);
    let (hit, missed) = (rate * rows, (1.0 - rate) * rows);
    let low = if hit > 0.0 {
        beta::quantile(hit, missed + 1.0, false_alarm / 2.0)
    } else {
        0.0
    };
    let high = if missed > 0.0 {
        1.0 - beta::quantile(missed, hit + 1.0, false_alarm / 2.0)
    } else {
        1.0
    };
    (low.min(rate), high.max(rate))
}
