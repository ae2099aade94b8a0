//! `gradient-step`: one step on random input.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use seatrial_model::{Learner, Mode, ModelError, Overrides, Precision, StepReport};
use seatrial_spec::{Count, SubjectKind};
use seatrial_verdict::{Bound, Measurement};
use serde::Deserialize;

use crate::context::numbers;
use crate::evidence::{UNREGULARISED, conclude, constant, listed, loss_unit, moved, random_batch};
use crate::{About, Chapter, Check, Context, Fault, Outcome, Planted, Sound};

/// One optimisation step on random input completes and moves what it must.
///
/// Random features are drawn from the range that the training data spans, with
/// random targets. For each batch size, a new model takes one step: the loss
/// and every gradient must be finite, every trainable parameter with a
/// gradient must move, and every frozen one must stay as it was to the bit.
/// Over all batch sizes, the loss must reach every trainable parameter. Last,
/// a second step must follow the gradient of its own batch alone.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GradientStep {
    /// Batch sizes to try, each on a new model. One example is where squeezed
    /// axes and batch statistics break.
    batch_sizes: Vec<Count>,
    /// Names of the parameters that are meant to be frozen; all others must
    /// then learn. Left out, the model's own word is taken for it, and a layer
    /// frozen by mistake is not seen; `[]` says that none is frozen.
    frozen: Option<Vec<String>>,
}

impl Default for GradientStep {
    fn default() -> Self {
        Self {
            batch_sizes: [1.0, 2.0, 32.0].map(constant).to_vec(),
            frozen: None,
        }
    }
}

impl Check for GradientStep {
    const ABOUT: About = About {
        name: "gradient-step",
        chapter: Chapter::Training,
        figure: include_str!("figures/gradient-step.txt"),
        needs: &[SubjectKind::Model, SubjectKind::Dataset],
        method: "Exact: a parameter moved or it did not. A parameter whose gradient is absent \
                 or zero for every batch size counts as not reached by the loss. The gradient \
                 that the second step reports is compared with the gradient of its batch, \
                 regularisation off, to one part in a thousand.",
        error_rates: "Deterministic in the case's seed. A parameter that random input never \
                      reaches in any batch size would be a false alarm; with the default \
                      sizes that asks for a whole layer dead at initialisation. A gradient \
                      that is wrong and not zero is for `gradient-check`.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let mut measurements = Vec::new();
        let mut faults = Vec::new();
        let mut reached = BTreeSet::new();
        let unit = loss_unit(context.learner(0, &Overrides::default())?.output());
        for size in self.batch_sizes.iter().map(|size| size.get()) {
            context.keep_going()?;
            let step = match one_step(context, size)? {
                Ok(step) => step,
                Err(reason) => {
                    faults.push(format!("batch of {size}: the step failed: {reason}"));
                    continue;
                }
            };
            faults.extend(
                step.faults()
                    .map(|fault| format!("batch of {size}: {fault}")),
            );
            measurements
                .push(Measurement::new(format!("loss_batch_{size}"), step.report.loss).unit(unit));
            let (expected, seen) = step.moves();
            measurements.push(
                Measurement::new(format!("parameters_moved_batch_{size}"), seen as f64)
                    .unit("parameters")
                    .bound(Bound::Equal(expected as f64)),
            );
            reached.extend(step.with_gradient().cloned());
        }
        let learner = context.learner(0, &Overrides::default())?;
        let trainable = self.trainable(learner.as_ref(), &mut faults)?;
        let missed: Vec<&String> = trainable.difference(&reached).collect();
        if !missed.is_empty() && faults.is_empty() {
            let names = listed(missed.iter().copied());
            faults.push(format!(
                "the loss does not reach {names}: the gradient is absent or zero for every batch \
                 size; is something in between rounded, detached or dead?"
            ));
        }
        measurements.push(
            Measurement::new(
                "parameters_reached",
                (trainable.len() - missed.len()) as f64,
            )
            .unit("parameters")
            .bound(Bound::Equal(trainable.len() as f64)),
        );
        if faults.is_empty() {
            let (ratio, fault) = self.second_step(context)?;
            measurements.push(
                Measurement::new("second_step_gradient_ratio", ratio)
                    .bound(Bound::Between(1.0 - TOLERANCE, 1.0 + TOLERANCE)),
            );
            faults.extend(fault);
        }
        Ok(conclude(context, measurements, faults))
    }

    fn planted() -> Planted {
        PLANTED
    }
}

/// Relative difference between two computations of one gradient's norm: far
/// above rounding in single precision, far below what another batch changes.
const TOLERANCE: f64 = 1e-3;

impl GradientStep {
    /// Names of the parameters that must learn.
    fn trainable(
        &self,
        learner: &dyn Learner,
        faults: &mut Vec<String>,
    ) -> Outcome<BTreeSet<String>> {
        let parameters = learner.parameters()?;
        let all: BTreeSet<&String> = parameters.iter().map(|p| &p.name).collect();
        if let Some(frozen) = &self.frozen {
            for name in frozen.iter().filter(|name| !all.contains(name)) {
                let known = listed(all.iter().copied());
                faults.push(format!("no parameter is named `{name}`; there are {known}"));
            }
            for parameter in &parameters {
                let (name, meant) = (&parameter.name, frozen.contains(&parameter.name));
                match (parameter.trainable, meant) {
                    (false, false) => faults.push(format!("`{name}` is frozen, and should learn")),
                    (true, true) => faults.push(format!("`{name}` learns, and should be frozen")),
                    _ => {}
                }
            }
        }
        let trainable = parameters
            .into_iter()
            .filter(|parameter| parameter.trainable);
        Ok(trainable.map(|parameter| parameter.name).collect())
    }

    /// The largest ratio between the gradient that a second step reports and
    /// the gradient of its batch, and what is wrong with it.
    fn second_step(&self, context: &Context) -> Outcome<(f64, Option<String>)> {
        let mut learner = context.learner(0, &UNREGULARISED)?;
        let size = self.batch_sizes.iter().map(|size| size.get()).max();
        let mut stream = context.streams(0).stream("two-batches");
        let mut batch = || {
            random_batch(
                learner.as_ref(),
                size.unwrap_or(1),
                Precision::Single,
                &mut stream,
            )
        };
        let (first, second) = (batch()?, batch()?);
        learner.step(&[first])?;
        let own = learner.gradients(&second, Mode::Training)?;
        let report = learner.step(&[second])?;
        let mut worst = (1.0_f64, None);
        for (name, gradient) in &own.parameters {
            let norm = numbers(gradient)?.iter().map(|g| g * g).sum::<f64>().sqrt();
            let reported = report.gradient_norms.get(name).copied().unwrap_or(0.0);
            let ratio = if norm == reported {
                1.0
            } else {
                reported / norm
            };
            if ratio.is_nan() || (ratio - 1.0).abs() > (worst.0 - 1.0).abs() {
                let fault = format!(
                    "the second step's gradient of `{name}` has norm {reported:.4e}; that of its \
                     batch alone is {norm:.4e}: are gradients of the step before never cleared?"
                );
                worst = (ratio, Some(fault));
            }
        }
        let (ratio, fault) = worst;
        let wrong = ratio.is_nan() || (ratio - 1.0).abs() > TOLERANCE;
        Ok((ratio, fault.filter(|_| wrong)))
    }
}

/// What one step did to a new learner.
struct Step {
    report: StepReport,
    /// Every parameter: whether it is trainable, and whether it moved.
    parameters: BTreeMap<String, (bool, bool)>,
}

/// One step of a new learner, or why the model could not take it.
fn one_step(context: &Context, size: usize) -> Outcome<Result<Step, ModelError>> {
    let mut learner = context.learner(0, &Overrides::default())?;
    let mut stream = context.streams(0).stream(&format!("random-batch/{size}"));
    let batch = random_batch(learner.as_ref(), size, Precision::Single, &mut stream)?;
    let before = learner.parameters()?;
    let report = match learner.step(&[batch]) {
        Ok(report) => report,
        Err(ModelError::Stopped) => return Err(ModelError::Stopped.into()),
        Err(error) => return Ok(Err(error)),
    };
    let moved = moved(&before, &learner.parameters()?)?;
    let parameters = before
        .into_iter()
        .map(|p| (p.name.clone(), (p.trainable, moved.contains(&p.name))))
        .collect();
    Ok(Ok(Step { report, parameters }))
}

impl Step {
    /// Names of the parameters that got a gradient other than zero.
    fn with_gradient(&self) -> impl Iterator<Item = &String> {
        let norms = self.report.gradient_norms.iter();
        norms
            .filter(|(_, norm)| **norm != 0.0)
            .map(|(name, _)| name)
    }

    /// How many parameters must move, and how many of those did.
    fn moves(&self) -> (usize, usize) {
        let must = |name: &&String| matches!(self.parameters.get(*name), Some((true, _)));
        let did = |name: &&String| matches!(self.parameters.get(*name), Some((true, true)));
        (
            self.with_gradient().filter(must).count(),
            self.with_gradient().filter(did).count(),
        )
    }

    fn faults(&self) -> impl Iterator<Item = String> {
        self.parameters
            .iter()
            .filter_map(|(name, &(trainable, moved))| {
                match (trainable, moved, self.report.gradient_norms.get(name)) {
                    (false, true, _) => Some(format!("`{name}` is frozen, and moved")),
                    (true, _, Some(norm)) if !norm.is_finite() => {
                        Some(format!("the gradient of `{name}` is not finite"))
                    }
                    (true, false, Some(&norm)) if norm != 0.0 => Some(format!(
                        "`{name}` did not move, though its gradient has norm {norm:.3e}: is the \
                     optimiser told of it?"
                    )),
                    // No gradient in one batch is no fault yet; in all of them it is.
                    _ => None,
                }
            })
    }
}

const PLANTED: Planted = Planted {
    faults: &[
        Fault {
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
            says: "`mlp.0.bias` did not move",
        },
        Fault {
            name: "a gradient through round",
            spec: r#"
                [model.broken]
                family = "specimen"
                fault = "rounded"
                [test.x]
                check = "gradient-step"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "does not reach `specimen.hidden.bias`, `specimen.hidden.weight`",
        },
        Fault {
            name: "a detached layer",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [8] }
                fault = "layer-detached"
                [test.x]
                check = "gradient-step"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "the loss does not reach `mlp.0.bias`",
        },
        Fault {
            name: "a layer frozen by mistake",
            spec: r#"
                [model.frozen]
                family = "mlp"
                hidden = [8]
                frozen = ["mlp.0.weight"]
                [test.x]
                check = "gradient-step"
                dataset = "blobs"
                model = "frozen"
                frozen = []
            "#,
            says: "`mlp.0.weight` is frozen, and should learn",
        },
        Fault {
            name: "a frozen parameter that moves",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [8] }
                frozen = ["mlp.0.weight"]
                fault = "frozen-parameter-moves"
                [test.x]
                check = "gradient-step"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "`mlp.0.weight` is frozen, and moved",
        },
        Fault {
            name: "a loss that is not a number",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "logistic" }
                fault = "loss-not-finite"
                [test.x]
                check = "gradient-step"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "the loss is NaN",
        },
        Fault {
            name: "gradients never cleared",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [8] }
                fault = "gradient-never-cleared"
                [test.x]
                check = "gradient-step"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "never cleared",
        },
    ],
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
            name: "a frozen layer",
            spec: r#"
                [model.frozen]
                family = "mlp"
                hidden = [8]
                frozen = ["mlp.0.weight"]
                [test.x]
                check = "gradient-step"
                dataset = "blobs"
                model = "frozen"
                frozen = ["mlp.0.weight"]
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
        Sound {
            name: "lstm",
            spec: r#"
                [test.x]
                check = "gradient-step"
                dataset = "blobs"
                model = "lstm"
            "#,
        },
    ],
};
