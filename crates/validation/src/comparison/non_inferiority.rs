//! Is the candidate worse by more than a margin?

use serde::{Deserialize, Serialize};

use crate::interval::Estimate;
use crate::metric::Direction;

/// What the rows say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ruling {
    /// Not worse by more than the margin.
    Pass,
    /// Worse by more than the margin.
    Fail,
    /// These rows cannot tell.
    Inconclusive,
}

/// A ruling, and what it would take to get one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NonInferiority {
    /// What the rows say.
    pub ruling: Ruling,
    /// By how much the candidate is worse: negative when it is better.
    pub worse_by: f64,
    /// The interval of that.
    pub worse_by_interval: (f64, f64),
    /// About how many rows more would decide, if the difference stays what it
    /// is; `None` when decided, or when it lies on the margin.
    pub rows_needed: Option<u64>,
}

/// Rules on candidate less previous against a margin, in the units of the
/// metric and whatever its sign: passes when all of the interval is better than
/// the margin allows, fails when none of it is (Piaggio et al., 2012).
///
/// With a two-sided interval that misses with probability α, a candidate that
/// is worse by exactly the margin passes with a chance of at most α / 2, and
/// one that is not worse by more than it fails with a chance of at most α / 2.
///
/// Anything that is not a number is inconclusive.
pub fn non_inferiority(
    difference: &Estimate,
    direction: Direction,
    margin: f64,
    rows: u64,
) -> NonInferiority {
    let (worse_by, low, high) = match direction {
        // Taken from zero, since there is no minus in no difference.
        Direction::Higher => (
            0.0 - difference.value,
            0.0 - difference.high,
            0.0 - difference.low,
        ),
        Direction::Lower => (difference.value, difference.low, difference.high),
    };
    let finite = worse_by.is_finite() && margin.is_finite();
    let ruling = if finite && high <= margin {
        Ruling::Pass
    } else if finite && low > margin {
        Ruling::Fail
    } else {
        Ruling::Inconclusive
    };
    let rows_needed = (ruling == Ruling::Inconclusive)
        .then(|| rows_needed(worse_by, (low, high), margin, rows))
        .flatten();
    NonInferiority {
        ruling,
        worse_by,
        worse_by_interval: (low, high),
        rows_needed,
    }
}

/// An interval's distances shrink with the square root of the rows.
fn rows_needed(worse_by: f64, (low, high): (f64, f64), margin: f64, rows: u64) -> Option<u64> {
    let apart = (margin - worse_by).abs();
    let reach = if worse_by < margin {
        high - worse_by
    } else {
        worse_by - low
    };
    let needed = (rows as f64 * (reach / apart).powi(2)).ceil();
    let more = needed - rows as f64;
    (more.is_finite() && more > 0.0 && more < 1e15).then_some(more as u64)
}
