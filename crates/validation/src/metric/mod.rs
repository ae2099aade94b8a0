//! Metrics by the names that spec authors type.
//!
//! A metric's file holds its definition, its source and its edge cases, as a
//! [`Family`]; [`families`] lists them all. A family says how its
//! figure follows from reduced rows; what interval belongs to
//! such a figure is decided in [`estimate`](Metric::estimate) and
//! [`compare`](Metric::compare), once for all metrics of a kind.

mod compare;
mod design_effect;
mod estimate;
mod formula;
mod highest;
mod labels;
mod name;
mod registry;

mod accuracy;
mod average_precision;
mod balanced_accuracy;
mod brier;
mod calibration_error;
mod cohen_kappa;
mod coverage;
mod f_beta;
mod hamming_loss;
mod interval_width;
mod lift;
mod log_loss;
mod map_at_k;
mod mape;
mod matthews;
mod mean_absolute_error;
mod mean_squared_error;
mod mrr;
mod ndcg;
mod pinball;
mod precision;
mod r2;
mod recall;
mod recall_at_alert_rate;
mod recall_at_precision;
mod roc_auc;
mod roc_auc_ovr;
mod specificity;
mod top_k;

pub use calibration_error::{ReliabilityBin, reliability_bins};
pub use compare::Difference;
pub use name::Average;
pub use registry::families;

use seatrial_rng::Streams;

use crate::Error;
pub(crate) use calibration_error::OfBins;
pub(crate) use formula::{Figure, Formula, Scored};

/// Which way a metric is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

/// What is said about a family of metrics.
#[derive(Debug)]
pub struct About {
    /// How it is spelt, the usual name first.
    pub names: &'static [&'static str],
    /// What may follow the name.
    pub variants: &'static str,
    /// What it is, with its edge cases.
    pub definition: &'static str,
    /// Where the definition comes from.
    pub source: &'static str,
    /// Which way it is better.
    pub direction: Direction,
    /// The values that it can take.
    pub range: (f64, f64),
}

/// A metric and its variants: macro averages, single classes, other parameters.
#[derive(Debug)]
pub struct Family {
    /// What is said about it.
    pub about: About,
    /// The formula of a variant; `None` if there is no such variant.
    build: fn(&name::Variant) -> Option<Formula>,
}

/// One metric, by name.
#[derive(Debug)]
pub struct Metric {
    name: String,
    about: &'static About,
    pub(crate) formula: Formula,
}

/// How sure intervals are, and what resampling draws from.
#[derive(Clone, Debug)]
pub struct Confidence {
    /// The chance that the true figure lies outside the two-sided interval.
    pub false_alarm: f64,
    /// How often to resample, where that is how an interval is made.
    pub resamples: usize,
    /// Where resampling draws from.
    pub streams: Streams,
}

impl Confidence {
    /// With two thousand resamples.
    pub fn new(false_alarm: f64, streams: Streams) -> Self {
        Self {
            false_alarm,
            resamples: 2000,
            streams,
        }
    }
}

impl Metric {
    /// The metric of this name, such as `accuracy`, `f1_macro`, `recall[spam]`.
    ///
    /// # Errors
    /// No metric has this name.
    pub fn parse(name: &str) -> Result<Self, Error> {
        let unknown = || Error::UnknownMetric(name.to_owned());
        let (base, variant) = name::split(name).ok_or_else(unknown)?;
        Self::build(name, &base, &variant)
    }

    fn build(name: &str, base: &str, variant: &name::Variant) -> Result<Self, Error> {
        families()
            .iter()
            .filter(|family| family.about.names.contains(&base))
            .find_map(|family| {
                Some(Self {
                    name: name.to_owned(),
                    about: &family.about,
                    formula: (family.build)(variant)?,
                })
            })
            .ok_or_else(|| Error::UnknownMetric(name.to_owned()))
    }

    /// The name that it was asked by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What is said about its family.
    pub fn about(&self) -> &'static About {
        self.about
    }

    /// The number a query that the metric is the mean of, for metrics of
    /// rankings: what [`Queries`](crate::evidence::Queries) are to be asked for.
    pub fn query(&self) -> Option<crate::evidence::Query> {
        match &self.formula {
            Formula::Query(query) => Some(*query),
            _ => None,
        }
    }

    pub(crate) fn formula(&self) -> &Formula {
        &self.formula
    }

    /// Which way it is better.
    pub fn direction(&self) -> Direction {
        self.about.direction
    }

    /// The values that it can take.
    pub fn range(&self) -> (f64, f64) {
        self.about.range
    }
}
