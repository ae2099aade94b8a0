//! `no-regression`: the candidate is not worse than the version before.

mod planted;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use seatrial_data::predictions::{Predictions, Task};
use seatrial_spec::{Count, Fraction, NonNegative, Shape};
use seatrial_validation::comparison::{Ruling, non_inferiority};
use seatrial_validation::metric::Confidence;
use seatrial_verdict::{Bound, Figure, Measurement, Verdict};
use serde::Deserialize;

use super::evidence::{Rows, Two, reduce_two};
use super::figures::{self, InSlice};
use super::metrics::{MetricName, everywhere, in_slice, parsed, shared};
use super::slices::Slicing;
use super::subject::{
    Compared, DatasetName, FIRST_RELEASE, Named, PackageName, PipelineName, PredictionsName,
    PreviousName, compared, judged,
};
use crate::check::Failure;
use crate::evidence::{conclude, constant};
use crate::{About, Chapter, Check, Context, Outcome, Planted};

/// A metric is not worse than the previous version's by more than a margin.
///
/// Both versions are asked about the same rows, paired by key, so that what is
/// hard for both cancels out; rankings of the same documents are compared query by
/// query. It passes when the interval of the difference lies
/// within the margin, fails when it lies beyond, and is inconclusive in between;
/// it then says how many more rows would decide. Which way a metric is better is
/// known to it, whatever its sign.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NoRegression {
    /// The table of predictions to judge. Give this, or a `package` or a
    /// `pipeline`, whose predictions are made here.
    predictions: Option<PredictionsName>,
    /// A package that a pipeline made: it is asked about the rows of `dataset`.
    package: Option<PackageName>,
    /// A pipeline: it runs, and its package is asked about the rows of `dataset`,
    /// or, where none is named, about those that its split kept apart.
    pipeline: Option<PipelineName>,
    /// The rows that a package or a pipeline is asked about.
    dataset: Option<DatasetName>,
    /// The version before: other `predictions`, another package or pipeline, a path
    /// to a table of the same columns or to a package, or `blessed`, the last that
    /// the gate let through. Without one, `first_release = true` lets the case be
    /// skipped.
    previous: Option<PreviousName>,
    /// What is compared, spelt as in `quality`.
    metric: Option<MetricName>,
    /// By how much the candidate may be worse, in the metric's unit. Give this
    /// or `margin_relative`: no default fits every metric.
    margin: Option<NonNegative>,
    /// By how much the candidate may be worse, as a part of the size of the
    /// previous version's figure, whatever its sign.
    margin_relative: Option<Fraction>,
    /// Several metrics, each with its margin, instead of `metric` and `margin`:
    /// `margins = { accuracy = 0.01, log_loss = 0.02 }`.
    margins: BTreeMap<MetricName, NonNegative>,
    /// What rows are sliced by, as in `quality`: no slice may be worse either.
    slices: Vec<String>,
    /// The edges between slices of a column of numbers, as in `quality`.
    buckets: BTreeMap<String, Vec<f64>>,
    /// Slices of fewer rows than this are judged together, as one slice: a few rows
    /// cannot tell by themselves.
    slice_rows_min: Count,
    /// The chance that a version which is worse by the margin and no more fails,
    /// shared among all slices; and that one which is just beyond it passes.
    false_alarm: Fraction,
}

/// Bins of the reliability diagram.
const RELIABILITY_BINS: usize = 15;

impl Default for NoRegression {
    fn default() -> Self {
        Self {
            predictions: None,
            package: None,
            pipeline: None,
            dataset: None,
            previous: None,
            metric: None,
            margin: None,
            margin_relative: None,
            margins: BTreeMap::new(),
            slices: Vec::new(),
            buckets: BTreeMap::new(),
            slice_rows_min: constant(1.0),
            false_alarm: constant(0.01),
        }
    }
}

impl Check for NoRegression {
    const ABOUT: About = About {
        name: "no-regression",
        chapter: Chapter::Quality,
        figure: include_str!("figures/no-regression.txt"),
        needs: &[],
        method: "Non-inferiority (Piaggio et al., 2012) by the interval of the paired difference: \
                 Tango's score interval for rates, DeLong for correlated areas under the curve, \
                 Student's t of the difference of losses, draws over joint cells otherwise.",
        error_rates: "A version that is worse by exactly the margin fails with a chance of at \
                      most `false_alarm` / 2, and passes with one of at most `false_alarm` / 2, \
                      over all slices together. What it could miss is half the width of the \
                      interval, which is shown.",
    };

    fn shape() -> Shape {
        Shape::of::<Self>().holding(|check: &Self| {
            let named = Named {
                predictions: check.predictions.is_some(),
                package: check.package.is_some(),
                pipeline: check.pipeline.is_some(),
                dataset: check.dataset.is_some(),
            };
            named.misfits()
        })
    }

    fn run(&self, context: &Context) -> Outcome {
        judged(context, self.compare(context))
    }

    fn planted() -> Planted {
        planted::PLANTED
    }
}

impl NoRegression {
    fn compare(&self, context: &Context) -> Outcome {
        let needs = |what: &str| Failure::Case(format!("name {what}"));
        let asked = self.asked()?;
        let which = self.previous.as_ref();
        let which = which.ok_or_else(|| {
            needs("the `previous` version: the name of another, a path, or `blessed`")
        })?;
        let (versions, name) = match compared(context, which.which())? {
            Compared::Versions(versions, name) => (versions, name),
            Compared::First if context.case.first_release => {
                return Ok(Verdict::skipped(FIRST_RELEASE));
            }
            Compared::First => {
                return Ok(Verdict::fail(
                    "there is no blessed version to compare with. If this is the first release, \
                     say so: first_release = true",
                ));
            }
        };
        let (candidate, before) = *versions;
        alike(&candidate, &before)?;
        let slicing = Slicing::new(&candidate, &self.slices, &self.buckets)?;
        let stopped = || context.host.stopped();
        let metrics = parsed(asked.iter().map(|(metric, _)| *metric))?;
        let mut sliced = reduce_two(&candidate, &before, &slicing, &metrics, &stopped)?;
        sliced
            .pool(&slicing.by, self.slice_rows_min.get())
            .map_err(|error| Failure::Case(error.to_string()))?;
        let all = everywhere(&slicing, &sliced);
        let alpha = shared(self.false_alarm.get(), all.len() * asked.len());
        let confidence = Confidence::new(alpha, context.streams(0).child("resamples"));
        let mut report = Report {
            counts: candidate.task().counts(),
            ..Report::default()
        };
        for (slice, rows) in all {
            for (metric, margin) in &asked {
                one(metric, *margin, slice, &rows, &confidence, &mut report)?;
            }
        }
        let pair = sliced.whole.paired();
        let versions = [
            ("candidate", pair.candidate()),
            ("previous", pair.previous()),
        ];
        let looks: Vec<Figure> = report
            .shown
            .into_iter()
            .filter_map(|(metric, all)| figures::slices(&format!("how much worse: {metric}"), all))
            .chain(figures::rankings(&versions))
            .chain(figures::reliability(&versions, RELIABILITY_BINS))
            .collect();
        let verdict = conclude(context, report.measurements, report.found).with_figures(looks);
        let needed = report.needed.join("\n");
        Ok(verdict
            .with_hint(needed)
            .with_hint(format!("compared with {name}")))
    }

    /// The metrics to compare, each with its margin.
    fn asked(&self) -> Outcome<Vec<(&MetricName, Margin)>> {
        let needs = |what: &str| Failure::Case(format!("name {what}"));
        let one = match (&self.metric, self.margin, self.margin_relative) {
            (None, None, None) => None,
            (None, ..) => return Err(needs("the `metric` that the margin is of")),
            (Some(metric), Some(margin), None) => Some((metric, Margin::Absolute(margin.get()))),
            (Some(metric), None, Some(part)) => Some((metric, Margin::Relative(part.get()))),
            (Some(_), ..) => return Err(needs("either `margin` or `margin_relative`")),
        };
        let several = self.margins.iter();
        let several = several.map(|(metric, margin)| (metric, Margin::Absolute(margin.get())));
        let asked: Vec<_> = one.into_iter().chain(several).collect();
        if asked.is_empty() {
            return Err(needs("the `metric` to compare, or several in `margins`"));
        }
        Ok(asked)
    }
}

/// By how much a version may be worse.
#[derive(Clone, Copy)]
enum Margin {
    /// In the metric's unit.
    Absolute(f64),
    /// As a part of the size of the previous version's figure.
    Relative(f64),
}

fn one(
    name: &MetricName,
    margin: Margin,
    slice: Option<(&str, &str)>,
    rows: &Rows<'_, Two>,
    confidence: &Confidence,
    report: &mut Report,
) -> Outcome<()> {
    let metric = name
        .metric()
        .map_err(|error| Failure::Case(error.to_string()))?;
    let paired = rows.paired();
    let label = in_slice(name.as_str(), slice);
    let difference = match rows.compare(&metric, confidence) {
        Ok(difference) => difference,
        Err(error) => {
            report.found.push(format!("{label}: {error}"));
            return Ok(());
        }
    };
    let margin = match margin {
        Margin::Absolute(margin) => margin,
        Margin::Relative(part) => part * difference.previous.abs(),
    };
    let count = paired.candidate().rows();
    let ruled = non_inferiority(&difference.difference, metric.direction(), margin, count);
    if ruled.ruling == Ruling::Inconclusive {
        report.needed.push(match ruled.rows_needed {
            Some(more) => format!("{label}: about {more} more {} would decide", report.counts),
            None => format!("{label}: more {} would hardly decide", report.counts),
        });
    }
    let (low, high) = ruled.worse_by_interval;
    let shown = report.shown.entry(name.as_str().to_owned()).or_default();
    shown.push(InSlice {
        slice: slice.map(|(by, value)| format!("{by}={value}")),
        value: ruled.worse_by,
        interval: (low, high),
        before: None,
        bound: Bound::AtMost(margin),
    });
    report.measurements.extend([
        Measurement::new(format!("{label} candidate"), difference.candidate),
        Measurement::new(format!("{label} previous"), difference.previous),
        Measurement::new(format!("{label} worse_by"), ruled.worse_by)
            .interval(low, high)
            .bound(Bound::AtMost(margin)),
    ]);
    Ok(())
}

#[derive(Default)]
struct Report {
    measurements: Vec<Measurement>,
    found: Vec<String>,
    /// By metric, for the eye.
    shown: BTreeMap<String, Vec<InSlice>>,
    /// What differences are means over: rows, or queries.
    counts: &'static str,
    /// How many more of them would decide.
    needed: Vec<String>,
}

/// Refuses versions that do not say the same kind of thing.
fn alike(candidate: &Predictions, previous: &Predictions) -> Outcome<()> {
    let same = match (candidate.task(), previous.task()) {
        (
            Task::Binary {
                classes: a,
                scale: s,
                ..
            },
            Task::Binary {
                classes: b,
                scale: t,
                ..
            },
        ) => a == b && s == t,
        (a, b) => a == b,
    };
    if same {
        return Ok(());
    }
    Err(Failure::Case(format!(
        "the predictions `{}` and `{}` are of different tasks or classes",
        candidate.name(),
        previous.name()
    )))
}
