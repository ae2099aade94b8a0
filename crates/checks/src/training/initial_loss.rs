//! `initial-loss`: before training, a model knows nothing.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use seatrial_data::Part;
use seatrial_model::{Mode, OutputKind, OutputSchema, Overrides, Parameter, Targets};
use seatrial_spec::{Fraction, NonNegative, Positive, SubjectKind};
use seatrial_verdict::{Bound, Measurement, Verdict};
use serde::Deserialize;

use crate::context::{numbers, sample};
use crate::evidence::{constant, evaluate, example_losses, listed};
use crate::statistics::{mean, mean_over_runs};
use crate::{About, Chapter, Check, Context, Fault, Outcome, Planted, Sound};

/// Before training, the loss is that of guessing.
///
/// A new classifier should give every class about the same probability: a loss
/// of ln(classes), or of the entropy of the labels where the last bias starts
/// from their shares. A new regression should predict small numbers: a mean
/// squared error near the mean square of the targets. A loss far from there
/// says that the first values are too large, or that the loss is summed where
/// it should be averaged. Up to 512 training examples are used; with `runs = N`, each of N
/// seeds must hold.
///
/// First values that are all the same hide behind a perfect loss, so that the
/// outputs must also differ from each other, and no weight matrix may hold
/// one row again and again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct InitialLoss {
    /// For classes: how far the loss may lie from that of guessing, as a part
    /// of ln(classes). 0.5 leaves room for the usual random first values.
    tolerance: Positive,
    /// For a regression: how many times larger than the mean square of the
    /// targets the loss may be, or smaller than their variance.
    factor_max: Positive,
    /// The smallest standard deviation of the outputs, both between examples
    /// and between the classes of one example. Set it to 0 for a model whose last layer
    /// starts from zeros on purpose.
    spread_min: NonNegative,
    /// How often a model whose mean loss lies within the bounds may fail by
    /// chance of the examples.
    false_alarm: Fraction,
}

impl Default for InitialLoss {
    fn default() -> Self {
        Self {
            tolerance: constant(0.5),
            factor_max: constant(4.0),
            spread_min: constant(1e-6),
            false_alarm: constant(1e-6),
        }
    }
}

impl Check for InitialLoss {
    const ABOUT: About = About {
        name: "initial-loss",
        chapter: Chapter::Training,
        figure: include_str!("figures/initial-loss.txt"),
        needs: &[SubjectKind::Model, SubjectKind::Dataset],
        method: "Verify the loss at initialisation (Karpathy, A Recipe for Training Neural \
                 Networks, 2019). The loss is computed from the outputs, with an interval over \
                 the examples, for each of the `runs` by itself; the loss that the model itself reports must lie within the \
                 same bounds. Equal rows of a weight matrix are units that stay equal for ever \
                 (Goodfellow et al., Deep Learning, 2016, section 8.4).",
        error_rates: "The interval covers the mean loss with probability 1 − `false_alarm`. A \
                      loss that is wrong by less than the tolerance is missed; see \
                      `output-contract`, which recomputes it exactly.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let overrides = Overrides::default();
        let batch = sample(&*context.dataset()?, Part::Train, EXAMPLES_MAX, &overrides)?;
        let (mut losses, mut reported, mut spreads) = (Vec::new(), Vec::new(), Vec::new());
        let mut alike = Vec::new();
        let mut bound = Bound::AtMost(0.0);
        for run in 0..context.runs(1) {
            context.keep_going()?;
            let mut learner = context.learner(run, &overrides)?;
            let schema = learner.output();
            let outputs = evaluate(learner.as_mut(), &batch.inputs)?;
            losses.push(example_losses(schema, &outputs, &batch.targets)?);
            reported.push(learner.loss(&batch, Mode::Evaluation)?);
            spreads.push(spread(schema, &numbers(&outputs)?));
            alike.extend(of_equal_rows(&learner.parameters()?)?);
            bound = self.bound(schema, &batch.targets)?;
        }
        let smallest_spread = spreads.iter().copied().fold(f64::INFINITY, f64::min);
        let mut far = false;
        let mut measurements = vec![
            Measurement::new("output_spread", smallest_spread)
                .bound(Bound::AtLeast(self.spread_min.get())),
            Measurement::new("parameters_of_equal_rows", alike.len() as f64)
                .unit("parameters")
                .bound(Bound::Equal(0.0)),
        ];
        for (run, (losses, reported)) in losses.iter().zip(&reported).enumerate() {
            // Each seed by itself: a good one does not make up for a bad one.
            let run_alone = std::slice::from_ref(losses);
            let estimate = mean_over_runs(run_alone, self.false_alarm.get());
            far |= !bound.allows(estimate.mean);
            let computed = Measurement::new(format!("initial_loss_run_{run}"), estimate.mean)
                .interval(estimate.low, estimate.high);
            let reported = Measurement::new(format!("reported_loss_run_{run}"), *reported);
            measurements.extend([computed.bound(bound), reported.bound(bound)]);
        }
        let mut hints = Vec::new();
        if !alike.is_empty() {
            hints.push(format!(
                "every row of {} is the same: such units stay equal for ever; is the \
                 initialisation constant?",
                listed(&alike)
            ));
        }
        if smallest_spread < self.spread_min.get() {
            hints.push(
                "the outputs are the same for all classes or for all examples: is the \
                 initialisation constant, the last layer zero, or do inputs not reach it?"
                    .to_owned(),
            );
        }
        if far {
            hints.push(
                "the outputs are far from guessing: are the first values too large?".to_owned(),
            );
        } else if reported.iter().any(|reported| !bound.allows(*reported)) {
            hints.push(
                "the loss that the model reports is not the mean over the examples: is it a sum?"
                    .to_owned(),
            );
        }
        Ok(Verdict::judge(measurements, context.spanning()).with_hint(hints.join("\n")))
    }

    fn planted() -> Planted {
        PLANTED
    }
}

/// Enough that the interval over examples is well inside the tolerance.
const EXAMPLES_MAX: usize = 512;

impl InitialLoss {
    /// Where the loss of guessing lies.
    fn bound(&self, schema: OutputSchema, targets: &Targets) -> Outcome<Bound> {
        Ok(match targets {
            Targets::Classes(classes) => {
                let guessing = (schema.width as f64).ln();
                let slack = self.tolerance.get() * guessing;
                let entropy = entropy(&classes.to_vec1::<u32>()?).min(guessing);
                Bound::Between(entropy - slack, guessing + slack)
            }
            Targets::Values(values) => {
                let values = numbers(values)?;
                let centre = mean(&values);
                let second: Vec<f64> = values.iter().map(|v| v * v).collect();
                let central: Vec<f64> = values.iter().map(|v| (v - centre).powi(2)).collect();
                let factor = self.factor_max.get();
                Bound::Between(mean(&central) / factor, mean(&second) * factor)
            }
        })
    }
}

/// Of the classes' shares, in nats.
fn entropy(classes: &[u32]) -> f64 {
    let mut counts = BTreeMap::<u32, f64>::new();
    for class in classes {
        *counts.entry(*class).or_default() += 1.0;
    }
    let shares = counts.values().map(|count| count / classes.len() as f64);
    -shares.map(|share| share * share.ln()).sum::<f64>()
}

/// How much outputs differ: between the examples, and between the outputs of
/// one example where there are several; the smaller of both.
fn spread(schema: OutputSchema, outputs: &[f64]) -> f64 {
    let width = schema.width.max(1);
    let column = |k: usize| {
        outputs
            .iter()
            .skip(k)
            .step_by(width)
            .copied()
            .collect::<Vec<_>>()
    };
    let over_examples: Vec<f64> = (0..width).map(|k| deviation(&column(k))).collect();
    let over_examples = mean(&over_examples);
    if schema.kind == OutputKind::Values || width == 1 {
        return over_examples;
    }
    let rows: Vec<f64> = outputs.chunks(width).map(deviation).collect();
    over_examples.min(mean(&rows))
}

fn deviation(values: &[f64]) -> f64 {
    let centre = mean(values);
    let squares: Vec<f64> = values.iter().map(|v| (v - centre).powi(2)).collect();
    mean(&squares).sqrt()
}

/// Names of the trainable matrices whose rows are all the same. Zeros are no
/// fault: a layer may start from nothing as long as its neighbours differ.
fn of_equal_rows(parameters: &[Parameter]) -> Outcome<Vec<String>> {
    let mut alike = Vec::new();
    for parameter in parameters.iter().filter(|parameter| parameter.trainable) {
        let dims = parameter.value.dims();
        if dims.len() < 2 || dims[0] < 2 {
            continue;
        }
        let values = numbers(&parameter.value)?;
        let mut rows = values.chunks(values.len() / dims[0]);
        let first = rows.next().unwrap_or_default();
        if first.iter().any(|v| *v != 0.0) && rows.all(|row| row == first) {
            alike.push(parameter.name.clone());
        }
    }
    Ok(alike)
}

const PLANTED: Planted = Planted {
    faults: &[
        Fault {
            name: "constant initialisation",
            spec: r#"
                [model.broken]
                family = "specimen"
                fault = "constant-initialisation"
                [test.x]
                check = "initial-loss"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "every row of `specimen.head.weight`, `specimen.hidden.weight` is the same",
        },
        Fault {
            name: "first values thirty times too large",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [32] }
                fault = "initialisation-too-large"
                [test.x]
                check = "initial-loss"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "first values too large",
        },
        Fault {
            name: "inputs that never reach the model",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [32] }
                fault = "inputs-ignored"
                [test.x]
                check = "initial-loss"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "or do inputs not reach it",
        },
        Fault {
            name: "a loss summed instead of averaged",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [32] }
                fault = "loss-summed"
                [test.x]
                check = "initial-loss"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "is it a sum",
        },
    ],
    sound: &[
        Sound {
            name: "mlp in three runs",
            spec: r#"
                [test.x]
                check = "initial-loss"
                dataset = "blobs"
                model = "mlp"
                runs = 3
            "#,
        },
        Sound {
            name: "transformer",
            spec: r#"
                [test.x]
                check = "initial-loss"
                dataset = "blobs"
                model = "transformer"
            "#,
        },
        Sound {
            name: "one class in a hundred",
            spec: r#"
                [test.x]
                check = "initial-loss"
                dataset = "unicorn"
                model = "mlp"
            "#,
        },
        Sound {
            name: "a regression",
            spec: r#"
                [test.x]
                check = "initial-loss"
                dataset = "line"
                model = "linear"
            "#,
        },
    ],
};
