//! `quality`: metrics within bounds, overall and in every slice.

mod planted;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use seatrial_spec::{Count, Fraction, Shape};
use seatrial_validation::interval::Estimate;
use seatrial_validation::metric::Confidence;
use seatrial_verdict::{Bound, Figure, Measurement, Placement};
use serde::Deserialize;

use super::evidence::{One, Rows, Sliced, reduce_one};
use super::figures::{self, InSlice};
use super::metrics::{Bounds, in_slice, out_of_range, parsed, shared};
use super::slices::Slicing;
use super::subject::{
    DatasetName, Named, PackageName, PipelineName, PredictionsName, candidate, judged,
};
use super::weak;
use crate::check::Failure;
use crate::evidence::{conclude, constant};
use crate::{About, Chapter, Check, Context, Outcome, Planted};

/// Metrics of a table of predictions lie within bounds, overall and by slice.
///
/// The decision is made on the interval of each metric, not on its value: it
/// passes when all of the interval is on the right side of the bound, fails when
/// all of it is on the wrong side, and is inconclusive in between, because then
/// these rows cannot tell.
///
/// `min = { accuracy = 0.9, "recall[spam]" = 0.8 }`. Metrics are spelt as in
/// scikit-learn: `accuracy`, `balanced_accuracy`, `precision`, `recall`, `f1`,
/// `roc_auc`, `log_loss`, `brier_score`, `r2` and so on; of several classes
/// `f1_macro`, `_micro`, `_weighted`, or `[CLASS]` for one of them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Quality {
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
    /// The least that each of these metrics may be.
    min: Bounds,
    /// The most that each of these metrics may be.
    max: Bounds,
    /// What rows are sliced by: columns, such as `"country"`, and crossings of
    /// columns, such as `"country*device"`. The bounds then hold in every slice
    /// too.
    slices: Vec<String>,
    /// The bounds within slices, where they differ from those overall.
    slice_min: Bounds,
    /// As `slice_min`, from above.
    slice_max: Bounds,
    /// For a column of numbers, the edges between its slices, ascending:
    /// `buckets = { age = [18, 65] }` makes three, each of which must have rows.
    buckets: BTreeMap<String, Vec<f64>>,
    /// Slices that must have rows: `slice_values = { country = ["de", "fr"] }`.
    slice_values: BTreeMap<String, Vec<String>>,
    /// Whether weak slices are searched for too, by every column that is no part
    /// of the predictions: as it is if it has at most 50 values, in quarters if
    /// it is a number; where documents are ranked, by those that are the same within
    /// each query. Crossings are not searched: `slices` names them. A slice that was
    /// found fails when all of its interval, corrected for the number of slices
    /// searched, is on the wrong side of its bound.
    find_weak: bool,
    /// Columns that are not searched for weak slices, such as another score.
    except: Vec<String>,
    /// Slices of fewer rows than this are judged together, as one slice: a few rows
    /// cannot tell by themselves.
    slice_rows_min: Count,
    /// The chance that a version which is exactly as good as its bounds fails,
    /// shared among all metrics and slices. 0.01: once in a hundred releases.
    false_alarm: Fraction,
}

/// Bins of the reliability diagram.
const RELIABILITY_BINS: usize = 15;

impl Default for Quality {
    fn default() -> Self {
        Self {
            predictions: None,
            package: None,
            pipeline: None,
            dataset: None,
            min: Bounds::new(),
            max: Bounds::new(),
            slices: Vec::new(),
            slice_min: Bounds::new(),
            slice_max: Bounds::new(),
            buckets: BTreeMap::new(),
            slice_values: BTreeMap::new(),
            find_weak: false,
            except: Vec::new(),
            slice_rows_min: constant(1.0),
            false_alarm: constant(0.01),
        }
    }
}

impl Check for Quality {
    const ABOUT: About = About {
        name: "quality",
        chapter: Chapter::Quality,
        figure: include_str!("figures/quality.txt"),
        needs: &[],
        method: "Each metric with the interval that belongs to its kind: Wilson for rates, DeLong \
                 for the area under the ROC curve, Student's t without skewness for means, draws \
                 from the posterior of the confusion matrix for other figures of it, the \
                 bootstrap over cells of scores for other rankings.",
        error_rates: "A version that is exactly as good as its bounds fails with a chance of at \
                      most `false_alarm`, over all metrics and slices together (Bonferroni). What \
                      it could miss is half the width of each interval, which is shown.",
    };

    fn shape() -> Shape {
        Shape::of::<Self>().holding(|check: &Self| {
            let named = Named {
                predictions: check.predictions.is_some(),
                package: check.package.is_some(),
                pipeline: check.pipeline.is_some(),
                dataset: check.dataset.is_some(),
            };
            let mut misfits = named.misfits();
            for (key, bounds) in [
                ("min", &check.min),
                ("max", &check.max),
                ("slice_min", &check.slice_min),
                ("slice_max", &check.slice_max),
            ] {
                misfits.extend(out_of_range(key, bounds));
            }
            misfits
        })
    }

    fn run(&self, context: &Context) -> Outcome {
        judged(context, self.measure(context))
    }

    fn planted() -> Planted {
        planted::PLANTED
    }
}

impl Quality {
    fn measure(&self, context: &Context) -> Outcome {
        if self.min.is_empty() && self.max.is_empty() {
            return Err(Failure::Case(
                "name what is measured in `min` or `max`, such as `min = { accuracy = 0.9 }`"
                    .into(),
            ));
        }
        let predictions = candidate(context)?;
        let mut slicing = Slicing::new(&predictions, &self.slices, &self.buckets)?;
        let declared = slicing.by.len();
        let stopped = || context.host.stopped();
        if self.find_weak {
            slicing
                .by
                .extend(weak::search(&predictions, &self.except, &stopped)?.by);
        }
        let bounds = [&self.min, &self.max, &self.slice_min, &self.slice_max];
        let metrics = parsed(bounds.into_iter().flat_map(BTreeMap::keys))?;
        let mut sliced = reduce_one(&predictions, &slicing, &metrics, &stopped)?;
        let mut found = self.absent(&slicing, &sliced, declared)?;
        let small = self.slice_rows_min.get();
        sliced.pool(&slicing.by[..declared], small).map_err(wrong)?;
        let judgements = self.judgements(&slicing, &sliced, declared);
        let alpha = shared(self.false_alarm.get(), judgements.len());
        let confidence = Confidence::new(alpha, context.streams(0).child("resamples"));
        let rows = sliced.whole.evidence().rows() as f64;
        let counted = predictions.task().counts();
        let mut measurements = vec![Measurement::new(counted, rows).unit(counted)];
        let mut searched = 0;
        let mut shown: BTreeMap<&str, Vec<InSlice>> = BTreeMap::new();
        for judgement in &judgements {
            let metric = judgement.metric.metric().map_err(wrong)?;
            let estimate = judgement.rows.estimate(&metric, &confidence);
            searched += usize::from(!judgement.declared);
            match estimate {
                // A slice that was searched for counts only where it is weak.
                Ok(Estimate { low, high, .. })
                    if !judgement.declared
                        && judgement.bound.place(low, high) != Placement::Outside => {}
                Err(_) if !judgement.declared => {}
                Ok(estimate) => {
                    let of_metric = shown.entry(judgement.metric.as_str()).or_default();
                    of_metric.push(InSlice {
                        slice: judgement.slice.clone(),
                        value: estimate.value,
                        interval: (estimate.low, estimate.high),
                        before: None,
                        bound: judgement.bound,
                    });
                    measurements.push(
                        Measurement::new(&judgement.name, estimate.value)
                            .bound(judgement.bound)
                            .interval(estimate.low, estimate.high),
                    );
                }
                Err(error) => found.push(format!("{}: {error}", judgement.name)),
            }
        }
        if self.find_weak {
            measurements.push(Measurement::new("slices_searched", searched as f64).unit("slices"));
        }
        let versions = [(predictions.name(), sliced.whole.evidence())];
        let mut looks: Vec<Figure> = shown
            .into_iter()
            .filter_map(|(metric, all)| figures::slices(metric, all))
            .collect();
        looks.extend(figures::rankings(&versions));
        looks.extend(figures::reliability(&versions, RELIABILITY_BINS));
        Ok(conclude(context, measurements, found).with_figures(looks))
    }

    /// Slices that were to have rows and have none.
    fn absent(
        &self,
        slicing: &Slicing,
        sliced: &Sliced<One>,
        declared: usize,
    ) -> Outcome<Vec<String>> {
        let mut found = Vec::new();
        for (by, values) in &self.slice_values {
            let Some(place) = slicing.by.iter().position(|known| known.name == *by) else {
                let message = format!("`slice_values` name `{by}`, which `slices` do not");
                return Err(Failure::Case(message));
            };
            let absent = values
                .iter()
                .filter(|value| !sliced.slices[place].contains_key(*value));
            found.extend(absent.map(|value| format!("the slice {by}={value} has no row")));
        }
        // What both keys name is said once.
        let empty = sliced.empty_buckets(&slicing.by[..declared]).into_iter();
        let new: Vec<String> = empty.filter(|said| !found.contains(said)).collect();
        found.extend(new);
        Ok(found)
    }

    /// The first `declared` slicings are the case's own.
    fn judgements<'a>(
        &'a self,
        slicing: &Slicing,
        sliced: &'a Sliced<One>,
        declared: usize,
    ) -> Vec<Judgement<'a>> {
        let mut all = Vec::new();
        let mut add = |bounds: [&'a Bounds; 2],
                       rows: Rows<'a, One>,
                       slice: Option<(&str, &str)>,
                       declared| {
            let sides: [fn(f64) -> Bound; 2] = [Bound::AtLeast, Bound::AtMost];
            for (bounds, side) in bounds.into_iter().zip(sides) {
                all.extend(bounds.iter().map(|(metric, bound)| Judgement {
                    name: in_slice(metric.as_str(), slice),
                    slice: slice.map(|(by, value)| format!("{by}={value}")),
                    metric,
                    rows,
                    bound: side(*bound),
                    declared,
                }));
            }
        };
        add([&self.min, &self.max], sliced.all(), None, true);
        let or = |own: &'a Bounds, overall: &'a Bounds| if own.is_empty() { overall } else { own };
        let bounds = [
            or(&self.slice_min, &self.min),
            or(&self.slice_max, &self.max),
        ];
        for (at, by) in slicing.by.iter().enumerate() {
            for (value, rows) in sliced.of(at) {
                add(bounds, rows, Some((&by.name, value)), at < declared);
            }
        }
        all
    }
}

/// One number to hold against one bound.
struct Judgement<'a> {
    name: String,
    /// `country=de`; `None` for all rows.
    slice: Option<String>,
    metric: &'a super::metrics::MetricName,
    rows: Rows<'a, One>,
    bound: Bound,
    /// Whether the case names the slice, or the search found it.
    declared: bool,
}

fn wrong(error: seatrial_validation::Error) -> Failure {
    Failure::Case(error.to_string())
}
