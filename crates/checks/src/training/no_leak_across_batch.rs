//! `no-leak-across-batch`: an example's outputs are its own.

use schemars::JsonSchema;
use seatrial_model::{Inputs, Learner, Overrides, Precision};
use seatrial_rng::Stream;
use seatrial_spec::{Count, NonNegative, SubjectKind};
use seatrial_verdict::{Bound, Measurement};
use serde::Deserialize;

use candle_core::Tensor;

use crate::context::numbers;
use crate::evidence::{HUGE, compare, conclude, constant, evaluate, from_numbers, random_features};
use crate::{About, Chapter, Check, Context, Fault, Outcome, Planted, Sound};

/// The outputs of an example depend on that example alone.
///
/// In evaluation mode, on random input: the first, middle and last example of
/// a batch keep their outputs when all others are replaced, by other examples,
/// by huge ones and by copies; their outputs have no derivative with respect
/// to the others; and a batch gives the same bits whatever batch came before.
/// Each example must depend on itself, or nothing would be shown.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NoLeakAcrossBatch {
    /// Examples in the batch, 2 at least.
    examples: Count,
    /// How far an output may move, relative to its size where that is above 1.
    /// 0 asks for the same bits: the same computation on the same numbers has
    /// no reason to round otherwise.
    tolerance: NonNegative,
    /// Whether derivatives are looked at as well; `false` for a model that
    /// cannot give them.
    gradients: bool,
}

impl Default for NoLeakAcrossBatch {
    fn default() -> Self {
        Self {
            examples: constant(8.0),
            tolerance: constant(0.0),
            gradients: true,
        }
    }
}

impl Check for NoLeakAcrossBatch {
    const ABOUT: About = About {
        name: "no-leak-across-batch",
        chapter: Chapter::Training,
        figure: include_str!("figures/no-leak-across-batch.txt"),
        needs: &[SubjectKind::Model, SubjectKind::Dataset],
        method: "Perturbation: replace all but one, and look at the one. By derivative: the \
                 gradient of one example's outputs with respect to the others is exactly zero \
                 (Karpathy, A Recipe for Training Neural Networks, 2019, `use backprop to chart \
                 dependencies`).",
        error_rates: "Deterministic in the case's seed. Leaks that only training mode has, such \
                      as batch normalisation as it is meant to be, are not looked for.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let mut learner = context.learner(0, &Overrides::default())?;
        let mut stream = context.streams(0).stream("no-leak-across-batch");
        let batch = Rows::random(learner.as_ref(), self.examples.get().max(2), &mut stream)?;
        let outputs = evaluate(learner.as_mut(), &batch.inputs(&batch.values)?)?;
        let mut leaks = Leaks::default();
        self.look_for_state(learner.as_mut(), &batch, &outputs, &mut stream, &mut leaks)?;
        // What is carried over would show as a leak from every row.
        if leaks.faults.is_empty() {
            for row in batch.probed() {
                context.keep_going()?;
                self.look_at(
                    learner.as_mut(),
                    &batch,
                    &outputs,
                    row,
                    &mut stream,
                    &mut leaks,
                )?;
                if self.gradients {
                    look_at_gradient(
                        learner.as_mut(),
                        &batch,
                        &outputs,
                        row,
                        &mut stream,
                        &mut leaks,
                    )?;
                }
            }
        }
        let measurements = vec![
            Measurement::new("comparisons", leaks.compared as f64).bound(Bound::AtLeast(1.0)),
            Measurement::new("leaks", leaks.faults.len() as f64).bound(Bound::Equal(0.0)),
            Measurement::new("difference_max", leaks.largest),
        ];
        Ok(conclude(context, measurements, leaks.faults))
    }

    fn planted() -> Planted {
        PLANTED
    }
}

/// What was found.
#[derive(Default)]
struct Leaks {
    compared: usize,
    largest: f64,
    faults: Vec<String>,
}

/// A batch as numbers, row by row.
struct Rows {
    shape: Vec<usize>,
    range: (f64, f64),
    values: Vec<f64>,
}

impl Rows {
    fn random(learner: &dyn Learner, examples: usize, stream: &mut Stream) -> Outcome<Self> {
        let schema = learner.input();
        let features = random_features(schema, examples, None, Precision::Single, stream)?;
        Ok(Self {
            shape: features.dims().to_vec(),
            range: schema.range,
            values: numbers(&features)?,
        })
    }

    fn width(&self) -> usize {
        self.values.len() / self.shape[0]
    }

    fn inputs(&self, values: &[f64]) -> Outcome<Inputs> {
        let dtype = Precision::Single.dtype();
        Ok(Inputs::new(from_numbers(
            values.to_vec(),
            &self.shape,
            dtype,
        )?))
    }

    /// The first, middle and last row: where off-by-one mistakes show.
    fn probed(&self) -> Vec<usize> {
        let mut rows = vec![0, self.shape[0] / 2, self.shape[0] - 1];
        rows.dedup();
        rows
    }

    /// The batch with every row replaced that `keep` does not keep.
    fn replaced(
        &self,
        keep: impl Fn(usize) -> bool,
        mut value: impl FnMut(usize) -> f64,
    ) -> Vec<f64> {
        let width = self.width();
        let numbers = self.values.iter().enumerate();
        let number = |(flat, kept): (usize, &f64)| {
            if keep(flat / width) {
                *kept
            } else {
                value(flat % width)
            }
        };
        numbers.map(number).collect()
    }
}

impl NoLeakAcrossBatch {
    /// Whether a batch remembers the one before.
    fn look_for_state(
        &self,
        learner: &mut dyn Learner,
        batch: &Rows,
        outputs: &Tensor,
        stream: &mut Stream,
        leaks: &mut Leaks,
    ) -> Outcome<()> {
        let examples = batch.shape[0];
        for (what, examples) in [("same", examples), ("another", examples + 1)] {
            let other = Rows::random(learner, examples, stream)?;
            evaluate(learner, &other.inputs(&other.values)?)?;
            let again = evaluate(learner, &batch.inputs(&batch.values)?)?;
            let comparison = compare(outputs, &again, self.tolerance.get())?;
            leaks.compared += 1;
            leaks.largest = leaks.largest.max(comparison.largest);
            if !comparison.agrees() {
                leaks.faults.push(format!(
                    "state is carried over: after a batch of {what} size, output {comparison}"
                ));
            }
        }
        Ok(())
    }

    /// Whether this row's outputs follow the other rows, and itself.
    fn look_at(
        &self,
        learner: &mut dyn Learner,
        batch: &Rows,
        outputs: &Tensor,
        row: usize,
        stream: &mut Stream,
        leaks: &mut Leaks,
    ) -> Outcome<()> {
        let (low, high) = batch.range;
        let width = batch.width();
        let own = &batch.values[row * width..(row + 1) * width];
        let expected = outputs.get(row)?;
        let keeps = |other: usize| other == row;
        let compositions = [
            (
                "other examples",
                batch.replaced(keeps, |_| stream.uniform(low, high)),
            ),
            (
                "huge numbers",
                batch.replaced(keeps, |_| HUGE * stream.uniform(low, high)),
            ),
            (
                "copies of itself",
                batch.replaced(keeps, |column| own[column]),
            ),
        ];
        for (what, values) in compositions {
            let seen = evaluate(learner, &batch.inputs(&values)?)?.get(row)?;
            let comparison = compare(&expected, &seen, self.tolerance.get())?;
            leaks.compared += 1;
            leaks.largest = leaks.largest.max(comparison.largest);
            if !comparison.agrees() {
                leaks.faults.push(format!(
                    "the outputs of example {row} of {} follow the rest of the batch: with {what} \
                     around it, output {comparison}",
                    batch.shape[0]
                ));
            }
        }
        let changed = batch.replaced(|other| other != row, |_| stream.uniform(low, high));
        let seen = evaluate(learner, &batch.inputs(&changed)?)?.get(row)?;
        if compare(&expected, &seen, 0.0)?.agrees() {
            leaks.faults.push(format!(
                "the outputs of example {row} do not depend on example {row}: nothing is shown \
                 about the others"
            ));
        }
        Ok(())
    }
}

/// Whether this row's outputs have a derivative with respect to other rows.
fn look_at_gradient(
    learner: &mut dyn Learner,
    batch: &Rows,
    outputs: &Tensor,
    row: usize,
    stream: &mut Stream,
    leaks: &mut Leaks,
) -> Outcome<()> {
    let outputs_each = outputs.elem_count() / batch.shape[0];
    let weights = (0..outputs.elem_count())
        .map(|flat| {
            if flat / outputs_each == row {
                stream.normal()
            } else {
                0.0
            }
        })
        .collect();
    let weights = from_numbers(weights, outputs.dims(), outputs.dtype())?;
    let gradient = numbers(&learner.input_gradient(&batch.inputs(&batch.values)?, &weights)?)?;
    let reaches = |from: usize| {
        let gradient = &gradient[from * batch.width()..(from + 1) * batch.width()];
        gradient.iter().any(|g| *g != 0.0)
    };
    leaks.compared += 1;
    if let Some(other) = (0..batch.shape[0]).find(|&other| other != row && reaches(other)) {
        leaks.faults.push(format!(
            "the outputs of example {row} have a derivative with respect to example {other}"
        ));
    }
    if !reaches(row) {
        leaks.faults.push(format!(
            "the outputs of example {row} have no derivative with respect to example {row}: \
             nothing is shown about the others"
        ));
    }
    Ok(())
}

const PLANTED: Planted = Planted {
    faults: &[
        Fault {
            name: "normalisation with statistics of the batch",
            spec: r#"
                [model.broken]
                family = "specimen"
                fault = "batch-statistics"
                [test.x]
                check = "no-leak-across-batch"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "the outputs of example 0 of 8 follow the rest of the batch",
        },
        Fault {
            name: "softmax over the batch",
            spec: r#"
                [model.broken]
                family = "specimen"
                fault = "softmax-over-batch"
                [test.x]
                check = "no-leak-across-batch"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "have a derivative with respect to example",
        },
        Fault {
            name: "state carried over between batches",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "lstm", sequence = [4, 4], hidden = 8 }
                fault = "outputs-carried-over"
                [test.x]
                check = "no-leak-across-batch"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "state is carried over",
        },
        Fault {
            name: "inputs that never reach the model",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [8] }
                fault = "inputs-ignored"
                [test.x]
                check = "no-leak-across-batch"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "do not depend on example 0",
        },
    ],
    sound: &[
        Sound {
            name: "mlp",
            spec: r#"
                [test.x]
                check = "no-leak-across-batch"
                dataset = "blobs"
                model = "mlp"
            "#,
        },
        Sound {
            name: "cnn",
            spec: r#"
                [test.x]
                check = "no-leak-across-batch"
                dataset = "blobs"
                model = "cnn"
            "#,
        },
        Sound {
            name: "lstm",
            spec: r#"
                [test.x]
                check = "no-leak-across-batch"
                dataset = "blobs"
                model = "lstm"
            "#,
        },
        Sound {
            name: "transformer",
            spec: r#"
                [test.x]
                check = "no-leak-across-batch"
                dataset = "blobs"
                model = "transformer"
            "#,
        },
        Sound {
            name: "a regression",
            spec: r#"
                [test.x]
                check = "no-leak-across-batch"
                dataset = "line"
                model = "linear"
            "#,
        },
    ],
};
