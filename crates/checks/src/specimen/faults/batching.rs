//! Faults of how examples share a batch and batches share a step.

use std::collections::BTreeMap;

use candle_core::Tensor;
use seatrial_model::{Batch, Gradients, Inputs, Learner, Mode, Probe, Result, StepReport, Targets};

use crate::specimen::Sabotage;

/// The faults of this file, by name.
pub(super) fn named(fault: &str) -> Option<Box<dyn Sabotage>> {
    Some(match fault {
        "loss-summed" => Box::new(LossSummed),
        "batch-centred" => Box::new(BatchCentred),
        "gradient-never-cleared" => Box::new(GradientNeverCleared(BTreeMap::new())),
        "micro-batches-not-weighted" => Box::new(MicroBatchesNotWeighted),
        "last-micro-batch-only" => Box::new(LastMicroBatchOnly),
        "update-each-micro-batch" => Box::new(UpdateEachMicroBatch),
        _ => return None,
    })
}

/// The loss is the sum over the batch, not the mean.
struct LossSummed;

impl Sabotage for LossSummed {
    fn loss(&mut self, inner: &mut dyn Learner, batch: &Batch, mode: Mode) -> Result<f64> {
        Ok(inner.loss(batch, mode)? * batch.inputs.features.dim(0)? as f64)
    }

    fn gradients(
        &mut self,
        inner: &mut dyn Learner,
        batch: &Batch,
        mode: Mode,
    ) -> Result<Gradients> {
        let mut gradients = inner.gradients(batch, mode)?;
        let rows = batch.inputs.features.dim(0)? as f64;
        gradients.loss *= rows;
        for gradient in gradients.parameters.values_mut() {
            *gradient = (&*gradient * rows)?;
        }
        Ok(gradients)
    }
}

/// Features are centred by their mean over the batch, in evaluation too.
struct BatchCentred;

impl Sabotage for BatchCentred {
    fn forward(
        &mut self,
        inner: &mut dyn Learner,
        inputs: &Inputs,
        mode: Mode,
        probe: &mut Probe,
    ) -> Result<Tensor> {
        let centred = inputs
            .features
            .broadcast_sub(&inputs.features.mean_keepdim(0)?)?;
        let inputs = Inputs {
            features: centred,
            lengths: inputs.lengths.clone(),
        };
        inner.forward(&inputs, mode, probe)
    }
}

/// Plain gradient descent along the sum of all gradients there ever were.
struct GradientNeverCleared(BTreeMap<String, Tensor>);

impl Sabotage for GradientNeverCleared {
    fn step(&mut self, inner: &mut dyn Learner, batches: &[Batch]) -> Result<StepReport> {
        let rows = |batch: &Batch| Ok(batch.inputs.features.dim(0)? as f64);
        let all: f64 = batches.iter().map(rows).sum::<Result<f64>>()?;
        let mut report = StepReport::default();
        for batch in batches {
            let gradients = inner.gradients(batch, Mode::Training)?;
            let weight = rows(batch)? / all;
            report.loss += weight * gradients.loss;
            for (name, gradient) in gradients.parameters {
                let share = (gradient * weight)?;
                let sum = match self.0.get(&name) {
                    Some(sum) => (sum + share)?,
                    None => share,
                };
                self.0.insert(name, sum);
            }
        }
        for parameter in inner.parameters()? {
            let Some(gradient) = self.0.get(&parameter.name) else {
                continue;
            };
            let norm = f64::from(gradient.sqr()?.sum_all()?.to_scalar::<f32>()?).sqrt();
            let moved = (&parameter.value - (gradient * LEARNING_RATE)?)?;
            inner.set_parameter(&parameter.name, &moved)?;
            report
                .update_norms
                .insert(parameter.name.clone(), norm * LEARNING_RATE);
            report.gradient_norms.insert(parameter.name, norm);
        }
        Ok(report)
    }
}

const LEARNING_RATE: f64 = 0.05;

/// Each micro-batch counts alike, however few rows it has.
struct MicroBatchesNotWeighted;

impl Sabotage for MicroBatchesNotWeighted {
    fn step(&mut self, inner: &mut dyn Learner, batches: &[Batch]) -> Result<StepReport> {
        let rows: Vec<usize> = batches
            .iter()
            .map(|batch| Ok(batch.inputs.features.dim(0)?))
            .collect::<Result<_>>()?;
        // As many repetitions as bring all to one size.
        let all: usize = rows.iter().product();
        let repeated = batches.iter().zip(&rows).map(|(batch, rows)| {
            let copies: Vec<_> = std::iter::repeat_n(batch, all / rows).collect();
            joined(&copies)
        });
        inner.step(&repeated.collect::<Result<Vec<_>>>()?)
    }
}

/// The gradient is set, not added to, so that the last micro-batch wins.
struct LastMicroBatchOnly;

impl Sabotage for LastMicroBatchOnly {
    fn step(&mut self, inner: &mut dyn Learner, batches: &[Batch]) -> Result<StepReport> {
        inner.step(&batches[batches.len().saturating_sub(1)..])
    }
}

/// The optimiser steps after every micro-batch.
struct UpdateEachMicroBatch;

impl Sabotage for UpdateEachMicroBatch {
    fn step(&mut self, inner: &mut dyn Learner, batches: &[Batch]) -> Result<StepReport> {
        let mut report = inner.step(&batches[..batches.len().min(1)])?;
        for batch in batches.iter().skip(1) {
            report = inner.step(std::slice::from_ref(batch))?;
        }
        Ok(report)
    }
}

/// Some rows of a batch.
pub(super) fn rows_of(batch: &Batch, start: usize, rows: usize) -> Result<Batch> {
    let inputs = &batch.inputs;
    let lengths = inputs.lengths.as_ref();
    Ok(Batch {
        inputs: Inputs {
            features: inputs.features.narrow(0, start, rows)?,
            lengths: lengths.map(|lengths| lengths[start..start + rows].to_vec()),
        },
        targets: match &batch.targets {
            Targets::Classes(classes) => Targets::Classes(classes.narrow(0, start, rows)?),
            Targets::Values(values) => Targets::Values(values.narrow(0, start, rows)?),
        },
    })
}

/// The rows of several batches without padding.
fn joined(batches: &[&Batch]) -> Result<Batch> {
    let features: Vec<_> = batches.iter().map(|batch| &batch.inputs.features).collect();
    let targets: Vec<_> = batches
        .iter()
        .map(|batch| match &batch.targets {
            Targets::Classes(targets) | Targets::Values(targets) => targets,
        })
        .collect();
    let targets = Tensor::cat(&targets, 0)?;
    Ok(Batch {
        inputs: Inputs::new(Tensor::cat(&features, 0)?),
        targets: match batches.first().map(|batch| &batch.targets) {
            Some(Targets::Values(_)) => Targets::Values(targets),
            _ => Targets::Classes(targets),
        },
    })
}
