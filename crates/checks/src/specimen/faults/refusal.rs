//! Faults in how bad input is met.

use candle_core::{Tensor, WithDType};
use seatrial_model::{Batch, Inputs, Learner, Mode, Probe, Result, StepReport, Targets};

use crate::specimen::Sabotage;

/// The faults of this file, by name.
pub(super) fn named(fault: &str) -> Option<Box<dyn Sabotage>> {
    Some(match fault {
        "nan-passed-through" => Box::new(NanPassedThrough),
        "class-clamped" => Box::new(ClassClamped),
        "panics-on-bad-input" => Box::new(Panics),
        "refusal-leaves-a-trace" => Box::new(LeavesATrace),
        _ => return None,
    })
}

/// NaN in gives NaN out.
struct NanPassedThrough;

impl Sabotage for NanPassedThrough {
    fn forward(
        &mut self,
        inner: &mut dyn Learner,
        inputs: &Inputs,
        mode: Mode,
        probe: &mut Probe,
    ) -> Result<Tensor> {
        let sum = inputs.features.sum_all()?;
        if sum.dtype() == f32::DTYPE && sum.to_scalar::<f32>()?.is_nan() {
            let shape = (inputs.features.dims()[0], inner.output().width);
            return Ok(Tensor::full(f32::NAN, shape, inputs.features.device())?);
        }
        inner.forward(inputs, mode, probe)
    }
}

/// A class that does not exist counts as the last one.
struct ClassClamped;

fn clamped(inner: &dyn Learner, batch: &Batch) -> Result<Batch> {
    let mut batch = batch.clone();
    if let Targets::Classes(classes) = &mut batch.targets
        && classes.dtype() == u32::DTYPE
    {
        *classes = classes.clamp(0_u32, inner.output().width as u32 - 1)?;
    }
    Ok(batch)
}

impl Sabotage for ClassClamped {
    fn loss(&mut self, inner: &mut dyn Learner, batch: &Batch, mode: Mode) -> Result<f64> {
        let batch = clamped(inner, batch)?;
        inner.loss(&batch, mode)
    }
}

/// Bad input ends in an index out of bounds.
struct Panics;

impl Sabotage for Panics {
    fn forward(
        &mut self,
        inner: &mut dyn Learner,
        inputs: &Inputs,
        mode: Mode,
        probe: &mut Probe,
    ) -> Result<Tensor> {
        let answer = inner.forward(inputs, mode, probe);
        assert!(answer.is_ok(), "index out of bounds");
        answer
    }
}

/// A step that is refused has already changed a parameter.
struct LeavesATrace;

impl Sabotage for LeavesATrace {
    fn step(&mut self, inner: &mut dyn Learner, batches: &[Batch]) -> Result<StepReport> {
        let report = inner.step(batches);
        if report.is_err() {
            let first = inner.parameters()?.swap_remove(0);
            inner.set_parameter(&first.name, &(first.value * 1.01)?)?;
        }
        report
    }
}
