//! How sure a figure is.

pub(crate) mod beta;
mod delong;
mod mean;
mod rate;
pub(crate) mod student;

pub use delong::{Auc, delong};
pub(crate) use mean::unvaried;
pub use mean::{mean, mean_difference};
pub use rate::{clopper_pearson, wilson};

use serde::{Deserialize, Serialize};

use crate::Error;

/// A figure with an interval that holds the true one with the probability that
/// was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The figure for these rows.
    pub value: f64,
    /// Lower end; may be −∞ where nothing is known.
    pub low: f64,
    /// Upper end; may be ∞ where nothing is known.
    pub high: f64,
    /// How the interval was made.
    pub method: Method,
    /// By how much counting neighbouring scores as one may have moved the
    /// value, either way. The interval includes it. Zero of exact tables.
    pub hidden: f64,
}

impl Estimate {
    pub(crate) fn new(value: f64, (low, high): (f64, f64), method: Method) -> Self {
        // An end that is not a number is no end: `min` would put the value there.
        let low = if low.is_nan() { f64::NEG_INFINITY } else { low };
        let high = if high.is_nan() { f64::INFINITY } else { high };
        Self {
            value,
            // Rounding may put an end that is the value on its wrong side.
            low: low.min(value),
            high: high.max(value),
            method,
            hidden: 0.0,
        }
    }

    /// Wider by what cells may hide.
    pub(crate) fn hiding(mut self, hidden: f64) -> Self {
        self.hidden = hidden;
        self.low -= hidden;
        self.high += hidden;
        self
    }

    /// Cut to where the figure can be; the figure itself can be outside by
    /// rounding.
    pub(crate) fn within(mut self, (low, high): (f64, f64)) -> Self {
        self.value = self.value.clamp(low, high);
        self.low = self.low.clamp(low, high);
        self.high = self.high.clamp(low, high);
        self
    }

    /// Half the interval's width: the smallest effect that could be told from
    /// none.
    pub fn detectable(&self) -> f64 {
        (self.high - self.low) / 2.0
    }
}

/// How an interval was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Wilson's score interval for a rate.
    Wilson,
    /// Student's t for a mean, its skewness removed.
    StudentT,
    /// DeLong's variance of an area under the curve.
    DeLong,
    /// Quantiles of the figure over draws from the posterior of a table's cells.
    Posterior,
    /// Quantiles of the figure over resampled rows.
    Bootstrap,
    /// Bias-corrected and accelerated quantiles over resampled rows.
    Bca,
    /// The variance of a smooth function of means.
    Delta,
    /// The score interval for a difference of paired rates.
    Tango,
    /// Averages of the ends of several intervals.
    Averaged,
    /// Student's t over clusters, each left out in turn.
    Jackknife,
    /// Student's t for runs that share training rows.
    CorrectedT,
    /// The intervals of several rates, put together.
    Recovered,
    /// Too few rows for any: the whole range.
    Unknown,
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Method::Wilson => "Wilson",
            Method::StudentT => "Student's t, skewness removed",
            Method::DeLong => "DeLong",
            Method::Posterior => "posterior of the confusion matrix",
            Method::Bootstrap => "bootstrap",
            Method::Bca => "BCa bootstrap",
            Method::Delta => "delta method",
            Method::Tango => "Tango",
            Method::Averaged => "averaged ends",
            Method::Jackknife => "jackknife over clusters",
            Method::Recovered => "Wilson, put together",
            Method::CorrectedT => "corrected resampled t",
            Method::Unknown => "unknown: too few rows",
        })
    }
}

/// How large a share may be of what was seen in none of so many rows: the other
/// end of Wilson's interval, and of Tango's.
pub(crate) fn unseen(rows: f64, false_alarm: f64) -> f64 {
    let z = student::normal_critical(false_alarm);
    z * z / (rows + z * z)
}

/// Half the width of the interval of a difference of two versions that say the
/// same of all rows, from the intervals of each of them alone. In as many rows as may
/// go [`unseen`] they may differ yet; if those were ranked anew, with no regard to
/// how they were before, the variance of the difference would be twice that share
/// of one version's.
pub(crate) fn half_of_equal(alone: [Estimate; 2], rows: f64, false_alarm: f64) -> f64 {
    let share = unseen(rows, false_alarm);
    let [a, b] = alone.map(|version| 0.5 * (version.high - version.low));
    (2.0 * share).sqrt() * a.max(b)
}

/// Refuses an error rate that is not strictly between 0 and 1.
pub(crate) fn check_rate(false_alarm: f64) -> Result<(), Error> {
    if false_alarm > 0.0 && false_alarm < 1.0 {
        Ok(())
    } else {
        Err(Error::Argument {
            argument: "false_alarm",
            found: false_alarm,
            expected: "between 0 and 1, both excluded",
        })
    }
}
