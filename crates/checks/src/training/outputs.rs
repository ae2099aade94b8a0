//! What a trained model says of rows: shared by the checks that judge behaviour.

use std::time::Instant;

use candle_core::{Device, Tensor};
use seatrial_data::{Dataset, Part};
use seatrial_model::{Inputs, Learner, OutputKind, Overrides};
use seatrial_spec::Count;

use crate::cache::{Place, WORTH_KEEPING};
use crate::check::{Failure, Outcome};
use crate::context::{Context, numbers, sample};
use crate::evidence::evaluate;

/// Rows asked about at once: large enough for speed, small enough to stop soon.
const CHUNK: usize = 512;

/// Rows that a model read back must answer as the trained one does.
const ASKED: usize = 64;

/// Probabilities of each class, or values, one line a row.
pub(super) struct Outputs {
    width: usize,
    numbers: Vec<f64>,
}

impl Outputs {
    /// Asks a learner, in evaluation mode, about rows of flat features.
    pub fn of(context: &Context, learner: &mut dyn Learner, features: &[f32]) -> Outcome<Self> {
        let (inputs, schema) = (learner.input().width(), learner.output());
        let mut all = Vec::with_capacity(features.len() / inputs * schema.width);
        for chunk in features.chunks(CHUNK * inputs) {
            context.keep_going()?;
            let rows = chunk.len() / inputs;
            let asked = Tensor::from_slice(chunk, (rows, inputs), &Device::Cpu)?;
            let said = evaluate(learner, &Inputs::new(asked))?;
            if said.dims() != [rows, schema.width] {
                return Err(Failure::Case(format!(
                    "the outputs for {rows} rows have the shape {:?}; [{rows}, {}] expected",
                    said.dims(),
                    schema.width
                )));
            }
            all.extend(numbers(&said)?);
        }
        if let Some(at) = all.iter().position(|number| !number.is_finite()) {
            return Err(Failure::Case(format!(
                "the output for row {} is {}: not a finite number",
                at / schema.width,
                all[at]
            )));
        }
        if schema.kind == OutputKind::Logits {
            all.chunks_mut(schema.width).for_each(softmax);
        }
        Ok(Self {
            width: schema.width,
            numbers: all,
        })
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.numbers.len() / self.width
    }

    /// Probabilities or values of one row.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.numbers[row * self.width..(row + 1) * self.width]
    }

    /// The most probable class of one row; the first of several.
    pub fn decision(&self, row: usize) -> usize {
        let probabilities = self.row(row);
        (1..self.width).fold(0, |best, class| {
            if probabilities[class] > probabilities[best] {
                class
            } else {
                best
            }
        })
    }
}

/// Logits to probabilities, in place.
fn softmax(logits: &mut [f64]) {
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    logits
        .iter_mut()
        .for_each(|logit| *logit = (*logit - largest).exp());
    let sum: f64 = logits.iter().sum();
    logits.iter_mut().for_each(|logit| *logit /= sum);
}

/// How a learner of one run is trained on a dataset: [`train_on`] or [`trained`].
pub(super) type Train = fn(&Context, usize, &Dataset, Count) -> Outcome<Box<dyn Learner>>;

/// A learner of one run after `steps` steps on the training part of a dataset:
/// the case's own, or a variant of it.
pub(super) fn train_on(
    context: &Context,
    run: usize,
    dataset: &Dataset,
    steps: Count,
) -> Outcome<Box<dyn Learner>> {
    let rows = dataset.part(Part::Train);
    let mut trainer = context.trainer(run, &Overrides::default(), dataset, rows)?;
    context.train(&mut trainer, steps.get())?;
    Ok(trainer.learner)
}

/// The case's own model, as [`train_on`] gives it: read back where a case
/// trained it before.
pub(super) fn trained(
    context: &Context,
    run: usize,
    dataset: &Dataset,
    steps: Count,
) -> Outcome<Box<dyn Learner>> {
    let place = Place::of(context, run, dataset, steps)?;
    let untrained = || context.learner(run, &Overrides::default());
    let mut kept = untrained()?;
    if place.recall(kept.as_mut()) {
        return Ok(kept);
    }
    let start = Instant::now();
    let mut learner = train_on(context, run, dataset, steps)?;
    if start.elapsed() >= WORTH_KEEPING {
        let asked = sample(dataset, Part::Train, ASKED, &Overrides::default())?;
        place.keep(learner.as_mut(), untrained()?.as_mut(), &asked.inputs);
    }
    Ok(learner)
}

/// The validation rows of a dataset.
///
/// # Errors
/// When there are none: nothing could be measured.
pub(super) fn validation_rows(dataset: &Dataset) -> Outcome<&[usize]> {
    let rows = dataset.part(Part::Validation);
    if rows.is_empty() {
        return Err(Failure::Case(format!(
            "dataset `{}` has no validation part: give it one in `split`",
            dataset.name
        )));
    }
    Ok(rows)
}

/// The features of these rows, one after the other.
pub(super) fn features_of(dataset: &Dataset, rows: &[usize]) -> Vec<f32> {
    rows.iter()
        .flat_map(|&row| dataset.row(row))
        .copied()
        .collect()
}

/// Mean and (population) standard deviation.
pub(super) fn moments(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let count = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / count;
    let squares: f64 = values.map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / count).sqrt())
}
