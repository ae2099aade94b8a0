//! Where a measurement must lie.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::measurement::nan_from_null;

/// The set of values that a measurement may take. Every bound is closed but
/// [`Below`](Bound::Below) and [`Above`](Bound::Above); none contains NaN or
/// an infinity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// x ≤ bound.
    AtMost(#[serde(deserialize_with = "nan_from_null")] f64),
    /// x ≥ bound.
    AtLeast(#[serde(deserialize_with = "nan_from_null")] f64),
    /// x < bound.
    Below(#[serde(deserialize_with = "nan_from_null")] f64),
    /// x > bound.
    Above(#[serde(deserialize_with = "nan_from_null")] f64),
    /// low ≤ x ≤ high.
    Between(
        #[serde(deserialize_with = "nan_from_null")] f64,
        #[serde(deserialize_with = "nan_from_null")] f64,
    ),
    /// x = bound, exactly.
    Equal(#[serde(deserialize_with = "nan_from_null")] f64),
}

/// How an interval lies against a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// All of it is allowed.
    Inside,
    /// None of it is allowed.
    Outside,
    /// Some of it is.
    Spanning,
}

impl Bound {
    /// Whether this value is allowed. Never for a value that is not finite.
    pub fn allows(&self, value: f64) -> bool {
        value.is_finite()
            && match *self {
                Bound::AtMost(high) => value <= high,
                Bound::AtLeast(low) => value >= low,
                Bound::Below(high) => value < high,
                Bound::Above(low) => value > low,
                Bound::Between(low, high) => low <= value && value <= high,
                Bound::Equal(target) => value == target,
            }
    }

    /// Where what is allowed begins and ends, if it does.
    pub fn ends(&self) -> (Option<f64>, Option<f64>) {
        match *self {
            Bound::AtMost(high) | Bound::Below(high) => (None, Some(high)),
            Bound::AtLeast(low) | Bound::Above(low) => (Some(low), None),
            Bound::Between(low, high) => (Some(low), Some(high)),
            Bound::Equal(target) => (Some(target), Some(target)),
        }
    }

    /// How the interval [low, high] lies. An interval with an end that is not
    /// finite is at best spanning.
    pub fn place(&self, low: f64, high: f64) -> Placement {
        if self.allows(low) && self.allows(high) {
            // Every bound is convex: both ends in means all in.
            return Placement::Inside;
        }
        let meets = match *self {
            Bound::AtMost(bound) => low <= bound,
            Bound::AtLeast(bound) => high >= bound,
            Bound::Below(bound) => low < bound,
            Bound::Above(bound) => high > bound,
            Bound::Between(from, to) => low <= to && high >= from,
            Bound::Equal(target) => low <= target && target <= high,
        };
        if meets {
            Placement::Spanning
        } else {
            Placement::Outside
        }
    }

    /// How far the value is from the bound, on the wrong side of it: zero if
    /// it is allowed or is itself the excluded end, infinite if it is
    /// infinite, NaN if it is not a number.
    pub fn missed_by(&self, value: f64) -> f64 {
        if value.is_infinite() {
            return f64::INFINITY;
        }
        match *self {
            Bound::AtMost(high) | Bound::Below(high) => (value - high).max_or_nan(),
            Bound::AtLeast(low) | Bound::Above(low) => (low - value).max_or_nan(),
            Bound::Between(low, high) if low.is_nan() || high.is_nan() => f64::NAN,
            Bound::Between(low, high) => (low - value).max(value - high).max_or_nan(),
            Bound::Equal(target) => (value - target).abs(),
        }
    }
}

trait MaxOrNan {
    fn max_or_nan(self) -> f64;
}

impl MaxOrNan for f64 {
    /// `max(0.0)` that keeps NaN, where `f64::max` would hide it.
    fn max_or_nan(self) -> f64 {
        if self.is_nan() { self } else { self.max(0.0) }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Bound::AtMost(high) => write!(f, "≤ {}", Number(high)),
            Bound::AtLeast(low) => write!(f, "≥ {}", Number(low)),
            Bound::Below(high) => write!(f, "< {}", Number(high)),
            Bound::Above(low) => write!(f, "> {}", Number(low)),
            Bound::Between(low, high) => write!(f, "in [{}, {}]", Number(low), Number(high)),
            Bound::Equal(target) => write!(f, "= {}", Number(target)),
        }
    }
}

/// A number as people read it: five significant digits, no needless zeros.
#[derive(Clone, Copy, Debug)]
pub struct Number(pub f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let x = self.0;
        let magnitude = x.abs();
        if x == 0.0 || !x.is_finite() || (x.fract() == 0.0 && magnitude < 1e9) {
            return write!(f, "{x}");
        }
        if !(1e-4..1e9).contains(&magnitude) {
            return write!(f, "{x:.4e}");
        }
        let decimals = (4 - magnitude.log10().floor() as i32).clamp(0, 9) as usize;
        let text = format!("{x:.decimals$}");
        let text = if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.')
        } else {
            &text
        };
        f.write_str(text)
    }
}
