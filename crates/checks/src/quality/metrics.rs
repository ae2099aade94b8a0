//! Metrics as cases name them, and measurements as reports show them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use seatrial_spec::{Misfit, nearest_name};
use seatrial_validation::Metric;
use seatrial_validation::metric::families;
use serde::Deserialize;

use super::evidence::{Rows, Sliced};
use super::slices::Slicing;
use crate::check::{Failure, Outcome};

/// The name of a metric, known to exist: `accuracy`, `f1_macro`, `recall[spam]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
pub(super) struct MetricName(String);

impl TryFrom<String> for MetricName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        match Metric::parse(&name) {
            Ok(_) => Ok(Self(name)),
            Err(error) => {
                let known = families().iter().flat_map(|family| family.about.names);
                let known = known.copied();
                let part = |known: &&str| name.len() > 1 && known.contains(name.as_str());
                let help = nearest_name(&name, known.clone()).or_else(|| known.clone().find(part));
                Err(match help {
                    Some(help) => format!("{error}; did you mean `{help}`?"),
                    None => format!("{error}; docs/metrics.md has them all"),
                })
            }
        }
    }
}

impl MetricName {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The metric.
    pub fn metric(&self) -> Result<Metric, seatrial_validation::Error> {
        Metric::parse(&self.0)
    }
}

/// The metrics of these names.
pub(super) fn parsed<'a>(names: impl Iterator<Item = &'a MetricName>) -> Outcome<Vec<Metric>> {
    names
        .map(|name| name.metric())
        .collect::<Result<_, _>>()
        .map_err(|error| Failure::Case(error.to_string()))
}

/// A slice: what it is by, and which.
pub(super) type Slice<'a> = (&'a str, &'a str);

/// All rows, then those of each slice.
pub(super) fn everywhere<'a, R>(
    slicing: &'a Slicing,
    sliced: &'a Sliced<R>,
) -> Vec<(Option<Slice<'a>>, Rows<'a, R>)> {
    let mut all = vec![(None, sliced.all())];
    for (at, by) in slicing.by.iter().enumerate() {
        let named = sliced.of(at);
        all.extend(named.map(|(value, rows)| (Some((by.name.as_str(), value)), rows)));
    }
    all
}

/// A bound for each of some metrics.
pub(super) type Bounds = BTreeMap<MetricName, f64>;

/// Bounds that a metric can never reach, or never leave: percentages, most
/// often. `key` names the table in which they stand.
pub(super) fn out_of_range<'a>(
    key: &'a str,
    bounds: &'a Bounds,
) -> impl Iterator<Item = Misfit> + 'a {
    bounds.iter().filter_map(move |(name, bound)| {
        let (low, high) = name.metric().ok()?.range();
        let name = name.as_str();
        (*bound < low || *bound > high).then(|| {
            let lies = match high.is_finite() {
                true => format!("`{name}` lies from {low} to {high}"),
                false => format!("`{name}` is never below {low}"),
            };
            Misfit::at(
                format!("{key}.{name}"),
                format!("{lies}: a bound of {bound} tells nothing"),
            )
        })
    })
}

/// `accuracy[country=de]`, or `accuracy` of all rows.
pub(super) fn in_slice(metric: &str, slice: Option<Slice<'_>>) -> String {
    match slice {
        None => metric.to_owned(),
        Some((by, value)) => format!("{metric} [{by}={value}]"),
    }
}

/// The chance of a false alarm that each of `count` judgements may have so that
/// all together have `false_alarm` at most (Bonferroni).
pub(super) fn shared(false_alarm: f64, count: usize) -> f64 {
    false_alarm / count.max(1) as f64
}
