//! `output-contract`: outputs and loss are what they say they are.

use candle_core::{D, Tensor};
use candle_nn::ops::softmax;
use schemars::JsonSchema;
use seatrial_model::{
    Batch, Inputs, Learner, Mode, OutputKind, OutputSchema, Overrides, Precision, Targets,
};
use seatrial_spec::{Count, Positive, SubjectKind};
use seatrial_verdict::{Bound, Measurement};
use serde::Deserialize;

use crate::context::numbers;
use crate::evidence::{
    UNREGULARISED, compare, conclude, constant, evaluate, listed, mean_loss, moved, random_batch,
};
use crate::{About, Chapter, Check, Context, Fault, Outcome, Planted, Sound};

/// Outputs have the shape, type and range that the model declares, and the
/// loss is the mean loss of those outputs.
///
/// For each batch size, on random input: one row of outputs an example, of the
/// right width and number type, all finite; probabilities between 0 and 1 that
/// sum to one an example; logits that are no probabilities already, which
/// would mean that softmax is applied twice. The loss that the model reports,
/// in evaluation and as its training step sees it, equals the mean loss
/// computed from the outputs. Evaluating twice gives the same bits and moves
/// no parameter, and each example keeps its outputs when the rows change
/// places.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OutputContract {
    /// Batch sizes to try. One example is where axes get squeezed away.
    batch_sizes: Vec<Count>,
    /// How far a number computed in another order may be off, relative to its
    /// size where that is above 1. 1e-4 is a thousand roundings of single
    /// precision, and far below any of the faults looked for.
    tolerance: Positive,
}

impl Default for OutputContract {
    fn default() -> Self {
        Self {
            batch_sizes: [1.0, 2.0, 32.0].map(constant).to_vec(),
            tolerance: constant(1e-4),
        }
    }
}

impl Check for OutputContract {
    const ABOUT: About = About {
        name: "output-contract",
        chapter: Chapter::Training,
        figure: include_str!("figures/output-contract.txt"),
        needs: &[SubjectKind::Model, SubjectKind::Dataset],
        method: "Direct: each clause of the contract is looked at on random input. Losses are \
                 recomputed from the outputs in double precision; where they differ, the usual \
                 mistakes (a sum, a second softmax, a softmax over the batch, a flipped sign) \
                 are tried in turn to name the one that explains the difference.",
        error_rates: "Deterministic in the case's seed. Logits that lie in [0, 1] and sum to one \
                      for every one of many examples by chance would be a false alarm. Input \
                      outside the range of the training data is not tried.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let (mut measurements, mut faults) = (Vec::new(), Vec::new());
        for size in self.batch_sizes.iter().map(|size| size.get()) {
            context.keep_going()?;
            // As declared: dropout that stays on in evaluation must be there to be seen.
            let mut learner = context.learner(0, &Overrides::default())?;
            let mut stream = context.streams(0).stream(&format!("random-batch/{size}"));
            let batch = random_batch(learner.as_ref(), size, Precision::Single, &mut stream)?;
            let mut found = self.clauses(learner.as_mut(), &batch)?;
            if found.is_empty() {
                let mut learner = context.learner(0, &UNREGULARISED)?;
                found.extend(self.step_fault(learner.as_mut(), &batch)?);
            }
            measurements.push(
                Measurement::new(format!("clauses_broken_batch_{size}"), found.len() as f64)
                    .unit("clauses")
                    .bound(Bound::Equal(0.0)),
            );
            faults.extend(
                found
                    .iter()
                    .map(|fault| format!("batch of {size}: {fault}")),
            );
        }
        Ok(conclude(context, measurements, faults))
    }

    fn planted() -> Planted {
        PLANTED
    }
}

impl OutputContract {
    /// What is broken for this batch.
    fn clauses(&self, learner: &mut dyn Learner, batch: &Batch) -> Outcome<Vec<String>> {
        let schema = learner.output();
        let before = learner.parameters()?;
        let outputs = evaluate(learner, &batch.inputs)?;
        let expected = [batch.inputs.features.dim(0)?, schema.width];
        if outputs.dims() != expected {
            let dims = outputs.dims();
            return Ok(vec![format!(
                "outputs have shape {dims:?}; expected {expected:?}"
            )]);
        }
        let mut faults = Vec::new();
        let dtype = Precision::Single.dtype();
        if outputs.dtype() != dtype {
            faults.push(format!(
                "outputs are {:?}; expected {dtype:?}",
                outputs.dtype()
            ));
        }
        faults.extend(range_fault(schema, &numbers(&outputs)?));
        let again = compare(&outputs, &evaluate(learner, &batch.inputs)?, 0.0)?;
        if !again.agrees() {
            faults.push(format!(
                "evaluating the same batch twice gives other outputs: {again}; is dropout left \
                 on, or state kept?"
            ));
        }
        faults.extend(self.order_fault(learner, batch, &outputs)?);
        let reported = learner.loss(batch, Mode::Evaluation)?;
        faults.extend(self.loss_fault(schema, "the loss", reported, &outputs, &batch.targets)?);
        let moved = moved(&before, &learner.parameters()?)?;
        if !moved.is_empty() {
            let names = listed(&moved);
            faults.push(format!(
                "evaluation moved {names}: it must leave a model as it was"
            ));
        }
        Ok(faults)
    }

    /// Whether a training step sees the mean loss of the outputs. Only without
    /// regularisation are those the outputs of evaluation.
    fn step_fault(&self, learner: &mut dyn Learner, batch: &Batch) -> Outcome<Option<String>> {
        let schema = learner.output();
        let outputs = evaluate(learner, &batch.inputs)?;
        let stepped = learner.step(std::slice::from_ref(batch))?.loss;
        let what = "the loss of a training step, regularisation off,";
        self.loss_fault(schema, what, stepped, &outputs, &batch.targets)
    }

    /// Whether outputs stay with their examples when rows change places.
    fn order_fault(
        &self,
        learner: &mut dyn Learner,
        batch: &Batch,
        outputs: &Tensor,
    ) -> Outcome<Option<String>> {
        let rows = outputs.dim(0)? as u32;
        let backwards: Vec<u32> = (0..rows).rev().collect();
        let order = Tensor::new(backwards, outputs.device())?;
        let turned = Inputs::new(batch.inputs.features.index_select(&order, 0)?);
        let turned = evaluate(learner, &turned)?.index_select(&order, 0)?;
        let comparison = compare(outputs, &turned, self.tolerance.get())?;
        Ok((!comparison.agrees()).then(|| {
            format!(
                "an example's outputs depend on its place in the batch: with the rows in \
                 reverse, output {comparison}"
            )
        }))
    }

    /// Whether a reported loss is the mean loss of the outputs.
    fn loss_fault(
        &self,
        schema: OutputSchema,
        what: &str,
        reported: f64,
        outputs: &Tensor,
        targets: &Targets,
    ) -> Outcome<Option<String>> {
        let expected = mean_loss(schema, outputs, targets)?;
        let explains =
            |value: f64| (reported - value).abs() <= self.tolerance.get() * value.abs().max(1.0);
        if explains(expected) {
            return Ok(None);
        }
        let examples = outputs.dim(0)?;
        let cause = if explains(expected * examples as f64) {
            "that is the sum over the examples, not their mean"
        } else if explains(-expected) {
            "that has the wrong sign"
        } else if schema.kind == OutputKind::Logits
            && explains(mean_loss(schema, &softmax(outputs, D::Minus1)?, targets)?)
        {
            "softmax is applied twice"
        } else if schema.kind == OutputKind::Logits
            && explains(mean_loss(
                as_probabilities(schema),
                &softmax(outputs, 0)?,
                targets,
            )?)
        {
            "softmax goes over the batch, not over the classes"
        } else {
            "none of the usual mistakes explains it"
        };
        Ok(Some(format!(
            "{what} is reported as {reported:.6}, but the mean loss of the outputs is \
             {expected:.6}: {cause}"
        )))
    }
}

/// The same outputs, read as probabilities.
fn as_probabilities(schema: OutputSchema) -> OutputSchema {
    OutputSchema {
        kind: OutputKind::Probabilities,
        ..schema
    }
}

/// Room for the rounding of a sum of single-precision probabilities.
const SUM_TOLERANCE: f64 = 1e-4;

/// What is wrong with the outputs' values, if anything is.
fn range_fault(schema: OutputSchema, outputs: &[f64]) -> Option<String> {
    let width = schema.width;
    if let Some(at) = outputs.iter().position(|value| !value.is_finite()) {
        let (example, value) = (at / width, outputs[at]);
        return Some(format!(
            "output {} of example {example} is {value}",
            at % width
        ));
    }
    let unit = |value: &f64| (-SUM_TOLERANCE..=1.0 + SUM_TOLERANCE).contains(value);
    let sums_to_one = |row: &[f64]| (row.iter().sum::<f64>() - 1.0).abs() <= SUM_TOLERANCE;
    let mut rows = outputs.chunks(width);
    match schema.kind {
        OutputKind::Values => None,
        OutputKind::Probabilities => {
            let wrong = rows.position(|row| !row.iter().all(unit) || !sums_to_one(row))?;
            let row = &outputs[wrong * width..(wrong + 1) * width];
            let sum: f64 = row.iter().sum();
            Some(format!(
                "probabilities of example {wrong} are {row:.4?} and sum to {sum:.6}, not to 1; \
                 does softmax go over the batch?"
            ))
        }
        OutputKind::Logits => {
            let all = width > 1 && rows.all(|row| row.iter().all(unit) && sums_to_one(row));
            all.then(|| {
                "every example's logits lie between 0 and 1 and sum to 1: they are probabilities \
                 already; is softmax applied twice?"
                    .to_owned()
            })
        }
    }
}

const PLANTED: Planted = Planted {
    faults: &[
        Fault {
            name: "softmax applied twice",
            spec: r#"
                [model.broken]
                family = "specimen"
                fault = "softmax-twice"
                [test.x]
                check = "output-contract"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "is softmax applied twice",
        },
        Fault {
            name: "softmax over the batch",
            spec: r#"
                [model.broken]
                family = "specimen"
                fault = "softmax-over-batch"
                [test.x]
                check = "output-contract"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "does softmax go over the batch",
        },
        Fault {
            name: "a second softmax inside the loss",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [32] }
                fault = "softmax-twice-in-loss"
                [test.x]
                check = "output-contract"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "softmax is applied twice",
        },
        Fault {
            name: "a loss summed instead of averaged",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "logistic" }
                fault = "loss-summed"
                [test.x]
                check = "output-contract"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "the sum over the examples",
        },
        Fault {
            name: "dropout left on in evaluation",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [32] }
                fault = "dropout-in-evaluation"
                [test.x]
                check = "output-contract"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "is dropout left on",
        },
        Fault {
            name: "training mode in evaluation",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [32], dropout = 0.5 }
                fault = "training-mode-in-evaluation"
                [test.x]
                check = "output-contract"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "its place in the batch",
        },
        Fault {
            name: "a training step on the sum of the losses",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "logistic" }
                fault = "loss-summed-in-step"
                [test.x]
                check = "output-contract"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "the loss of a training step, regularisation off, is reported as",
        },
        Fault {
            name: "evaluation that trains",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [32] }
                fault = "evaluation-moves-parameters"
                [test.x]
                check = "output-contract"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "evaluation moved `mlp.0.bias`",
        },
        Fault {
            name: "outputs that depend on the place in the batch",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [32] }
                fault = "rows-mixed-up"
                [test.x]
                check = "output-contract"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "its place in the batch",
        },
    ],
    sound: &[
        Sound {
            name: "mlp with dropout",
            spec: r#"
                [model.dropping]
                family = "mlp"
                hidden = [32]
                dropout = 0.5
                [test.x]
                check = "output-contract"
                dataset = "blobs"
                model = "dropping"
            "#,
        },
        Sound {
            name: "probabilities that say so",
            spec: r#"
                [model.specimen]
                family = "specimen"
                fault = "probabilities"
                [test.x]
                check = "output-contract"
                dataset = "blobs"
                model = "specimen"
            "#,
        },
        Sound {
            name: "cnn",
            spec: r#"
                [test.x]
                check = "output-contract"
                dataset = "blobs"
                model = "cnn"
            "#,
        },
        Sound {
            name: "gru",
            spec: r#"
                [test.x]
                check = "output-contract"
                dataset = "blobs"
                model = "gru"
            "#,
        },
        Sound {
            name: "a regression",
            spec: r#"
                [test.x]
                check = "output-contract"
                dataset = "line"
                model = "linear"
            "#,
        },
    ],
};
