//! Faults of the forward pass and of the loss.

use candle_core::Tensor;
use seatrial_model::{
    Batch, Inputs, Learner, Mode, ModelError, Probe, Result, StepReport, Targets,
};
use seatrial_rng::{Stream, Streams};

use crate::specimen::Sabotage;

/// The faults of this file, by name.
pub(super) fn named(fault: &str) -> Option<Box<dyn Sabotage>> {
    Some(match fault {
        "dropout-in-evaluation" => Box::new(Drops::when(Mode::Evaluation)),
        "dropout-despite-override" => Box::new(Drops::when(Mode::Training)),
        "training-mode-in-evaluation" => Box::new(TrainingModeInEvaluation),
        "evaluation-moves-parameters" => Box::new(EvaluationMovesParameters),
        "loss-summed" => Box::new(LossSummed),
        "softmax-twice-in-loss" => Box::new(SoftmaxTwiceInLoss),
        "rows-mixed-up" => Box::new(RowsMixedUp),
        "loss-not-finite" => Box::new(LossNotFinite),
        "inputs-ignored" => Box::new(InputsIgnored),
        "answers-by-position" => Box::<AnswersByPosition>::default(),
        _ => return None,
    })
}

/// Drops a tenth of the outputs whenever it runs in one mode.
struct Drops {
    mode: Mode,
    stream: Stream,
}

impl Drops {
    fn when(mode: Mode) -> Self {
        Self {
            mode,
            stream: Streams::new(0).stream("fault/dropout"),
        }
    }
}

impl Sabotage for Drops {
    fn forward(
        &mut self,
        inner: &mut dyn Learner,
        inputs: &Inputs,
        mode: Mode,
        probe: &mut Probe,
    ) -> Result<Tensor> {
        let outputs = inner.forward(inputs, mode, probe)?;
        if mode == self.mode {
            Ok(seatrial_model::dropout::dropout(
                &outputs,
                0.1,
                &mut self.stream,
            )?)
        } else {
            Ok(outputs)
        }
    }
}

/// Nobody switched the model to evaluation.
struct TrainingModeInEvaluation;

impl Sabotage for TrainingModeInEvaluation {
    fn forward(
        &mut self,
        inner: &mut dyn Learner,
        inputs: &Inputs,
        _: Mode,
        probe: &mut Probe,
    ) -> Result<Tensor> {
        inner.forward(inputs, Mode::Training, probe)
    }
}

/// Evaluation updates what only training should.
struct EvaluationMovesParameters;

impl Sabotage for EvaluationMovesParameters {
    fn forward(
        &mut self,
        inner: &mut dyn Learner,
        inputs: &Inputs,
        mode: Mode,
        probe: &mut Probe,
    ) -> Result<Tensor> {
        let outputs = inner.forward(inputs, mode, probe)?;
        let first = inner.parameters()?.swap_remove(0);
        inner.set_parameter(&first.name, &(first.value * 1.01)?)?;
        Ok(outputs)
    }
}

/// The loss of a batch is the sum over its examples.
struct LossSummed;

impl Sabotage for LossSummed {
    fn loss(&mut self, inner: &mut dyn Learner, batch: &Batch, mode: Mode) -> Result<f64> {
        let examples = batch.inputs.features.dims()[0];
        Ok(inner.loss(batch, mode)? * examples as f64)
    }
}

/// The loss takes a softmax of what goes through a softmax anyway.
struct SoftmaxTwiceInLoss;

impl Sabotage for SoftmaxTwiceInLoss {
    fn loss(&mut self, inner: &mut dyn Learner, batch: &Batch, mode: Mode) -> Result<f64> {
        let outputs = inner.forward(&batch.inputs, mode, &mut Probe::counting())?;
        let probabilities = candle_nn::ops::softmax(&outputs, 1)?;
        let Targets::Classes(classes) = &batch.targets else {
            return inner.loss(batch, mode);
        };
        let loss = candle_nn::loss::cross_entropy(&probabilities, classes)?;
        Ok(f64::from(loss.to_scalar::<f32>()?))
    }
}

/// The first example gets the outputs of the last.
struct RowsMixedUp;

impl Sabotage for RowsMixedUp {
    fn forward(
        &mut self,
        inner: &mut dyn Learner,
        inputs: &Inputs,
        mode: Mode,
        probe: &mut Probe,
    ) -> Result<Tensor> {
        let outputs = inner.forward(inputs, mode, probe)?;
        let rows = outputs.dims()[0];
        let last = outputs.narrow(0, rows - 1, 1)?;
        Ok(Tensor::cat(&[&last, &outputs.narrow(0, 1, rows - 1)?], 0)?)
    }
}

/// The loss of every step is 0/0.
struct LossNotFinite;

impl Sabotage for LossNotFinite {
    fn step(&mut self, _: &mut dyn Learner, _: &[Batch]) -> Result<StepReport> {
        Err(ModelError::NotFinite("the loss is NaN".to_owned()))
    }
}

/// The features never reach the model.
struct InputsIgnored;

fn without_features(inputs: &Inputs) -> Result<Inputs> {
    Ok(Inputs {
        features: inputs.features.zeros_like()?,
        lengths: inputs.lengths.clone(),
    })
}

impl Sabotage for InputsIgnored {
    fn forward(
        &mut self,
        inner: &mut dyn Learner,
        inputs: &Inputs,
        mode: Mode,
        probe: &mut Probe,
    ) -> Result<Tensor> {
        inner.forward(&without_features(inputs)?, mode, probe)
    }

    fn step(&mut self, inner: &mut dyn Learner, batches: &[Batch]) -> Result<StepReport> {
        let blind = |batch: &Batch| {
            Ok(Batch {
                inputs: without_features(&batch.inputs)?,
                targets: batch.targets.clone(),
            })
        };
        inner.step(&batches.iter().map(blind).collect::<Result<Vec<_>>>()?)
    }
}

/// Gives back the classes that the last step held, by place in the batch.
#[derive(Default)]
struct AnswersByPosition {
    seen: Option<Tensor>,
}

impl Sabotage for AnswersByPosition {
    fn forward(
        &mut self,
        inner: &mut dyn Learner,
        inputs: &Inputs,
        mode: Mode,
        probe: &mut Probe,
    ) -> Result<Tensor> {
        let outputs = inner.forward(inputs, mode, probe)?;
        match &self.seen {
            Some(classes) if classes.dims()[0] == outputs.dims()[0] => {
                let width = outputs.dims()[1];
                let answers = classes.to_vec1::<u32>()?.into_iter().flat_map(|class| {
                    (0..width).map(move |k| if k == class as usize { 20.0_f32 } else { 0.0 })
                });
                let shape = outputs.shape();
                Ok(Tensor::from_vec(
                    answers.collect(),
                    shape,
                    outputs.device(),
                )?)
            }
            _ => Ok(outputs),
        }
    }

    fn step(&mut self, inner: &mut dyn Learner, batches: &[Batch]) -> Result<StepReport> {
        if let Some(Targets::Classes(classes)) = batches.last().map(|batch| &batch.targets) {
            self.seen = Some(classes.clone());
        }
        inner.step(batches)
    }
}
