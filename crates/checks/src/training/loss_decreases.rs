//! `loss-decreases`: some steps of training bring the loss down.

use schemars::JsonSchema;
use seatrial_data::Part;
use seatrial_model::Overrides;
use seatrial_spec::{Count, Fraction, Positive, SubjectKind};
use seatrial_verdict::{Bound, Measurement, Series, Verdict};
use serde::Deserialize;

use crate::context::sample;
use crate::evidence::{constant, course, evaluate, example_losses, loss_unit};
use crate::statistics::{Estimate, mean, mean_over_runs};
use crate::{About, Chapter, Check, Context, Fault, Outcome, Planted, Sound};

/// A short training brings the loss down, and not by luck.
///
/// The model trains for `steps` steps. Before and after, the loss of up to 512
/// training examples is computed from the model's outputs in evaluation mode.
/// The ratio of the mean loss after to the mean loss before must be at most
/// `ratio_max`, with its whole interval. With `runs = N`, N models train from N
/// seeds; every run is shown and the interval covers the spread between runs.
/// With one run, the interval speaks for that seed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LossDecreases {
    /// Training steps. 60 are enough to tell learning from standing still for
    /// models of a commit suite, in a fraction of a second.
    steps: Count,
    /// The largest allowed ratio of the loss after training to the loss before.
    /// 0.7 is out of reach of labels that say nothing about the inputs.
    ratio_max: Positive,
    /// How many times the loss before training the loss of any one step may be.
    /// Batches differ, but a loss that rises tenfold on the way is a learning
    /// rate too high, however training ends.
    peak_max: Positive,
    /// How often a model that truly reaches `ratio_max` may fail by chance. One
    /// in a million keeps a suite of thousands of such cases quiet.
    false_alarm: Fraction,
}

impl Default for LossDecreases {
    fn default() -> Self {
        Self {
            steps: constant(60.0),
            ratio_max: constant(0.7),
            peak_max: constant(10.0),
            false_alarm: constant(1e-6),
        }
    }
}

/// Losses of the same examples before and after training, and the highest loss
/// of a step in between.
struct Run {
    before: Vec<f64>,
    after: Vec<f64>,
    peak: f64,
}

impl Check for LossDecreases {
    const ABOUT: About = About {
        name: "loss-decreases",
        chapter: Chapter::Training,
        figure: include_str!("figures/loss-decreases.txt"),
        needs: &[SubjectKind::Model, SubjectKind::Dataset],
        method: "Ratio of mean losses, with the interval of its linearisation (Cochran, \
                 Sampling Techniques, 1977, section 6.4) over examples and runs, their \
                 variances added (Satterthwaite, 1946).",
        error_rates: "The interval misses the true ratio with probability `false_alarm`. Its \
                      half-width is reported as the smallest detectable difference: a model \
                      whose ratio lies closer to the bound than that is inconclusive. Two or \
                      three runs that differ from each other make it wide. A model that learns \
                      part of what it should, but enough for the bound, is missed.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let overrides = Overrides::default();
        let dataset = context.dataset()?;
        let batch = sample(&dataset, Part::Train, EXAMPLES_MAX, &overrides)?;
        let (mut runs, mut curves, mut unit) = (Vec::new(), Vec::new(), "1");
        for run in 0..context.runs(1) {
            let rows = dataset.part(Part::Train);
            let mut trainer = context.trainer(run, &overrides, &dataset, rows)?;
            let output = trainer.learner.output();
            unit = loss_unit(output);
            let outputs = evaluate(trainer.learner.as_mut(), &batch.inputs)?;
            let before = example_losses(output, &outputs, &batch.targets)?;
            let course = course(context, self.steps.get(), || trainer.step())?;
            let peak = course.losses.iter().copied().fold(0.0, f64::max);
            let mut losses = course.losses;
            // Where training broke, so does the curve.
            losses.extend(course.broke.iter().map(|_| f64::NAN));
            let wanted = Bound::AtMost(self.ratio_max.get() * mean(&before));
            let curve = Series::over_steps(format!("loss run={run}"), losses);
            curves.push(curve.bound(wanted));
            if let Some(reason) = course.broke {
                let verdict = Verdict::fail(format!("run {run}: {reason}"));
                return Ok(verdict.with_series(curves));
            }
            let outputs = evaluate(trainer.learner.as_mut(), &batch.inputs)?;
            let after = example_losses(output, &outputs, &batch.targets)?;
            runs.push(Run {
                before,
                after,
                peak,
            });
        }
        Ok(self.judge(context, &runs, unit).with_series(curves))
    }

    fn planted() -> Planted {
        PLANTED
    }
}

/// Enough for an interval of a few hundredths, few enough to cost no more than
/// a handful of steps.
const EXAMPLES_MAX: usize = 512;

impl LossDecreases {
    fn judge(&self, context: &Context, runs: &[Run], unit: &str) -> Verdict {
        let ratio = ratio_of_means(runs, self.false_alarm.get());
        let mut measurements = vec![
            Measurement::new("loss_ratio", ratio.mean)
                .interval(ratio.low, ratio.high)
                .bound(Bound::AtMost(self.ratio_max.get())),
            Measurement::new("loss_ratio_detectable", ratio.detectable()),
        ];
        for (number, run) in runs.iter().enumerate() {
            let (before, after) = (mean(&run.before), mean(&run.after));
            let named = |what: &str| format!("{what}_run_{number}");
            measurements.push(Measurement::new(named("loss_before"), before).unit(unit));
            measurements.push(Measurement::new(named("loss_after"), after).unit(unit));
            measurements.push(Measurement::new(named("loss_ratio"), after / before));
            measurements.push(
                Measurement::new(named("loss_peak_ratio"), run.peak / before)
                    .bound(Bound::AtMost(self.peak_max.get())),
            );
        }
        let peaked = runs
            .iter()
            .any(|run| run.peak > self.peak_max.get() * mean(&run.before));
        let hint = match ratio.mean {
            _ if peaked => {
                "the loss rose many times over on the way: is its sign flipped, or the learning \
                 rate far too high?"
            }
            mean if mean > 1.0 => {
                "the loss rose: is its sign flipped, the learning rate far too high, or do \
                 labels belong to other rows?"
            }
            mean if mean > 0.9 => {
                "the loss hardly moved: is the learning rate far too low, do labels belong to \
                 other rows, or does the optimiser hold other parameters than the model?"
            }
            _ => "",
        };
        Verdict::judge(measurements, context.spanning()).with_hint(hint)
    }
}

/// Mean loss after over mean loss before, all runs pooled.
///
/// The ratio of two means is linear in the examples up to second order: example
/// i pulls at it by (after_i − ratio · before_i) / mean before.
fn ratio_of_means(runs: &[Run], false_alarm: f64) -> Estimate {
    let pooled =
        |of: fn(&Run) -> &Vec<f64>| mean(&runs.iter().map(|run| mean(of(run))).collect::<Vec<_>>());
    let (before, after) = (pooled(|run| &run.before), pooled(|run| &run.after));
    let ratio = after / before;
    let pulls: Vec<Vec<f64>> = runs
        .iter()
        .map(|run| {
            let pairs = run.before.iter().zip(&run.after);
            pairs
                .map(|(b, a)| ratio + (a - ratio * b) / before)
                .collect()
        })
        .collect();
    mean_over_runs(&pulls, false_alarm)
}

const PLANTED: Planted = Planted {
    faults: &[
        Fault {
            name: "a flipped loss sign",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [32] }
                fault = "loss-sign-flipped"
                [test.x]
                check = "loss-decreases"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "the loss rose",
        },
        Fault {
            name: "a learning rate a thousand times too high",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [32] }
                fault = "learning-rate-thousandfold"
                [test.x]
                check = "loss-decreases"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "learning rate far too high",
        },
        Fault {
            name: "a learning rate a thousand times too low",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [32] }
                fault = "learning-rate-thousandth"
                [test.x]
                check = "loss-decreases"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "hardly moved",
        },
        Fault {
            name: "labels shuffled against inputs",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [32] }
                fault = "labels-shuffled"
                [test.x]
                check = "loss-decreases"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "loss_ratio",
        },
        Fault {
            name: "a loss that is not a number",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "logistic" }
                fault = "loss-not-finite"
                [test.x]
                check = "loss-decreases"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "training broke at step 1",
        },
    ],
    sound: &[
        Sound {
            name: "mlp in three runs",
            spec: r#"
                [test.x]
                check = "loss-decreases"
                dataset = "blobs"
                model = "mlp"
                runs = 3
            "#,
        },
        Sound {
            name: "logistic",
            spec: r#"
                [test.x]
                check = "loss-decreases"
                dataset = "blobs"
                model = "logistic"
            "#,
        },
        Sound {
            name: "lstm",
            spec: r#"
                [test.x]
                check = "loss-decreases"
                dataset = "blobs"
                model = "lstm"
            "#,
        },
        Sound {
            name: "a regression",
            spec: r#"
                [model.linear]
                family = "linear"
                optimizer = { kind = "sgd", learning_rate = 0.1 }
                [test.x]
                check = "loss-decreases"
                dataset = "line"
                model = "linear"
            "#,
        },
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_that_of_the_means_and_its_interval_shrinks_with_agreement() {
        let run = Run {
            before: vec![1.0, 2.0, 3.0],
            after: vec![0.5, 1.0, 1.5],
            peak: 2.0,
        };
        let estimate = ratio_of_means(&[run], 1e-6);
        // Every example halves, so there is nothing to be unsure of.
        assert!((estimate.mean - 0.5).abs() < 1e-12 && estimate.detectable() < 1e-9);
        let nothing = ratio_of_means(
            &[Run {
                before: vec![0.0; 3],
                after: vec![0.0; 3],
                peak: 0.0,
            }],
            1e-6,
        );
        assert!(nothing.mean.is_nan());
    }
}
