//! `gradient-step`: one step on random input.

use candle_core::{Device, Tensor};
use schemars::JsonSchema;
use seatrial_model::{Batch, Inputs, Learner, Overrides, StepReport, Targets};
use seatrial_rng::Stream;
use seatrial_spec::{Count, SubjectKind};
use seatrial_verdict::{Bound, Measurement, Verdict};
use serde::Deserialize;

use crate::{About, Chapter, Check, Context, Fault, Outcome, Planted, Sound};

/// One optimisation step on random input completes and moves what it must.
///
/// Random features are drawn from the range that the training data spans, with
/// random targets. For each batch size, the loss must be finite, every
/// trainable parameter must get a finite gradient and move, and every frozen
/// parameter must stay as it was to the bit.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GradientStep {
    /// Batch sizes to try, each on a new learner. One example is where
    /// squeezed axes and batch statistics break.
    batch_sizes: Vec<Count>,
}

impl Default for GradientStep {
    fn default() -> Self {
        let sizes = [1.0, 2.0, 32.0];
        Self {
            batch_sizes: sizes.into_iter().flat_map(Count::try_from).collect(),
        }
    }
}

impl Check for GradientStep {
    const ABOUT: About = About {
        name: "gradient-step",
        chapter: Chapter::Training,
        needs: &[SubjectKind::Model, SubjectKind::Dataset],
        method: "Exact: a parameter moved or it did not. A parameter whose gradient \
                 is zero for every batch size counts as not reached by the loss.",
        error_rates: "Deterministic in the case's seed. A unit that random input never \
                      activates in any batch size would be a false alarm; with the default \
                      sizes that asks for a whole layer dead at initialisation.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let mut measurements = Vec::new();
        let mut faults: Vec<String> = Vec::new();
        for size in self.batch_sizes.iter().map(|size| size.get()) {
            context.keep_going()?;
            let mut learner = context.learner(0, &Overrides::default())?;
            let mut stream = context.streams(0).stream(&format!("random-batch/{size}"));
            let batch = random_batch(learner.as_ref(), size, &mut stream)?;
            let before = learner.parameters()?;
            let report = learner.step(&[batch])?;
            let after = learner.parameters()?;
            let mut moved = 0;
            let trainable = before
                .iter()
                .filter(|parameter| parameter.trainable)
                .count();
            for (before, after) in before.iter().zip(&after) {
                let same = crate::context::numbers(&before.value)?
                    .iter()
                    .zip(&crate::context::numbers(&after.value)?)
                    .all(|(b, a)| b.to_bits() == a.to_bits());
                moved += usize::from(before.trainable && !same);
                if let Some(fault) = fault(&before.name, before.trainable, same, &report) {
                    faults.push(format!("batch of {size}: {fault}"));
                }
            }
            measurements
                .push(Measurement::new(format!("loss_batch_{size}"), report.loss).unit("nats"));
            measurements.push(
                Measurement::new(format!("parameters_moved_batch_{size}"), moved as f64)
                    .unit("parameters")
                    .bound(Bound::Equal(trainable as f64)),
            );
        }
        let verdict = Verdict::judge(measurements, context.spanning());
        Ok(if faults.is_empty() {
            verdict
        } else {
            verdict.against(faults.join("\n"))
        })
    }

    fn planted() -> Planted {
        Planted {
            faults: &[Fault {
                name: "a parameter missing from the optimiser",
                spec: r#"
                        [model.broken]
                        family = "broken"
                        of = { family = "mlp", hidden = [8] }
                        fault = "parameter-not-optimised"
                        [test.x]
                        check = "gradient-step"
                        dataset = "blobs"
                        model = "broken"
                    "#,
                says: "did not move",
            }],
            sound: &[
                Sound {
                    name: "mlp",
                    spec: r#"
                        [test.x]
                        check = "gradient-step"
                        dataset = "blobs"
                        model = "mlp"
                    "#,
                },
                Sound {
                    name: "a regression",
                    spec: r#"
                        [test.x]
                        check = "gradient-step"
                        dataset = "line"
                        model = "linear"
                    "#,
                },
            ],
        }
    }
}

/// What is wrong with one parameter after the step, if anything is.
fn fault(name: &str, trainable: bool, same: bool, report: &StepReport) -> Option<String> {
    match (trainable, same, report.gradient_norms.get(name)) {
        (false, true, _) => None,
        (false, false, _) => Some(format!("`{name}` is frozen, and moved")),
        (true, _, None) => Some(format!(
            "the loss does not reach `{name}`: it has no gradient"
        )),
        (true, _, Some(norm)) if !norm.is_finite() => {
            Some(format!("the gradient of `{name}` is not finite"))
        }
        (true, true, Some(norm)) => Some(format!(
            "`{name}` did not move, though its gradient has norm {norm:.3e}: is the \
             optimiser told of it?"
        )),
        (true, false, Some(_)) => None,
    }
}

/// Features uniform over the input range, and targets uniform over the classes
/// or standard normal.
pub(crate) fn random_batch(
    learner: &dyn Learner,
    size: usize,
    stream: &mut Stream,
) -> Outcome<Batch> {
    let (low, high) = learner.input().range;
    let width = learner.input().width();
    let features: Vec<f32> = (0..size * width)
        .map(|_| stream.uniform(low, high) as f32)
        .collect();
    let outputs = learner.output();
    let targets = if outputs.kind == seatrial_model::OutputKind::Values {
        let values = (0..size * outputs.width)
            .map(|_| stream.normal() as f32)
            .collect();
        Targets::Values(Tensor::from_vec(
            values,
            (size, outputs.width),
            &Device::Cpu,
        )?)
    } else {
        let classes = (0..size)
            .map(|_| stream.below(outputs.width) as u32)
            .collect();
        Targets::Classes(Tensor::from_vec(classes, size, &Device::Cpu)?)
    };
    Ok(Batch {
        inputs: Inputs::new(Tensor::from_vec(features, (size, width), &Device::Cpu)?),
        targets,
    })
}
