//! `trend`: no slide too slow for any single comparison to see.

mod planted;

use schemars::JsonSchema;
use seatrial_data::table::Table;
use seatrial_data::{Column, Offences};
use seatrial_spec::{Count, Fraction, NonNegative, Shape, SpecPath};
use seatrial_validation::metric::{Confidence, Direction};
use seatrial_verdict::{Bound, Figure, Line, Lines, Measurement, Verdict};
use serde::Deserialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::evidence::reduce_one;
use super::metrics::MetricName;
use super::slices::Slicing;
use super::subject::{
    DatasetName, Named, PackageName, PipelineName, PredictionsName, candidate, judged,
};
use crate::check::Failure;
use crate::evidence::{conclude, constant};
use crate::{About, Chapter, Check, Context, Outcome, Planted};

/// A metric has not slid over the last versions, however little from one to the
/// next.
///
/// Thirty versions, each worse by 0.2%, pass thirty comparisons and end six
/// percent below the first. A straight line through the versions shows it: by how
/// much the metric got worse over the window, decided on the interval. History
/// comes from the ledger, where every run of this case leaves its value, but for
/// candidates that the gate refused; or from a table with a column named after the
/// metric, a row for each version. How surely a single version's value is known, and
/// so a `cluster` of its predictions, plays no part: the line is as sure as versions
/// scatter about it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Trend {
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
    /// What is followed, spelt as in `quality`.
    metric: Option<MetricName>,
    /// By how much it may get worse over the whole window, in its unit.
    decline_max: Option<NonNegative>,
    /// How many versions are looked at: the latest, this one included.
    window: Count,
    /// The fewest versions for a line; with fewer, `first_release = true` lets the
    /// case be skipped while history grows.
    versions_min: Count,
    /// A table of earlier values, oldest first, instead of the ledger.
    history: Option<SpecPath>,
    /// The chance that a metric which only scatters is called sliding.
    false_alarm: Fraction,
}

impl Default for Trend {
    fn default() -> Self {
        Self {
            predictions: None,
            package: None,
            pipeline: None,
            dataset: None,
            metric: None,
            decline_max: None,
            window: constant(30.0),
            versions_min: constant(8.0),
            history: None,
            false_alarm: constant(0.01),
        }
    }
}

impl Check for Trend {
    const ABOUT: About = About {
        name: "trend",
        chapter: Chapter::Quality,
        figure: include_str!("figures/trend.txt"),
        needs: &[],
        method: "Least squares over versions; the interval of the slope by Student's t (Draper \
                 and Smith, 1998, section 1.4). Values of the ledger that repeat to the bit are \
                 one version that ran again.",
        error_rates: "A metric whose slide is exactly `decline_max` fails with a chance of at \
                      most `false_alarm` / 2. The smallest slide it could tell is half the width \
                      of the interval, which is shown.",
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
        judged(context, self.follow(context))
    }

    fn planted() -> Planted {
        planted::PLANTED
    }
}

impl Trend {
    fn follow(&self, context: &Context) -> Outcome {
        let needs = |what: &str| Failure::Case(format!("name {what}"));
        let name = self
            .metric
            .as_ref()
            .ok_or_else(|| needs("the `metric` to follow"))?;
        let decline_max = self.decline_max.ok_or_else(|| {
            needs("by how much the metric may get worse over the window: `decline_max`")
        })?;
        let metric = name
            .metric()
            .map_err(|error| Failure::Case(error.to_string()))?;
        let predictions = candidate(context)?;
        let stopped = || context.host.stopped();
        let rows = reduce_one(
            &predictions,
            &Slicing::default(),
            std::slice::from_ref(&metric),
            &stopped,
        )?;
        let confidence = Confidence::new(self.false_alarm.get(), context.streams(0));
        let now = match metric.estimate(rows.whole.evidence(), &confidence) {
            Ok(estimate) => estimate.value,
            Err(error) => return Ok(Verdict::fail(error.to_string())),
        };
        let now_measured = Measurement::new(name.as_str(), now);
        let mut values = self.past(context, name.as_str())?;
        values.push(now);
        if self.history.is_none() {
            // Who asks again about a version leaves its value again; a table has
            // a row for each.
            values.dedup();
        }
        let skip = values.len().saturating_sub(self.window.get());
        let values = &values[skip..];
        let versions = values.len();
        if versions < self.versions_min.get().max(3) {
            let least = self.versions_min.get().max(3);
            let message = format!("a line needs {least} versions, and there are {versions}");
            if context.case.first_release {
                let mut skipped = Verdict::skipped(message);
                skipped.measurements.push(now_measured);
                return Ok(skipped);
            }
            let message = format!("{message}. While history grows, say so: first_release = true");
            let mut verdict = Verdict::fail(message);
            // Kept, so that history grows.
            verdict.measurements.push(now_measured);
            return Ok(verdict);
        }
        let (decline, half) = decline(values, metric.direction(), self.false_alarm.get())
            .ok_or_else(|| Failure::Case("the earlier values give no line".into()))?;
        let measurements = vec![
            now_measured,
            Measurement::new("versions", versions as f64).unit("versions"),
            Measurement::new(format!("{} decline", name.as_str()), decline)
                .interval(decline - half, decline + half)
                .bound(Bound::AtMost(decline_max.get())),
        ];
        let verdict = conclude(context, measurements, Vec::new());
        let line = Drawn {
            values,
            decline,
            decline_max: decline_max.get(),
            direction: metric.direction(),
        };
        let figure = line.figure(name.as_str());
        let (first, last) = (values[0], values[versions - 1]);
        let hint = format!("over {versions} versions it went from {first:.4} to {last:.4}");
        Ok(verdict.with_figures([figure]).with_hint(hint))
    }

    /// Earlier values, oldest first.
    fn past(&self, context: &Context, name: &str) -> Outcome<Vec<f64>> {
        let Some(path) = &self.history else {
            let limit = 10 * self.window.get();
            let past = context.host.history(&context.case.id, name, limit);
            let past = past.map_err(Failure::Host)?;
            // What the gate refused never became a version.
            let versions = past.into_iter().filter(|past| !past.refused);
            return Ok(versions.map(|past| past.value).collect());
        };
        let table = Table::open(path.as_path())?;
        let (mut values, mut offences) = (Vec::new(), Offences::default());
        for batch in table.batches(&[name])? {
            let batch = batch?;
            let first_row = values.len() as u64;
            let column = Column {
                name,
                cells: batch.column(0),
                first_row,
            };
            let numbers = column.numbers(&mut offences);
            values.extend(numbers.map_err(|message| table.wrong_in(name, message))?);
        }
        offences.refuse(&table)?;
        Ok(values)
    }
}

/// A history and its line, to look at.
struct Drawn<'a> {
    values: &'a [f64],
    decline: f64,
    decline_max: f64,
    direction: Direction,
}

impl Drawn<'_> {
    /// The values, the line through them, and the steepest line that is allowed
    /// from where that one begins.
    fn figure(&self, name: &str) -> Figure {
        let count = self.values.len();
        let mean = self.values.iter().sum::<f64>() / count as f64;
        let sign = match self.direction {
            Direction::Higher => -1.0,
            Direction::Lower => 1.0,
        };
        let last = count.saturating_sub(1) as f64;
        let begins = mean - sign * self.decline / 2.0;
        let through = |name: &str, decline: f64| Line {
            name: name.to_owned(),
            x: vec![0.0, last],
            y: vec![begins, begins + sign * decline],
        };
        let measured = Line {
            name: name.to_owned(),
            x: (0..count).map(|version| version as f64).collect(),
            y: self.values.to_vec(),
        };
        Figure::Lines(Lines {
            title: format!("{name} over the last {count} versions"),
            x: "version".into(),
            y: name.to_owned(),
            lines: vec![
                measured,
                through("trend", self.decline),
                through("steepest allowed", self.decline_max),
            ],
            ..Lines::default()
        })
    }
}

/// By how much a line through the values gets worse from the first to the last,
/// and half the width of the interval of that.
fn decline(values: &[f64], direction: Direction, false_alarm: f64) -> Option<(f64, f64)> {
    let count = values.len() as f64;
    let middle = (count - 1.0) / 2.0;
    let mean = values.iter().sum::<f64>() / count;
    let offsets = || (0..values.len()).map(|at| at as f64 - middle);
    let spread: f64 = offsets().map(|x| x * x).sum();
    let slope = offsets()
        .zip(values)
        .map(|(x, y)| x * (y - mean))
        .sum::<f64>()
        / spread;
    let residuals = offsets()
        .zip(values)
        .map(|(x, y)| (y - mean - slope * x).powi(2));
    let variance = residuals.sum::<f64>() / (count - 2.0) / spread;
    let student = StudentsT::new(0.0, 1.0, count - 2.0).ok()?;
    let critical = student.inverse_cdf(1.0 - false_alarm / 2.0);
    let span = count - 1.0;
    let worse = match direction {
        Direction::Higher => -slope,
        Direction::Lower => slope,
    };
    let (decline, half) = (worse * span, critical * variance.sqrt() * span);
    (decline.is_finite() && half.is_finite()).then_some((decline, half))
}
