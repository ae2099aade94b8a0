//! `memorizes`: a handful of examples can be learnt by heart.

use schemars::JsonSchema;
use seatrial_data::Part;
use seatrial_model::{Batch, Inputs, Learner, Mode, Probe, Targets};
use seatrial_rng::Stream;
use seatrial_spec::{Count, Positive, SubjectKind};
use seatrial_verdict::{Bound, Measurement, Series, Verdict};
use serde::Deserialize;

use crate::context::numbers;
use crate::evidence::{
    UNREGULARISED, compare, constant, course, draw_rows, evaluate, listed, mean_loss, random_batch,
};
use crate::statistics::mean;
use crate::{About, Chapter, Check, Context, Failure, Fault, Outcome, Planted, Sound};

/// With regularisation off, the model learns a few examples by heart.
///
/// Trains on `examples` training rows, all of them in every step, until the
/// loss in evaluation mode is at most `loss_max`, for `steps` steps at most. A
/// model that cannot do this has a bug between its inputs and its parameters.
///
/// Two things are verified rather than assumed. Regularisation is off: outputs
/// in training mode equal those in evaluation mode to the bit, and numbers
/// with a gradient of zero do not move. And the inputs were used: the same
/// training with one and the same input for all examples, the control, must
/// *not* reach `loss_max`.
///
/// Batch normalisation differs between training and evaluation by design, and
/// is refused here.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Memorizes {
    /// Training rows to learn. 64 are few enough for any model worth training,
    /// and too many for its biases alone.
    examples: Count,
    /// The most steps to take; training ends as soon as `loss_max` is reached.
    steps: Count,
    /// The loss to reach: in nats for classes, else as a part of the targets'
    /// variance. 0.01 means that the right class gets 99% of the probability.
    loss_max: Positive,
}

impl Default for Memorizes {
    fn default() -> Self {
        Self {
            examples: constant(64.0),
            steps: constant(500.0),
            loss_max: constant(0.01),
        }
    }
}

impl Check for Memorizes {
    const ABOUT: About = About {
        name: "memorizes",
        chapter: Chapter::Training,
        figure: include_str!("figures/memorizes.txt"),
        needs: &[SubjectKind::Model, SubjectKind::Dataset],
        method: "Overfitting a single batch (Karpathy, A Recipe for Training Neural Networks, \
                 2019), with a control on uninformative inputs (after Zhang et al., \
                 Understanding deep learning requires rethinking generalization, 2017). Weight \
                 decay is looked for where a first step on input of zeros leaves the gradient \
                 at exactly zero: nothing else moves a number there.",
        error_rates: "Deterministic in the case's seed; each of `runs` must hold. A model too \
                      small for its examples, or a learning rate too low for `steps`, fails: \
                      both are declared in the spec. Examples with equal inputs and different \
                      labels cannot be learnt.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let (mut measurements, mut curves, mut faults) = (Vec::new(), Vec::new(), Vec::new());
        for run in 0..context.runs(1) {
            let (found, fault) = regularisation(context, run)?;
            measurements.extend(found);
            faults.extend(fault);
            let batch = self.batch(context, run)?;
            let real = self.train(context, run, &batch, self.steps.get())?;
            let taken = real.curve.len();
            let control = self.train(context, run, &uninformative(&batch)?, taken)?;
            let named = |what: &str| format!("{what}_run_{run}");
            measurements.push(
                Measurement::new(named("loss"), real.loss)
                    .unit(real.unit)
                    .bound(Bound::AtMost(self.loss_max.get())),
            );
            measurements.push(
                Measurement::new(named("control_loss"), control.loss)
                    .unit(real.unit)
                    .bound(Bound::Above(self.loss_max.get())),
            );
            measurements.push(Measurement::new(named("steps"), taken as f64).unit("steps"));
            if control.loss <= self.loss_max.get() {
                faults.push(format!(
                    "run {run}: the control reached a loss of {:.3e}, though every example had \
                     the same input: the answer comes from somewhere else",
                    control.loss
                ));
            }
            faults.extend(real.broke.map(|reason| format!("run {run}: {reason}")));
            let loss = Series::over_steps(format!("loss run={run}"), real.curve);
            curves.push(loss.bound(Bound::AtMost(self.loss_max.get())));
            curves.push(Series::over_steps(
                format!("loss run={run} of the control"),
                control.curve,
            ));
        }
        let verdict = Verdict::judge(measurements, context.spanning()).with_series(curves);
        Ok(if faults.is_empty() {
            verdict.with_hint(
                "a model that cannot learn its own examples by heart does not get their inputs, \
                 is too small for them, or does not follow its gradient",
            )
        } else {
            verdict.against(faults.join("\n"))
        })
    }

    fn planted() -> Planted {
        PLANTED
    }
}

/// Between two looks at the loss in evaluation mode.
const STEPS_BETWEEN_LOOKS: usize = 10;

/// What a training came to.
struct Memory {
    loss: f64,
    unit: &'static str,
    curve: Vec<f64>,
    broke: Option<String>,
}

impl Memorizes {
    /// The examples to learn.
    fn batch(&self, context: &Context, run: usize) -> Outcome<Batch> {
        let dataset = context.dataset()?;
        let mut stream = context.streams(run).stream("examples");
        let (rows, precision) = (dataset.part(Part::Train), UNREGULARISED.precision);
        let batch = draw_rows(&dataset, rows, self.examples.get(), precision, &mut stream)?;
        let (Targets::Classes(targets) | Targets::Values(targets)) = &batch.targets;
        let targets = numbers(targets)?;
        if targets.iter().all(|target| *target == targets[0]) {
            return Err(Failure::Case(format!(
                "all of the {} examples have the same target: there is nothing to learn; ask for \
                 more `examples`",
                targets.len()
            )));
        }
        Ok(batch)
    }

    /// Trains until the loss is reached, or for `steps` steps.
    fn train(&self, context: &Context, run: usize, batch: &Batch, steps: usize) -> Outcome<Memory> {
        let mut learner = context.learner(run, &UNREGULARISED)?;
        let (scale, unit) = scale(batch)?;
        let mut memory = Memory {
            loss: loss(learner.as_mut(), batch)? / scale,
            unit,
            curve: Vec::new(),
            broke: None,
        };
        while memory.curve.len() < steps && memory.loss > self.loss_max.get() {
            let more = STEPS_BETWEEN_LOOKS.min(steps - memory.curve.len());
            let course = course(context, more, || learner.step(std::slice::from_ref(batch)))?;
            memory.curve.extend(course.losses);
            memory.broke = course.broke;
            if memory.broke.is_some() {
                memory.loss = f64::NAN;
                break;
            }
            memory.loss = loss(learner.as_mut(), batch)? / scale;
        }
        Ok(memory)
    }
}

/// The mean loss of a batch in evaluation mode.
fn loss(learner: &mut dyn Learner, batch: &Batch) -> Outcome<f64> {
    let outputs = evaluate(learner, &batch.inputs)?;
    mean_loss(learner.output(), &outputs, &batch.targets)
}

/// What a loss is divided by: nothing for classes, the variance for values.
fn scale(batch: &Batch) -> Outcome<(f64, &'static str)> {
    Ok(match &batch.targets {
        Targets::Classes(_) => (1.0, "nats"),
        Targets::Values(values) => {
            let values = numbers(values)?;
            let centre = mean(&values);
            let squares: Vec<f64> = values.iter().map(|v| (v - centre).powi(2)).collect();
            (mean(&squares), "variances")
        }
    })
}

/// The same targets, and for every example the first one's input.
fn uninformative(batch: &Batch) -> Outcome<Batch> {
    let features = &batch.inputs.features;
    let first = features.narrow(0, 0, 1)?;
    Ok(Batch {
        inputs: Inputs::new(first.broadcast_as(features.shape())?.contiguous()?),
        targets: batch.targets.clone(),
    })
}

/// Examples on which regularisation is looked for.
const EXAMPLES_PROBED: usize = 16;

/// Whether regularisation is off, as was asked for.
fn regularisation(context: &Context, run: usize) -> Outcome<([Measurement; 2], Option<String>)> {
    let mut learner = context.learner(run, &UNREGULARISED)?;
    let mut stream = context.streams(run).stream("regularisation");
    let (training, fault) = modes_differ(learner.as_mut(), &mut stream)?;
    let (probed, decayed) = decayed(learner.as_mut(), &mut stream)?;
    if probed == 0 {
        return Err(Failure::Case(
            "whether weight decay is off cannot be told: with input of zeros, no number of any \
             parameter has a gradient of zero"
                .to_owned(),
        ));
    }
    let measurements = [
        Measurement::new(format!("outputs_dropped_run_{run}"), training as f64)
            .unit("numbers")
            .bound(Bound::Equal(0.0)),
        Measurement::new(format!("numbers_decayed_run_{run}"), decayed.len() as f64)
            .unit("parameters")
            .bound(Bound::Equal(0.0)),
    ];
    let fault = fault.or_else(|| {
        (!decayed.is_empty()).then(|| {
            let names = listed(&decayed);
            format!("weight decay is on, though switched off: {names} moved without a gradient")
        })
    });
    Ok((measurements, fault))
}

/// How many outputs differ between training and evaluation mode.
fn modes_differ(
    learner: &mut dyn Learner,
    stream: &mut Stream,
) -> Outcome<(usize, Option<String>)> {
    let batch = random_batch(learner, EXAMPLES_PROBED, UNREGULARISED.precision, stream)?;
    let evaluation = evaluate(learner, &batch.inputs)?;
    let training = learner.forward(&batch.inputs, Mode::Training, &mut Probe::counting())?;
    let comparison = compare(&evaluation, &training, 0.0)?;
    let fault = (!comparison.agrees()).then(|| {
        format!(
            "dropout, or something else that differs between training and evaluation, is on, \
             though switched off: output {comparison}"
        )
    });
    Ok((comparison.differing, fault))
}

/// Takes a first step on input of zeros. Gives how many numbers had a gradient
/// of exactly zero, and the parameters in which such a number moved.
fn decayed(learner: &mut dyn Learner, stream: &mut Stream) -> Outcome<(usize, Vec<String>)> {
    let mut batch = random_batch(learner, EXAMPLES_PROBED, UNREGULARISED.precision, stream)?;
    batch.inputs.features = batch.inputs.features.zeros_like()?;
    let before = learner.parameters()?;
    let gradients = learner.gradients(&batch, Mode::Training)?;
    learner.step(&[batch])?;
    let after = learner.parameters()?;
    let (mut probed, mut decayed) = (0, Vec::new());
    for (before, after) in before.iter().zip(&after).filter(|(p, _)| p.trainable) {
        let gradient = match gradients.parameters.get(&before.name) {
            Some(gradient) => numbers(gradient)?,
            None => vec![0.0; before.value.elem_count()],
        };
        let values = numbers(&before.value)?
            .into_iter()
            .zip(numbers(&after.value)?);
        // A number that is zero itself does not decay.
        let still: Vec<bool> = gradient
            .iter()
            .zip(values)
            .filter(|(gradient, (before, _))| **gradient == 0.0 && *before != 0.0)
            .map(|(_, (before, after))| before.to_bits() == after.to_bits())
            .collect();
        probed += still.len();
        if still.contains(&false) {
            decayed.push(before.name.clone());
        }
    }
    Ok((probed, decayed))
}

const PLANTED: Planted = Planted {
    faults: &[
        Fault {
            name: "inputs that never reach the model",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [32] }
                fault = "inputs-ignored"
                [test.x]
                check = "memorizes"
                dataset = "blobs"
                model = "broken"
                steps = 100
            "#,
            says: "does not get their inputs",
        },
        Fault {
            name: "an answer that leaks past the inputs",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [32] }
                fault = "answers-by-position"
                [test.x]
                check = "memorizes"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "the control reached",
        },
        Fault {
            name: "dropout that cannot be switched off",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [32] }
                fault = "dropout-despite-override"
                [test.x]
                check = "memorizes"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "dropout",
        },
        Fault {
            name: "weight decay that cannot be switched off",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [32] }
                fault = "weight-decay-despite-override"
                [test.x]
                check = "memorizes"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "weight decay is on, though switched off: `mlp.0.bias`, `mlp.0.weight`",
        },
        Fault {
            name: "a hidden layer that cannot learn",
            spec: r#"
                [model.broken]
                family = "specimen"
                fault = "rounded"
                [test.x]
                check = "memorizes"
                dataset = "line"
                model = "broken"
                steps = 100
            "#,
            says: "loss_run_0",
        },
    ],
    sound: &[
        Sound {
            name: "mlp with dropout and weight decay declared",
            spec: r#"
                [model.regularised]
                family = "mlp"
                hidden = [32]
                dropout = 0.5
                optimizer = { kind = "adamw", learning_rate = 0.01, weight_decay = 0.1 }
                [test.x]
                check = "memorizes"
                dataset = "blobs"
                model = "regularised"
            "#,
        },
        Sound {
            name: "lstm in two runs",
            spec: r#"
                [test.x]
                check = "memorizes"
                dataset = "blobs"
                model = "lstm"
                runs = 2
            "#,
        },
        Sound {
            name: "a regression",
            spec: r#"
                [test.x]
                check = "memorizes"
                dataset = "line"
                model = "mlp"
            "#,
        },
        Sound {
            name: "transformer",
            spec: r#"
                [test.x]
                check = "memorizes"
                dataset = "blobs"
                model = "transformer"
            "#,
        },
    ],
};
