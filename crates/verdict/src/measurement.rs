//! Named numbers with units, and curves.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Bound;
use crate::bound::Number;

/// One number that a check found, with what was allowed.
///
/// Numbers that JSON cannot hold are written as `null`, and `status` tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// What was measured, in snake case, unit last where it has one.
    pub name: String,
    /// The value; for a mean over runs, the mean.
    #[serde(deserialize_with = "nan_from_null")]
    pub value: f64,
    /// Such as `nats`, `s`, `rows`, `calls`; `1` for a plain number.
    pub unit: String,
    /// Where it must lie; without one, it is shown and not judged.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bound: Option<Bound>,
    /// Lower end of the interval that the bound applies to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub low: Option<f64>,
    /// Upper end of that interval.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub high: Option<f64>,
}

impl Measurement {
    /// A plain number, not judged.
    pub fn new(name: impl Into<String>, value: f64) -> Self {
        Self {
            name: name.into(),
            value,
            unit: "1".into(),
            bound: None,
            low: None,
            high: None,
        }
    }

    /// With this unit.
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = unit.into();
        self
    }

    /// Judged against this bound.
    pub fn bound(mut self, bound: Bound) -> Self {
        self.bound = Some(bound);
        self
    }

    /// With an interval: the bound then applies to all of it.
    pub fn interval(mut self, low: f64, high: f64) -> Self {
        self.low = Some(low);
        self.high = Some(high);
        self
    }
}

impl fmt::Display for Measurement {
    /// `loss_ratio 0.83 [0.81, 0.85], expected ≤ 0.7`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, Number(self.value))?;
        if self.unit != "1" {
            write!(f, " {}", self.unit)?;
        }
        if let (Some(low), Some(high)) = (self.low, self.high) {
            write!(f, " [{}, {}]", Number(low), Number(high))?;
        }
        if let Some(bound) = self.bound {
            write!(f, ", expected {bound}")?;
        }
        Ok(())
    }
}

/// A curve: one value a step, such as the loss of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// What it shows, such as `loss run=2`.
    pub name: String,
    /// Name of the horizontal axis, such as `step`.
    pub x: String,
    /// Values, at x = 0, 1, 2 …
    #[serde(deserialize_with = "nans_from_nulls")]
    pub values: Vec<f64>,
    /// Where the values must come to lie, in the end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bound: Option<Bound>,
}

impl Series {
    /// A curve over steps.
    pub fn over_steps(name: impl Into<String>, values: Vec<f64>) -> Self {
        Self::over("step", name, values)
    }

    /// A curve over this axis.
    pub fn over(x: impl Into<String>, name: impl Into<String>, values: Vec<f64>) -> Self {
        Self {
            name: name.into(),
            x: x.into(),
            values,
            bound: None,
        }
    }

    /// With where the values must come to lie, in the end.
    pub fn bound(mut self, bound: Bound) -> Self {
        self.bound = Some(bound);
        self
    }
}

pub(crate) fn nan_from_null<'de, D: serde::Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or(f64::NAN))
}

pub(crate) fn nans_from_nulls<'de, D: serde::Deserializer<'de>>(
    from: D,
) -> Result<Vec<f64>, D::Error> {
    let values = Vec::<Option<f64>>::deserialize(from)?;
    Ok(values.into_iter().map(|v| v.unwrap_or(f64::NAN)).collect())
}
