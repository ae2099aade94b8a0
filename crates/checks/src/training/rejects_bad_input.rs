//! `rejects-bad-input`: what cannot be computed is refused, and says why.

use std::panic::{AssertUnwindSafe, catch_unwind};

use candle_core::{DType, Device, Tensor};
use schemars::JsonSchema;
use seatrial_model::{
    Batch, Inputs, Learner, Mode, OutputKind, Overrides, Precision, Result, Targets,
};
use seatrial_spec::SubjectKind;
use seatrial_verdict::{Bound, Measurement, Verdict};
use serde::Deserialize;

use crate::context::numbers;
use crate::evidence::{compare, evaluate, from_numbers, listed, moved, random_batch};
use crate::{About, Chapter, Check, Context, Fault, Outcome, Planted, Sound};

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
    TargetKind,
    /// Sequences longer than what is given, of no element, or of another number.
    Lengths,
}

impl Check for RejectsBadInput {
    const ABOUT: About = About {
        name: "rejects-bad-input",
        chapter: Chapter::Training,
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
        let before = learner.parameters()?;
        let (mut tried, mut faults) = (0, Vec::new());
        for bad in spoiled(learner.as_ref(), &good)? {
            context.keep_going()?;
            if self.accepts.contains(&bad.kind) {
                continue;
            }
            for question in bad.questions() {
                tried += 1;
                let answer = question.ask(learner.as_mut(), &bad.batch);
                faults.extend(
                    answer
                        .err()
                        .map(|what| format!("{}: {} {what}", bad.what, question.word())),
                );
            }
            let moved = moved(&before, &learner.parameters()?)?;
            if !moved.is_empty() {
                let names = listed(&moved);
                faults.push(format!("{}: the refusal left a trace in {names}", bad.what));
                break;
            }
            match evaluate(learner.as_mut(), &good.inputs) {
                Ok(again) => {
                    let comparison = compare(&outputs, &again, 0.0)?;
                    if !comparison.agrees() {
                        let what = bad.what;
                        faults.push(format!("{what}: afterwards, a good batch: {comparison}"));
                    }
                }
                Err(reason) => {
                    let what = bad.what;
                    faults.push(format!(
                        "{what}: afterwards, a good batch is refused: {reason}"
                    ));
                }
            }
        }
        let measurements = vec![
            Measurement::new("bad_inputs_tried", f64::from(tried))
                .unit("requests")
                .bound(Bound::AtLeast(1.0)),
            Measurement::new("bad_inputs_not_refused", faults.len() as f64)
                .unit("requests")
                .bound(Bound::Equal(0.0)),
        ];
        let verdict = Verdict::judge(measurements, context.spanning());
        Ok(if faults.is_empty() {
            verdict
        } else {
            verdict.against(faults.join("\n"))
        })
    }

    fn planted() -> Planted {
        PLANTED
    }
}

/// Enough for a target to be missing, few enough to cost nothing.
const EXAMPLES: usize = 4;

/// A batch with one thing wrong.
struct Bad {
    kind: Kind,
    what: &'static str,
    batch: Batch,
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
            Kind::TargetKind | Kind::TargetLength | Kind::TargetRange => &[Loss, Gradients, Step],
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
                let probe = &mut seatrial_model::Probe::counting();
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

/// The batch, spoiled in every way that this model's schemas know of.
fn spoiled(learner: &dyn Learner, good: &Batch) -> Outcome<Vec<Bad>> {
    let features = &good.inputs.features;
    let flat = features.flatten_from(1)?;
    let with_features = |features: Tensor| Batch {
        inputs: Inputs::new(features),
        targets: good.targets.clone(),
    };
    let with_number = |number: f64| -> Outcome<Batch> {
        let mut values = numbers(features)?;
        let middle = values.len() / 2;
        values[middle] = number;
        let features = from_numbers(values, features.dims(), features.dtype())?;
        Ok(with_features(features))
    };
    let last = features.rank() - 1;
    let column = features.narrow(last, 0, 1)?;
    let wider = Tensor::cat(&[features, &column], last)?;
    let flat_wider = Tensor::cat(&[&flat, &flat.narrow(1, 0, 1)?], 1)?;
    let deeper = features.unsqueeze(features.rank())?.unsqueeze(1)?;
    let mut bad = vec![
        (
            Kind::Nan,
            "a NaN among the features",
            with_number(f64::NAN)?,
        ),
        (
            Kind::Infinity,
            "an infinity among the features",
            with_number(f64::INFINITY)?,
        ),
        (
            Kind::Infinity,
            "a negative infinity",
            with_number(f64::NEG_INFINITY)?,
        ),
        (Kind::Width, "one feature too many", with_features(wider)),
        (
            Kind::Width,
            "one flat feature too many",
            with_features(flat_wider),
        ),
        (Kind::Rank, "two axes too many", with_features(deeper)),
        (
            Kind::Rank,
            "no batch axis",
            with_features(features.get(0)?.flatten_all()?),
        ),
        (
            Kind::Dtype,
            "double precision",
            with_features(features.to_dtype(DType::F64)?),
        ),
        (
            Kind::Dtype,
            "integers",
            with_features(features.to_dtype(DType::U32)?),
        ),
        (Kind::Empty, "an empty batch", without_examples(good)?),
    ];
    if features.dim(last)? > 1 {
        let narrower = features.narrow(last, 0, features.dim(last)? - 1)?;
        bad.push((Kind::Width, "one feature too few", with_features(narrower)));
    }
    let with_targets = |targets: Targets| Batch {
        inputs: good.inputs.clone(),
        targets,
    };
    for (kind, what, targets) in spoiled_targets(learner, &good.targets)? {
        bad.push((kind, what, with_targets(targets)));
    }
    for (what, lengths) in spoiled_lengths(learner) {
        let mut batch = good.clone();
        batch.inputs.lengths = Some(lengths);
        bad.push((Kind::Lengths, what, batch));
    }
    let named = |(kind, what, batch)| Bad { kind, what, batch };
    Ok(bad.into_iter().map(named).collect())
}

fn without_examples(good: &Batch) -> Outcome<Batch> {
    let none = |tensor: &Tensor| tensor.narrow(0, 0, 0);
    Ok(Batch {
        inputs: Inputs::new(none(&good.inputs.features)?),
        targets: match &good.targets {
            Targets::Classes(classes) => Targets::Classes(none(classes)?),
            Targets::Values(values) => Targets::Values(none(values)?),
        },
    })
}

fn spoiled_targets(
    learner: &dyn Learner,
    good: &Targets,
) -> Outcome<Vec<(Kind, &'static str, Targets)>> {
    let width = learner.output().width;
    let classes = |classes: Vec<u32>| -> Outcome<Targets> {
        let count = classes.len();
        Ok(Targets::Classes(Tensor::from_vec(
            classes,
            count,
            &Device::Cpu,
        )?))
    };
    let values = |rows: usize, number: f64| -> Outcome<Targets> {
        let numbers = vec![number; rows * width];
        Ok(Targets::Values(from_numbers(
            numbers,
            &[rows, width],
            DType::F32,
        )?))
    };
    let fewer = "targets for one example fewer";
    let more = "targets for one example more";
    Ok(match good {
        Targets::Classes(_) => {
            debug_assert_ne!(learner.output().kind, OutputKind::Values);
            vec![
                (Kind::TargetLength, fewer, classes(vec![0; EXAMPLES - 1])?),
                (Kind::TargetLength, more, classes(vec![0; EXAMPLES + 1])?),
                (
                    Kind::TargetRange,
                    "a class that does not exist",
                    classes(vec![0, 0, 0, width as u32])?,
                ),
                (
                    Kind::TargetKind,
                    "values instead of classes",
                    values(EXAMPLES, 0.5)?,
                ),
            ]
        }
        Targets::Values(_) => vec![
            (Kind::TargetLength, fewer, values(EXAMPLES - 1, 0.5)?),
            (Kind::TargetLength, more, values(EXAMPLES + 1, 0.5)?),
            (
                Kind::TargetRange,
                "a NaN among the targets",
                values(EXAMPLES, f64::NAN)?,
            ),
            (
                Kind::TargetKind,
                "classes instead of values",
                classes(vec![0; EXAMPLES])?,
            ),
        ],
    })
}

fn spoiled_lengths(learner: &dyn Learner) -> Vec<(&'static str, Vec<usize>)> {
    let schema = learner.input();
    let Some(axis) = schema.sequence_axis().filter(|_| schema.accepts_lengths) else {
        return vec![("lengths, though the model takes none", vec![1; EXAMPLES])];
    };
    let longest = schema.usual_shape()[axis];
    vec![
        (
            "a sequence of no element",
            vec![longest, longest, longest, 0],
        ),
        (
            "a sequence longer than its elements",
            vec![longest, longest, longest, longest + 1],
        ),
        ("a length too few", vec![longest; EXAMPLES - 1]),
        ("a length too many", vec![longest; EXAMPLES + 1]),
    ]
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
