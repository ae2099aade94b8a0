//! `calibration`: probabilities mean what they say.

mod planted;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use seatrial_data::predictions::Task;
use seatrial_spec::{Count, Fraction, Shape};
use seatrial_validation::Metric;
use seatrial_validation::evidence::Evidence;
use seatrial_validation::metric::Confidence;
use seatrial_verdict::{Bound, Measurement};
use serde::Deserialize;

use super::evidence::reduce_one;
use super::figures;
use super::metrics::{everywhere, in_slice, shared};
use super::slices::Slicing;
use super::subject::{
    DatasetName, Named, PackageName, PipelineName, PredictionsName, candidate, judged,
};
use crate::check::Failure;
use crate::evidence::{conclude, constant};
use crate::{About, Chapter, Check, Context, Outcome, Planted};

/// Of the rows that are given a probability of 0.8, about eight in ten are
/// positive; overall and in every slice.
///
/// The expected calibration error, decided on its interval: a ranking may be
/// perfect and its probabilities wrong, so that thresholds and expected costs are
/// too. Of several classes, the probability of the class that a row is taken for
/// counts; of several labels a row, each label is judged on its own.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Calibration {
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
    /// The largest expected calibration error. 0.05: off by five points in a
    /// hundred on average.
    ece_max: Fraction,
    /// Bins of equal width.
    bins: Count,
    /// What rows are sliced by, as in `quality`.
    slices: Vec<String>,
    /// The edges between slices of a column of numbers, as in `quality`.
    buckets: BTreeMap<String, Vec<f64>>,
    /// Slices of fewer rows than this are judged together, as one slice: a few rows
    /// cannot tell by themselves.
    slice_rows_min: Count,
    /// The chance that a version whose error is exactly `ece_max` fails, shared
    /// among all slices, and all labels where rows have several.
    false_alarm: Fraction,
}

impl Default for Calibration {
    fn default() -> Self {
        Self {
            predictions: None,
            package: None,
            pipeline: None,
            dataset: None,
            ece_max: constant(0.05),
            bins: constant(15.0),
            slices: Vec::new(),
            buckets: BTreeMap::new(),
            slice_rows_min: constant(1.0),
            false_alarm: constant(0.01),
        }
    }
}

impl Check for Calibration {
    const ABOUT: About = About {
        name: "calibration",
        chapter: Chapter::Quality,
        figure: include_str!("figures/calibration.txt"),
        needs: &[],
        method: "Expected calibration error over bins of equal width (Naeini, Cooper and \
                 Hauskrecht, 2015; Guo et al., 2017), less what chance adds to bins of so many \
                 rows: for the lower end at gaps that are no larger than what was seen shows \
                 for certain (the selection of Andrews and Soares, 2010).",
        error_rates: "A version whose error is exactly `ece_max` fails with a chance of at most \
                      `false_alarm`, also in bins of a few rows, where the error seen is larger \
                      than the true one. There, one whose error is a little more may pass: give \
                      few `bins` to few rows.",
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
        judged(context, self.measure(context))
    }

    fn planted() -> Planted {
        planted::PLANTED
    }
}

impl Calibration {
    fn measure(&self, context: &Context) -> Outcome {
        let predictions = candidate(context)?;
        let slicing = Slicing::new(&predictions, &self.slices, &self.buckets)?;
        let stopped = || context.host.stopped();
        let errors: Vec<String> = match predictions.task() {
            Task::Labels { names, .. } => names.iter().map(|name| format!("ece[{name}]")).collect(),
            _ => vec!["ece".to_owned()],
        };
        let metrics = errors.iter().map(|error| {
            let metric = Metric::parse(&format!("{error}@{}", self.bins.get()));
            metric.map_err(|error| Failure::Case(error.to_string()))
        });
        let metrics = metrics.collect::<Outcome<Vec<Metric>>>()?;
        let mut sliced = reduce_one(&predictions, &slicing, &metrics, &stopped)?;
        sliced
            .pool(&slicing.by, self.slice_rows_min.get())
            .map_err(|error| Failure::Case(error.to_string()))?;
        let all = everywhere(&slicing, &sliced);
        let alpha = shared(self.false_alarm.get(), all.len() * metrics.len());
        let confidence = Confidence::new(alpha, context.streams(0).child("resamples"));
        let (mut measurements, mut found) = (Vec::new(), Vec::new());
        for (error, metric) in errors.iter().zip(&metrics) {
            for (slice, rows) in &all {
                let name = in_slice(error, *slice);
                match rows.estimate(metric, &confidence) {
                    Ok(estimate) => measurements.push(
                        Measurement::new(name, estimate.value)
                            .interval(estimate.low, estimate.high)
                            .bound(Bound::AtMost(self.ece_max.get())),
                    ),
                    Err(error) => found.push(format!("{name}: {error}")),
                }
            }
        }
        let shown = match sliced.whole.evidence() {
            Evidence::Labels(labels) => figures::each_label(labels),
            evidence => vec![(predictions.name(), evidence)],
        };
        let looks = figures::reliability(&shown, self.bins.get());
        Ok(conclude(context, measurements, found).with_figures(looks))
    }
}
