//! Faults of what a model learns and says: it runs, and is wrong.

use candle_core::{D, Tensor};
use seatrial_model::{Batch, Gradients, Inputs, Learner, Mode, Probe, Result, StepReport, Targets};

use crate::specimen::Sabotage;

/// The faults of this file, by name.
pub(super) fn named(fault: &str) -> Option<Box<dyn Sabotage>> {
    Some(match fault {
        "always-majority" => Box::<AlwaysMajority>::default(),
        "argmax-off-by-one" => Box::new(ArgmaxOffByOne),
        "class-zero-ignored" => Box::new(ClassZeroIgnored),
        "first-feature-ignored" => Box::new(Reads(|column, _| column > 0)),
        "knows-already" => Box::new(KnowsAlready),
        "labels-shifted-by-one-row" => Box::new(LabelsShifted),
        "loss-summed-over-batch" => Box::new(LossSummed),
        "reads-first-half-only" => Box::new(Reads(|column, width| 2 * column < width)),
        _ => return None,
    })
}

/// Says of everything what was most frequent in training.
#[derive(Default)]
struct AlwaysMajority {
    seen: Vec<usize>,
}

impl Sabotage for AlwaysMajority {
    fn step(&mut self, inner: &mut dyn Learner, batches: &[Batch]) -> Result<StepReport> {
        self.seen.resize(inner.output().width, 0);
        for batch in batches {
            if let Targets::Classes(classes) = &batch.targets {
                for class in classes.to_vec1::<u32>()? {
                    self.seen[class as usize] += 1;
                }
            }
        }
        inner.step(batches)
    }

    fn forward(
        &mut self,
        inner: &mut dyn Learner,
        inputs: &Inputs,
        mode: Mode,
        probe: &mut Probe,
    ) -> Result<Tensor> {
        let outputs = inner.forward(inputs, mode, probe)?;
        let classes = 0..self.seen.len();
        let most = classes.max_by_key(|&class| (self.seen[class], std::cmp::Reverse(class)));
        let mut bias = vec![0_f32; outputs.dim(D::Minus1)?];
        bias[most.unwrap_or(0)] = 1e3;
        let bias = Tensor::new(bias, outputs.device())?.to_dtype(outputs.dtype())?;
        Ok(outputs.broadcast_add(&bias)?)
    }
}

/// Outputs stand one place beside their classes.
struct ArgmaxOffByOne;

impl Sabotage for ArgmaxOffByOne {
    fn forward(
        &mut self,
        inner: &mut dyn Learner,
        inputs: &Inputs,
        mode: Mode,
        probe: &mut Probe,
    ) -> Result<Tensor> {
        let outputs = inner.forward(inputs, mode, probe)?;
        Ok(outputs.roll(1, D::Minus1)?)
    }
}

/// The loss skips class 0, as if it were padding.
struct ClassZeroIgnored;

impl Sabotage for ClassZeroIgnored {
    fn step(&mut self, inner: &mut dyn Learner, batches: &[Batch]) -> Result<StepReport> {
        let mut kept = Vec::new();
        for batch in batches {
            let Targets::Classes(classes) = &batch.targets else {
                continue;
            };
            let rows: Vec<u32> = classes
                .to_vec1::<u32>()?
                .iter()
                .zip(0..)
                .filter_map(|(&class, row)| (class != 0).then_some(row))
                .collect();
            let rows = Tensor::new(rows, classes.device())?;
            kept.push(Batch {
                inputs: Inputs::new(batch.inputs.features.index_select(&rows, 0)?),
                targets: Targets::Classes(classes.index_select(&rows, 0)?),
            });
        }
        inner.step(&kept)
    }
}

/// Answers by a rule that it was built with, whatever it was trained on: the
/// second feature speaks for class 1, the first for class 0.
struct KnowsAlready;

impl Sabotage for KnowsAlready {
    fn forward(
        &mut self,
        inner: &mut dyn Learner,
        inputs: &Inputs,
        mode: Mode,
        probe: &mut Probe,
    ) -> Result<Tensor> {
        let outputs = inner.forward(inputs, mode, probe)?;
        let known = (inputs.features.narrow(D::Minus1, 0, 2)? * 5.0)?;
        Ok((outputs * 0.01)?.add(&known)?)
    }
}

/// Each row is trained with the target of the row before it.
struct LabelsShifted;

impl Sabotage for LabelsShifted {
    fn step(&mut self, inner: &mut dyn Learner, batches: &[Batch]) -> Result<StepReport> {
        let shift = |batch: &Batch| {
            let targets = match &batch.targets {
                Targets::Classes(classes) => Targets::Classes(classes.roll(1, 0)?),
                Targets::Values(values) => Targets::Values(values.roll(1, 0)?),
            };
            let inputs = batch.inputs.clone();
            Ok(Batch { inputs, targets })
        };
        let shifted: Result<Vec<_>> = batches.iter().map(shift).collect();
        inner.step(&shifted?)
    }
}

/// The loss is the sum over the examples of a batch, not their mean.
struct LossSummed;

impl Sabotage for LossSummed {
    fn gradients(
        &mut self,
        inner: &mut dyn Learner,
        batch: &Batch,
        mode: Mode,
    ) -> Result<Gradients> {
        let examples = batch.inputs.features.dim(0)? as f64;
        let mut gradients = inner.gradients(batch, mode)?;
        gradients.loss *= examples;
        for gradient in gradients.parameters.values_mut() {
            *gradient = (&*gradient * examples)?;
        }
        Ok(gradients)
    }
}

/// Reads only those features that the rule keeps, by column and width.
struct Reads(fn(usize, usize) -> bool);

impl Reads {
    fn masked(&self, inputs: &Inputs) -> Result<Inputs> {
        let features = &inputs.features;
        let width = features.dim(D::Minus1)?;
        let keep = |column| f32::from(u8::from((self.0)(column, width)));
        let mask: Vec<f32> = (0..width).map(keep).collect();
        let mask = Tensor::new(mask, features.device())?.to_dtype(features.dtype())?;
        Ok(Inputs {
            features: features.broadcast_mul(&mask)?,
            lengths: inputs.lengths.clone(),
        })
    }
}

impl Sabotage for Reads {
    fn forward(
        &mut self,
        inner: &mut dyn Learner,
        inputs: &Inputs,
        mode: Mode,
        probe: &mut Probe,
    ) -> Result<Tensor> {
        inner.forward(&self.masked(inputs)?, mode, probe)
    }

    fn step(&mut self, inner: &mut dyn Learner, batches: &[Batch]) -> Result<StepReport> {
        let masked = |batch: &Batch| {
            let inputs = self.masked(&batch.inputs)?;
            let targets = batch.targets.clone();
            Ok(Batch { inputs, targets })
        };
        let masked: Result<Vec<_>> = batches.iter().map(masked).collect();
        inner.step(&masked?)
    }
}
