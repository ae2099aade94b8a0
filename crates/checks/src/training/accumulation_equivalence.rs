//! `accumulation-equivalence`: micro-batches add up to the batch.

use std::collections::BTreeMap;

use candle_core::Tensor;
use schemars::JsonSchema;
use seatrial_data::Part;
use seatrial_model::{Batch, Mode, Overrides, Parameter};
use seatrial_spec::{Count, Positive, SubjectKind};
use seatrial_verdict::{Bound, Measurement, Verdict};
use serde::Deserialize;

use crate::context::{numbers, spread};
use crate::evidence::constant;
use crate::{About, Chapter, Check, Context, Fault, Outcome, Planted, Sound};

/// A step on micro-batches that are accumulated equals one step on all their rows.
///
/// Two models are built from one seed, without regularisation. One takes each
/// step on a whole batch, the other on the same rows in micro-batches of
/// unequal sizes, accumulated before the one update. Gradients and parameters
/// must agree but for rounding. And each step's gradient must be its own
/// batch's: one that was never cleared still holds that of earlier steps.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AccumulationEquivalence {
    /// Rows of each micro-batch. By default 9, 2 and 1: so unequal that a mean
    /// of means is far from the mean of the rows.
    micro_batches: Vec<Count>,
    /// Steps to take. Three by default: what an earlier step leaves behind
    /// shows from the second.
    steps: Count,
    /// How far a gradient's norm may lie off, as a share of it. By default
    /// 1e-3: a thousand times the rounding of single precision.
    tolerance: Positive,
    /// How far the parameters' way from start to end may lie off, as a share
    /// of its length. By default 0.01, because optimisers that divide by the
    /// gradient's size make much of rounding where a gradient is nearly zero.
    parameter_tolerance: Positive,
}

impl Default for AccumulationEquivalence {
    fn default() -> Self {
        Self {
            micro_batches: [9.0, 2.0, 1.0].map(constant).to_vec(),
            steps: constant(3.0),
            tolerance: constant(1e-3),
            parameter_tolerance: constant(0.01),
        }
    }
}

/// A gradient whose norm is a smaller share than this of the largest one ought
/// to be zero, and differs by rounding alone.
const NEGLIGIBLE: f64 = 1e-3;

/// A gap between two norms: whose, at which step, and how wide.
#[derive(Default)]
struct NormGap {
    share: f64,
    words: String,
}

impl Check for AccumulationEquivalence {
    const ABOUT: About = About {
        name: "accumulation-equivalence",
        chapter: Chapter::Training,
        figure: include_str!("figures/accumulation-equivalence.txt"),
        needs: &[SubjectKind::Model, SubjectKind::Dataset],
        method: "Gradient norms that the steps report are compared between both models, and with \
                 the gradient that the model gives for the step's batch beforehand; then the \
                 Euclidean distance between both ends, relative to the way from the start.",
        error_rates: "A false alarm needs rounding far beyond the usual, or a loss with jumps. \
                      Misses an accumulation that is wrong by less than the tolerances.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let dataset = context.dataset()?;
        let overrides = Overrides {
            no_regularisation: true,
            ..Overrides::default()
        };
        let mut whole = context.learner(0, &overrides)?;
        let mut micro = context.learner(0, &overrides)?;
        let start = whole.parameters()?;
        let sizes: Vec<usize> = self.micro_batches.iter().map(|size| size.get()).collect();
        let per_step: usize = sizes.iter().sum();
        let steps = self.steps.get();
        let rows = spread(dataset.part(Part::Train), per_step * steps);
        let (mut between, mut stale) = (NormGap::default(), NormGap::default());
        let mut steps_taken = 0;
        for rows in rows.chunks_exact(per_step) {
            context.keep_going()?;
            let batch = |rows: &[usize]| Batch::of_rows(&dataset, rows, overrides.precision);
            let all = batch(rows)?;
            let mut rest = rows;
            let mut parts = Vec::new();
            for &size in &sizes {
                let (part, others) = rest.split_at(size);
                parts.push(batch(part)?);
                rest = others;
            }
            steps_taken += 1;
            let own = norms(&whole.gradients(&all, Mode::Training)?.parameters)?;
            let in_one = whole.step(&[all])?;
            let in_parts = micro.step(&parts)?;
            stale.widen(steps_taken, &own, &in_one.gradient_norms);
            between.widen(
                steps_taken,
                &in_one.gradient_norms,
                &in_parts.gradient_norms,
            );
        }
        let way = distance(&start, &whole.parameters()?)?;
        let apart = distance(&whole.parameters()?, &micro.parameters()?)?;
        let bound = Bound::AtMost(self.tolerance.get());
        let ends = Bound::AtMost(self.parameter_tolerance.get());
        let verdict = Verdict::judge(
            vec![
                Measurement::new("steps", f64::from(steps_taken))
                    .unit("steps")
                    .bound(Bound::Equal(steps as f64)),
                Measurement::new("way_from_start", way).bound(Bound::Above(0.0)),
                Measurement::new("gradient_gap_to_own_batch", stale.share).bound(bound),
                Measurement::new("gradient_gap_when_accumulated", between.share).bound(bound),
                Measurement::new("parameter_gap_when_accumulated", apart / way).bound(ends),
            ],
            context.spanning(),
        );
        Ok(if (steps_taken as usize) < steps {
            verdict.against(format!(
                "the training part has {} rows, {steps} steps need {}",
                rows.len(),
                per_step * steps
            ))
        } else if !bound.allows(stale.share) {
            verdict.against(format!(
                "the step's gradient is not that of its batch: {}. Is the gradient of earlier \
                 steps never cleared?",
                stale.words
            ))
        } else if !bound.allows(between.share) {
            verdict.against(format!(
                "micro-batches of {sizes:?} rows do not add up to the batch: {}. Is each \
                 micro-batch weighted by its rows, and is each one counted?",
                between.words
            ))
        } else {
            verdict.with_hint(
                "the gradients agree, the parameters do not: is there more than one update, or \
                 state that goes by calls instead of steps?",
            )
        })
    }

    fn planted() -> Planted {
        Planted {
            faults: FAULTS,
            sound: SOUND,
        }
    }
}

impl NormGap {
    fn widen(&mut self, step: u32, expected: &BTreeMap<String, f64>, seen: &BTreeMap<String, f64>) {
        let largest = expected.values().copied().fold(f64::MIN_POSITIVE, f64::max);
        for (name, &norm) in expected {
            let got = seen.get(name).copied().unwrap_or(f64::NAN);
            let share = (got - norm).abs() / norm.max(NEGLIGIBLE * largest);
            let share = if share.is_nan() { f64::INFINITY } else { share };
            if share > self.share {
                let words =
                    format!("at step {step}, `{name}` has norm {got:.4e}, expected {norm:.4e}");
                *self = Self { share, words };
            }
        }
    }
}

fn norms(gradients: &BTreeMap<String, Tensor>) -> Outcome<BTreeMap<String, f64>> {
    let norm = |(name, gradient): (&String, &Tensor)| {
        let squares = numbers(gradient)?.into_iter().map(|number| number * number);
        Ok((name.clone(), squares.sum::<f64>().sqrt()))
    };
    gradients.iter().map(norm).collect()
}

/// Euclidean distance over all parameters.
fn distance(a: &[Parameter], b: &[Parameter]) -> Outcome<f64> {
    let mut squares = 0.0;
    for (a, b) in a.iter().zip(b) {
        for (a, b) in numbers(&a.value)?.iter().zip(numbers(&b.value)?) {
            squares += (a - b).powi(2);
        }
    }
    Ok(squares.sqrt())
}

const FAULTS: &[Fault] = &[
    Fault {
        name: "gradient never cleared",
        spec: r#"
            [model.broken]
            family = "broken"
            of = { family = "mlp", hidden = [8] }
            fault = "gradient-never-cleared"
            [test.x]
            check = "accumulation-equivalence"
            dataset = "blobs"
            model = "broken"
        "#,
        says: "Is the gradient of earlier steps never cleared?",
    },
    Fault {
        name: "mean of means",
        spec: r#"
            [model.broken]
            family = "broken"
            of = { family = "mlp", hidden = [8] }
            fault = "micro-batches-not-weighted"
            [test.x]
            check = "accumulation-equivalence"
            dataset = "blobs"
            model = "broken"
        "#,
        says: "Is each micro-batch weighted by its rows",
    },
    Fault {
        name: "only the last micro-batch counted",
        spec: r#"
            [model.broken]
            family = "broken"
            of = { family = "lstm", sequence = [4, 4], hidden = 8 }
            fault = "last-micro-batch-only"
            [test.x]
            check = "accumulation-equivalence"
            dataset = "blobs"
            model = "broken"
        "#,
        says: "is each one counted?",
    },
    Fault {
        name: "an update for each micro-batch",
        spec: r#"
            [model.broken]
            family = "broken"
            of = { family = "logistic" }
            fault = "update-each-micro-batch"
            [test.x]
            check = "accumulation-equivalence"
            dataset = "blobs"
            model = "broken"
        "#,
        says: "do not add up to the batch",
    },
];

const SOUND: &[Sound] = &[
    Sound {
        name: "mlp",
        spec: r#"
            [test.x]
            check = "accumulation-equivalence"
            dataset = "blobs"
            model = "mlp"
        "#,
    },
    Sound {
        name: "gru with clipping",
        spec: r#"
            [model.clipped]
            family = "gru"
            sequence = [4, 4]
            hidden = 16
            optimizer = { kind = "sgd", learning_rate = 0.1, momentum = 0.9, clip_norm = 0.1 }
            [test.x]
            check = "accumulation-equivalence"
            dataset = "blobs"
            model = "clipped"
        "#,
    },
    Sound {
        name: "a regression",
        spec: r#"
            [test.x]
            check = "accumulation-equivalence"
            dataset = "line"
            model = "linear"
        "#,
    },
];
