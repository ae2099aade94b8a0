//! Do two versions differ in how often they are right?

use crate::Error;
use crate::interval::beta;

/// The exact two-sided p-value of McNemar (1947) from the rows that only the
/// first version, and only the second, decided rightly: under equal rates each
/// such row is a fair coin.
///
/// 1 where no row differs.
pub fn mcnemar(only_first: u64, only_second: u64) -> f64 {
    let rows = only_first + only_second;
    if rows == 0 {
        return 1.0;
    }
    let fewer = only_first.min(only_second) as f64;
    // P(X ≤ k) of n fair coins is I at a half of (n − k, k + 1).
    let tail = beta::regularised(rows as f64 - fewer, fewer + 1.0, 0.5);
    (2.0 * tail).min(1.0)
}

/// About how many rows it takes to tell two versions apart that are each right
/// alone in such shares of the rows, with a chance of `power` (Connor, 1987).
/// `None` if the shares are equal.
///
/// # Errors
/// A share that is negative, or shares that add up to more than one.
pub fn mcnemar_rows(
    only_first: f64,
    only_second: f64,
    false_alarm: f64,
    power: f64,
) -> Result<Option<u64>, Error> {
    let apart = (only_first - only_second).abs();
    let differing = only_first + only_second;
    if !(only_first >= 0.0 && only_second >= 0.0 && differing <= 1.0) {
        return Err(Error::Argument {
            argument: "share",
            found: only_first.min(only_second),
            expected: "not negative, and with the other at most 1",
        });
    }
    if apart == 0.0 {
        return Ok(None);
    }
    let z = crate::interval::student::normal_critical(false_alarm);
    let reach = crate::interval::student::normal_quantile(power);
    let sum = z * differing.sqrt() + reach * (differing - apart * apart).max(0.0).sqrt();
    let rows = (sum / apart).powi(2).ceil();
    Ok((rows < 1e18).then_some(rows as u64))
}
