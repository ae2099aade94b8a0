//! Faults of how examples share a batch and batches share a step.

use candle_core::Tensor;
use seatrial_model::{Batch, Inputs, Learner, Mode, Probe, Result, StepReport, Targets};

use crate::specimen::Sabotage;

/// The faults of this file, by name.
pub(super) fn named(fault: &str) -> Option<Box<dyn Sabotage>> {
    Some(match fault {
        "batch-centred" => Box::new(BatchCentred),
        "micro-batches-not-weighted" => Box::new(MicroBatchesNotWeighted),
        "last-micro-batch-only" => Box::new(LastMicroBatchOnly),
        "update-each-micro-batch" => Box::new(UpdateEachMicroBatch),
        _ => return None,
    })
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
