//! `gradient-check`: derivatives against finite differences.

use std::collections::BTreeSet;

use candle_core::Tensor;
use schemars::JsonSchema;
use seatrial_model::{Batch, Construction, Inputs, Learner, Mode, Overrides, Precision};
use seatrial_rng::Stream;
use seatrial_spec::{Count, Fraction, Positive, SubjectKind};
use seatrial_verdict::{Bound, Measurement, Verdict};
use serde::Deserialize;

use crate::context::numbers;
use crate::evidence::{constant, evaluate, from_numbers, random_batch};
use crate::{About, Chapter, Check, Context, Fault, Outcome, Planted, Sound};

/// The model's derivatives equal those found by trying small changes.
///
/// In double precision, on random input: random numbers of every parameter,
/// random directions through all parameters at once, and random features are
/// moved a little both ways. The change of the loss (of a weighted sum of the
/// outputs for features) must be what the gradient predicts.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GradientCheck {
    /// Examples in the batch. A few are enough, and cheap.
    examples: Count,
    /// Numbers to try of each parameter, and of the features.
    coordinates: Count,
    /// Directions through all parameters at once to try. They see an error in
    /// any number, if it is large enough beside all others.
    directions: Count,
    /// How far a number is moved. At 1e-5, what the method itself is off by
    /// (step² times the third derivative) and what rounding adds (1e-16 / step)
    /// are both around 1e-10.
    step: Positive,
    /// The largest relative difference. 1e-5 is far above those errors and far
    /// below any wrong factor. Derivatives below a ten-thousandth of the loss
    /// are compared with that, because rounding hides anything smaller.
    tolerance: Positive,
    /// The largest part of the comparisons that may be left out because the
    /// loss has a kink there, as ReLU has at zero: the difference then changes
    /// when the step is halved.
    discarded_max: Fraction,
    /// Whether derivatives with respect to the features are tried as well.
    inputs: bool,
}

impl Default for GradientCheck {
    fn default() -> Self {
        Self {
            examples: constant(4.0),
            coordinates: constant(3.0),
            directions: constant(3.0),
            step: constant(1e-5),
            tolerance: constant(1e-5),
            discarded_max: constant(0.2),
            inputs: true,
        }
    }
}

impl Check for GradientCheck {
    const ABOUT: About = About {
        name: "gradient-check",
        chapter: Chapter::Training,
        figure: include_str!("figures/gradient-check.txt"),
        needs: &[SubjectKind::Model, SubjectKind::Dataset],
        method: "Central differences in double precision, at two step sizes to find kinks \
                 (Nocedal and Wright, Numerical Optimization, 2006, section 8.1; Bengio, \
                 Practical recommendations for gradient-based training, 2012, section 4). Random \
                 directions follow Baydin et al. (2022).",
        error_rates: "Deterministic in the case's seed. A wrong derivative of a single number is \
                      seen with certainty only if that number is tried; in a direction, it is \
                      seen when it is off by more than `tolerance` of the whole. The code in \
                      single precision is assumed to be the same code.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let overrides = Overrides {
            no_regularisation: true,
            precision: Precision::Double,
            construction: Construction::Declared,
        };
        let mut learner = context.learner(0, &overrides)?;
        let mut stream = context.streams(0).stream("gradient-check");
        let size = self.examples.get();
        let batch = random_batch(learner.as_ref(), size, overrides.precision, &mut stream)?;
        let loss = learner.loss(&batch, Mode::Evaluation)?;
        let mut comparisons = self.parameters(context, learner.as_mut(), &batch, &mut stream)?;
        // Derivatives below this drown in the rounding of the loss.
        let floor = FLOOR * loss.abs().max(1.0);
        if self.inputs {
            comparisons.extend(self.features(learner.as_mut(), &batch, &mut stream)?);
        }
        Ok(self.judge(context, &comparisons, floor))
    }

    fn planted() -> Planted {
        PLANTED
    }
}

/// A part of the loss below which derivatives count as equal to it.
const FLOOR: f64 = 1e-4;

/// One derivative, by the model and by trying.
struct Comparison {
    place: String,
    analytic: f64,
    /// Central differences at the step and at half of it.
    tried: [f64; 2],
}

impl Comparison {
    fn between(a: f64, b: f64, floor: f64) -> f64 {
        let error = (a - b).abs() / a.abs().max(b.abs()).max(floor);
        if error.is_nan() { f64::INFINITY } else { error }
    }

    /// Relative difference between the gradient and what was tried.
    fn error(&self, floor: f64) -> f64 {
        Self::between(self.analytic, self.tried[1], floor)
    }

    /// Whether the loss has no derivative here to compare with.
    fn kinked(&self, tolerance: f64, floor: f64) -> bool {
        let [whole, half] = self.tried;
        whole.is_finite() && half.is_finite() && Self::between(whole, half, floor) > tolerance
    }
}

impl GradientCheck {
    fn judge(&self, context: &Context, comparisons: &[Comparison], floor: f64) -> Verdict {
        let tolerance = self.tolerance.get();
        // What agrees is kept, kink or not: only what cannot be told is left out.
        let (kept, discarded): (Vec<_>, Vec<_>) = comparisons
            .iter()
            .partition(|c| c.error(floor) <= tolerance || !c.kinked(tolerance, floor));
        let mut worst: Vec<_> = kept.iter().map(|c| (c.error(floor), *c)).collect();
        worst.sort_by(|a, b| b.0.total_cmp(&a.0));
        let largest = kept.iter().map(|c| c.tried[1].abs()).fold(0.0, f64::max);
        let measurements = vec![
            Measurement::new("derivatives_compared", kept.len() as f64)
                .unit("derivatives")
                .bound(Bound::AtLeast(1.0)),
            Measurement::new(
                "discarded_share",
                discarded.len() as f64 / comparisons.len() as f64,
            )
            .bound(Bound::AtMost(self.discarded_max.get())),
            Measurement::new(
                "relative_error_max",
                worst.first().map_or(f64::NAN, |w| w.0),
            )
            .bound(Bound::AtMost(tolerance)),
            // A loss that nothing moves agrees with any gradient of zero.
            Measurement::new("derivative_max", largest).bound(Bound::Above(0.0)),
        ];
        let wrong = worst.iter().filter(|(error, _)| *error > tolerance);
        let lines: Vec<String> = wrong
            .take(LINES_MAX)
            .map(|(error, c)| {
                let (analytic, tried) = (c.analytic, c.tried[1]);
                let factor = match analytic / tried {
                    factor if factor.is_finite() => format!(", off by a factor of {factor:.6}"),
                    _ => String::new(),
                };
                format!(
                    "{}: the gradient says {analytic:.8e}, trying says {tried:.8e}{factor} \
                     (relative error {error:.1e})",
                    c.place
                )
            })
            .collect();
        Verdict::judge(measurements, context.spanning()).with_hint(lines.join("\n"))
    }

    /// Coordinates of each parameter, and directions through all.
    fn parameters(
        &self,
        context: &Context,
        learner: &mut dyn Learner,
        batch: &Batch,
        stream: &mut Stream,
    ) -> Outcome<Vec<Comparison>> {
        let gradients = learner.gradients(batch, Mode::Evaluation)?.parameters;
        let mut spots = Vec::new();
        for parameter in learner.parameters()?.into_iter().filter(|p| p.trainable) {
            let values = numbers(&parameter.value)?;
            let gradient = match gradients.get(&parameter.name) {
                Some(gradient) => numbers(gradient)?,
                None => vec![0.0; values.len()],
            };
            spots.push(Spot {
                name: parameter.name,
                like: parameter.value,
                values,
                gradient,
            });
        }
        let mut comparisons = Vec::new();
        for at in 0..spots.len() {
            context.keep_going()?;
            for number in self.some_of(spots[at].values.len(), stream) {
                let mut directions: Vec<Vec<f64>> = vec![Vec::new(); spots.len()];
                directions[at] = vec![0.0; spots[at].values.len()];
                directions[at][number] = 1.0;
                let place = format!("`{}`, number {number}", spots[at].name);
                comparisons.push(self.along(learner, batch, &spots, &directions, place)?);
            }
        }
        let total: usize = spots.iter().map(|spot| spot.values.len()).sum();
        for direction in 0..self.directions.get() {
            context.keep_going()?;
            // Of length one, so that the step means the same as for a coordinate.
            let scale = 1.0 / (total as f64).sqrt();
            let directions: Vec<Vec<f64>> = spots
                .iter()
                .map(|spot| {
                    spot.values
                        .iter()
                        .map(|_| scale * stream.normal())
                        .collect()
                })
                .collect();
            let place = format!("direction {direction} through all parameters");
            comparisons.push(self.along(learner, batch, &spots, &directions, place)?);
        }
        Ok(comparisons)
    }

    /// The derivative of the loss along a direction; an empty part stands still.
    fn along(
        &self,
        learner: &mut dyn Learner,
        batch: &Batch,
        spots: &[Spot],
        directions: &[Vec<f64>],
        place: String,
    ) -> Outcome<Comparison> {
        let moving = || spots.iter().zip(directions).filter(|(_, d)| !d.is_empty());
        let analytic = moving().map(|(spot, d)| dot(&spot.gradient, d)).sum();
        let tried = self.differences(|offset| {
            for (spot, direction) in moving() {
                let pairs = spot.values.iter().zip(direction);
                let values = pairs.map(|(v, d)| v + offset * d).collect();
                learner.set_parameter(&spot.name, &tensor_like(values, &spot.like)?)?;
            }
            Ok(learner.loss(batch, Mode::Evaluation)?)
        })?;
        for (spot, _) in moving() {
            learner.set_parameter(&spot.name, &spot.like)?;
        }
        Ok(Comparison {
            place,
            analytic,
            tried,
        })
    }

    /// Coordinates of the features, for a random weighting of the outputs.
    fn features(
        &self,
        learner: &mut dyn Learner,
        batch: &Batch,
        stream: &mut Stream,
    ) -> Outcome<Vec<Comparison>> {
        let features = &batch.inputs.features;
        let outputs = evaluate(learner, &batch.inputs)?;
        let weights: Vec<f64> = (0..outputs.elem_count()).map(|_| stream.normal()).collect();
        let gradient =
            learner.input_gradient(&batch.inputs, &tensor_like(weights.clone(), &outputs)?)?;
        let (gradient, values) = (numbers(&gradient)?, numbers(features)?);
        let mut comparisons = Vec::new();
        for number in self.some_of(values.len(), stream) {
            let tried = self.differences(|offset| {
                let mut moved = values.clone();
                moved[number] += offset;
                let inputs = Inputs::new(tensor_like(moved, features)?);
                Ok(dot(&numbers(&evaluate(learner, &inputs)?)?, &weights))
            })?;
            comparisons.push(Comparison {
                place: format!("features, number {number}"),
                analytic: gradient[number],
                tried,
            });
        }
        Ok(comparisons)
    }

    /// As many places as asked for, or a few less where one is drawn twice.
    fn some_of(&self, len: usize, stream: &mut Stream) -> BTreeSet<usize> {
        (0..self.coordinates.get())
            .map(|_| stream.below(len))
            .collect()
    }

    /// Central differences of `value` at the step and at half of it.
    fn differences(&self, mut value: impl FnMut(f64) -> Outcome<f64>) -> Outcome<[f64; 2]> {
        let mut central =
            |step: f64| -> Outcome<f64> { Ok((value(step)? - value(-step)?) / (2.0 * step)) };
        Ok([central(self.step.get())?, central(self.step.get() / 2.0)?])
    }
}

/// Enough to see a pattern.
const LINES_MAX: usize = 5;

/// A parameter where it stands, and its gradient there.
struct Spot {
    name: String,
    like: Tensor,
    values: Vec<f64>,
    gradient: Vec<f64>,
}

fn tensor_like(values: Vec<f64>, like: &Tensor) -> Outcome<Tensor> {
    from_numbers(values, like.dims(), like.dtype())
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

const PLANTED: Planted = Planted {
    faults: &[
        Fault {
            name: "a gradient one hundredth off",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [8], activation = "tanh" }
                fault = "gradient-slightly-off"
                [test.x]
                check = "gradient-check"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "off by a factor of 1.01",
        },
        Fault {
            name: "a gradient that goes missing",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "logistic" }
                fault = "gradient-missing"
                [test.x]
                check = "gradient-check"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "`logistic.bias`, number",
        },
        Fault {
            name: "a gradient that pretends there is no rounding",
            spec: r#"
                [model.broken]
                family = "specimen"
                fault = "straight-through"
                [test.x]
                check = "gradient-check"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "`specimen.hidden.",
        },
        Fault {
            name: "an input gradient of the wrong sign",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "linear" }
                fault = "input-gradient-of-wrong-sign"
                [test.x]
                check = "gradient-check"
                dataset = "line"
                model = "broken"
            "#,
            says: "features, number",
        },
    ],
    sound: &[
        Sound {
            name: "mlp with kinks",
            spec: r#"
                [test.x]
                check = "gradient-check"
                dataset = "blobs"
                model = "mlp"
            "#,
        },
        Sound {
            name: "cnn",
            spec: r#"
                [test.x]
                check = "gradient-check"
                dataset = "blobs"
                model = "cnn"
            "#,
        },
        Sound {
            name: "lstm",
            spec: r#"
                [test.x]
                check = "gradient-check"
                dataset = "blobs"
                model = "lstm"
            "#,
        },
        Sound {
            name: "gru",
            spec: r#"
                [test.x]
                check = "gradient-check"
                dataset = "blobs"
                model = "gru"
            "#,
        },
        Sound {
            name: "transformer",
            spec: r#"
                [test.x]
                check = "gradient-check"
                dataset = "blobs"
                model = "transformer"
            "#,
        },
        Sound {
            name: "a regression",
            spec: r#"
                [test.x]
                check = "gradient-check"
                dataset = "line"
                model = "linear"
            "#,
        },
    ],
};
