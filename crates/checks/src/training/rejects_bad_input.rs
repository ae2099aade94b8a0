//! `rejects-bad-input`: what cannot be computed is refused, and says why.

mod spoiled;

use std::panic::{AssertUnwindSafe, catch_unwind};

use candle_core::{DType, Tensor};
use schemars::JsonSchema;
use seatrial_model::{Batch, Learner, Mode, Overrides, Precision, Probe, Result};
use seatrial_spec::SubjectKind;
use seatrial_verdict::{Bound, Measurement};
use serde::Deserialize;

use crate::evidence::{compare, conclude, evaluate, listed, moved, random_batch};
use crate::{About, Chapter, Check, Context, Fault, Outcome, Planted, Sound};
use spoiled::{Bad, spoiled};

/// Bad input is refused with a reason: no crash, no NaN out, no trace left.
///
/// A batch is spoiled in one way at a time and given to evaluation, to the
/// loss, to the gradients and to a training step. Each must refuse it with a
/// message. Afterwards the parameters are as they were, and a good batch gives
/// the same bits as before.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RejectsBadInput {
    /// Kinds of input that this model takes on purpose, such as `nan` where
    /// NaN stands for a missing value. They are then not tried.
    accepts: Vec<Kind>,
}

/// A way in which a batch can be bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    /// A feature that is not a number.
    Nan,
    /// A feature that is infinite, of either sign.
    Infinity,
    /// One feature too many, or one too few.
    Width,
    /// An axis too many, or one too few.
    Rank,
    /// Features of another number type.
    Dtype,
    /// No example.
    Empty,
    /// Targets for one example more, or one fewer.
    TargetLength,
    /// A class that does not exist, or a target that is not a number.
    TargetRange,
    /// Values where classes are expected, or classes where values are.
    TargetType,
    /// Sequences longer than what is given, of no element, or of another number.
    Lengths,
}

impl Check for RejectsBadInput {
    const ABOUT: About = About {
        name: "rejects-bad-input",
        chapter: Chapter::Training,
        figure: include_str!("figures/rejects-bad-input.txt"),
        needs: &[SubjectKind::Model, SubjectKind::Dataset],
        method: "Negative testing: one mutation at a time of a batch that is accepted. A panic \
                 is caught and counts as a crash.",
        error_rates: "Deterministic. A model that takes one of these on purpose says so with \
                      `accepts`. A foreign crash that ends the process cannot be caught, and \
                      ends the run.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let mut learner = context.learner(0, &Overrides::default())?;
        let mut stream = context.streams(0).stream("good-batch");
        let good = random_batch(learner.as_ref(), EXAMPLES, Precision::Single, &mut stream)?;
        let outputs = evaluate(learner.as_mut(), &good.inputs)?;
        let (mut tried, mut faults) = (0, Vec::new());
        for bad in spoiled(learner.as_ref(), &good)? {
            context.keep_going()?;
            if self.accepts.contains(&bad.kind) {
                continue;
            }
            tried += bad.questions().len();
            let found = meet(learner.as_mut(), &bad, &good, &outputs)?;
            if !found.is_empty() {
                // What was not refused may have changed the model.
                learner = context.learner(0, &Overrides::default())?;
            }
            faults.extend(found.iter().map(|what| format!("{}: {what}", bad.what)));
        }
        let measurements = vec![
            Measurement::new("bad_inputs_tried", tried as f64)
                .unit("requests")
                .bound(Bound::AtLeast(1.0)),
            Measurement::new("bad_inputs_not_refused", faults.len() as f64)
                .unit("requests")
                .bound(Bound::Equal(0.0)),
        ];
        Ok(conclude(context, measurements, faults))
    }

    fn planted() -> Planted {
        PLANTED
    }
}

/// Enough for a target to be missing, few enough to cost nothing.
const EXAMPLES: usize = 4;

/// What is wrong with the way in which a bad batch is met, and with what it
/// leaves behind.
fn meet(
    learner: &mut dyn Learner,
    bad: &Bad,
    good: &Batch,
    outputs: &Tensor,
) -> Outcome<Vec<String>> {
    let before = learner.parameters()?;
    let mut found = Vec::new();
    for question in bad.questions() {
        let answer = question.ask(learner, &bad.batch);
        found.extend(
            answer
                .err()
                .map(|what| format!("{} {what}", question.word())),
        );
    }
    if !found.is_empty() {
        return Ok(found);
    }
    let moved = moved(&before, &learner.parameters()?)?;
    if !moved.is_empty() {
        let names = listed(&moved);
        found.push(format!("the refusal left a trace in {names}"));
    }
    match evaluate(learner, &good.inputs) {
        Ok(again) => {
            let comparison = compare(outputs, &again, 0.0)?;
            if !comparison.agrees() {
                found.push(format!(
                    "afterwards, a good batch gives others: {comparison}"
                ));
            }
        }
        Err(reason) => found.push(format!("afterwards, a good batch is refused: {reason}")),
    }
    Ok(found)
}

/// What a bad batch is given to.
#[derive(Clone, Copy)]
enum Question {
    Forward,
    Loss,
    Gradients,
    Step,
}

impl Bad {
    /// Outputs do not need targets, so bad targets are not given to `forward`.
    fn questions(&self) -> &'static [Question] {
        use Question::{Forward, Gradients, Loss, Step};
        match self.kind {
            Kind::TargetType | Kind::TargetLength | Kind::TargetRange => &[Loss, Gradients, Step],
            _ => &[Forward, Loss, Gradients, Step],
        }
    }
}

impl Question {
    fn word(self) -> &'static str {
        match self {
            Question::Forward => "evaluation",
            Question::Loss => "the loss",
            Question::Gradients => "the gradients",
            Question::Step => "a training step",
        }
    }

    /// Whether the batch is refused with a reason; else what happened instead.
    fn ask(self, learner: &mut dyn Learner, batch: &Batch) -> std::result::Result<(), String> {
        // Unwind safe: whether the learner survived is what is looked at next.
        let answer = catch_unwind(AssertUnwindSafe(|| self.answer(learner, batch)));
        match answer {
            Err(panic) => Err(format!("crashed: {}", said(panic.as_ref()))),
            Ok(Err(reason)) if reason.to_string().trim().is_empty() => {
                Err("refused it without a reason".to_owned())
            }
            Ok(Err(_)) => Ok(()),
            Ok(Ok(number)) if number.is_finite() => Err("accepted it".to_owned()),
            Ok(Ok(number)) => Err(format!("accepted it and gave {number}")),
        }
    }

    /// One number of the answer: not finite if any of it is not.
    fn answer(self, learner: &mut dyn Learner, batch: &Batch) -> Result<f64> {
        let sum = |tensor: &Tensor| -> Result<f64> {
            Ok(tensor.sum_all()?.to_dtype(DType::F64)?.to_scalar()?)
        };
        Ok(match self {
            Question::Forward => {
                let probe = &mut Probe::counting();
                sum(&learner.forward(&batch.inputs, Mode::Evaluation, probe)?)?
            }
            Question::Loss => learner.loss(batch, Mode::Evaluation)?,
            Question::Gradients => {
                let gradients = learner.gradients(batch, Mode::Training)?;
                let sums = gradients.parameters.values().map(sum);
                gradients.loss + sums.sum::<Result<f64>>()?
            }
            Question::Step => learner.step(std::slice::from_ref(batch))?.loss,
        })
    }
}

/// What a panic said.
fn said(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("no message")
}

const PLANTED: Planted = Planted {
    faults: &[
        Fault {
            name: "NaN in, NaN out",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [8] }
                fault = "nan-passed-through"
                [test.x]
                check = "rejects-bad-input"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "a NaN among the features: evaluation accepted it and gave NaN",
        },
        Fault {
            name: "a class that does not exist",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "logistic" }
                fault = "class-clamped"
                [test.x]
                check = "rejects-bad-input"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "a class that does not exist: the loss accepted it",
        },
        Fault {
            name: "a crash",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [8] }
                fault = "panics-on-bad-input"
                [test.x]
                check = "rejects-bad-input"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "evaluation crashed: index out of bounds",
        },
        Fault {
            name: "a refusal that leaves a trace",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [8] }
                fault = "refusal-leaves-a-trace"
                [test.x]
                check = "rejects-bad-input"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "left a trace in `mlp.0.bias`",
        },
        Fault {
            name: "lengths that nobody looks at",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "lstm", sequence = [4, 4], hidden = 8 }
                fault = "mask-ignored"
                [test.x]
                check = "rejects-bad-input"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "a sequence of no element: evaluation accepted it",
        },
    ],
    sound: &[
        Sound {
            name: "mlp",
            spec: r#"
                [test.x]
                check = "rejects-bad-input"
                dataset = "blobs"
                model = "mlp"
            "#,
        },
        Sound {
            name: "lstm",
            spec: r#"
                [test.x]
                check = "rejects-bad-input"
                dataset = "blobs"
                model = "lstm"
            "#,
        },
        Sound {
            name: "cnn",
            spec: r#"
                [test.x]
                check = "rejects-bad-input"
                dataset = "blobs"
                model = "cnn"
            "#,
        },
        Sound {
            name: "transformer",
            spec: r#"
                [test.x]
                check = "rejects-bad-input"
                dataset = "blobs"
                model = "transformer"
            "#,
        },
        Sound {
            name: "a regression",
            spec: r#"
                [test.x]
                check = "rejects-bad-input"
                dataset = "line"
                model = "linear"
            "#,
        },
    ],
};
