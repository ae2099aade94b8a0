//! Faults of the training step.

use seatrial_model::{Batch, Learner, Mode, Result, StepReport, Targets};

use crate::specimen::Sabotage;

/// The faults of this file, by name.
pub(super) fn named(fault: &str) -> Option<Box<dyn Sabotage>> {
    Some(match fault {
        "parameter-not-optimised" => Box::new(ParameterNotOptimised),
        "layer-detached" => Box::new(LayerDetached),
        "frozen-parameter-moves" => Box::new(FrozenParameterMoves),
        "gradient-never-cleared" => Box::<GradientNeverCleared>::default(),
        "weight-decay-despite-override" => Box::new(WeightDecayDespiteOverride),
        "labels-shuffled" => Box::new(LabelsShuffled),
        "loss-sign-flipped" => Box::new(UpdateScaled(-1.0)),
        "learning-rate-thousandfold" => Box::new(UpdateScaled(1000.0)),
        "learning-rate-thousandth" => Box::new(UpdateScaled(0.001)),
        _ => return None,
    })
}

/// The optimiser was never told of the first parameter.
struct ParameterNotOptimised;

impl Sabotage for ParameterNotOptimised {
    fn step(&mut self, inner: &mut dyn Learner, batches: &[Batch]) -> Result<StepReport> {
        let forgotten = inner.parameters()?.swap_remove(0);
        let mut report = inner.step(batches)?;
        inner.set_parameter(&forgotten.name, &forgotten.value)?;
        report.update_norms.insert(forgotten.name, 0.0);
        Ok(report)
    }
}

/// The loss does not reach the first parameter, which should learn.
struct LayerDetached;

impl Sabotage for LayerDetached {
    fn step(&mut self, inner: &mut dyn Learner, batches: &[Batch]) -> Result<StepReport> {
        let mut report = ParameterNotOptimised.step(inner, batches)?;
        report.gradient_norms.pop_first();
        Ok(report)
    }
}

/// Weight decay pulls at frozen parameters too.
struct FrozenParameterMoves;

impl Sabotage for FrozenParameterMoves {
    fn step(&mut self, inner: &mut dyn Learner, batches: &[Batch]) -> Result<StepReport> {
        let report = inner.step(batches)?;
        for parameter in inner.parameters()? {
            if !parameter.trainable {
                inner.set_parameter(&parameter.name, &(parameter.value * 0.999)?)?;
            }
        }
        Ok(report)
    }
}

/// Every step goes along the sum of all gradients so far.
#[derive(Default)]
struct GradientNeverCleared {
    seen: Vec<Batch>,
}

impl Sabotage for GradientNeverCleared {
    fn step(&mut self, inner: &mut dyn Learner, batches: &[Batch]) -> Result<StepReport> {
        self.seen.extend_from_slice(batches);
        let mut loss = 0.0;
        for batch in batches {
            loss += inner.loss(batch, Mode::Training)? / batches.len() as f64;
        }
        let mut report = inner.step(&self.seen)?;
        report.loss = loss;
        Ok(report)
    }
}

/// Shrinks every parameter at each step, whatever was overridden.
struct WeightDecayDespiteOverride;

impl Sabotage for WeightDecayDespiteOverride {
    fn step(&mut self, inner: &mut dyn Learner, batches: &[Batch]) -> Result<StepReport> {
        let report = inner.step(batches)?;
        for parameter in inner.parameters()? {
            inner.set_parameter(&parameter.name, &(parameter.value * 0.9999)?)?;
        }
        Ok(report)
    }
}

/// Inputs and labels were shuffled apart: each example has its neighbour's.
struct LabelsShuffled;

impl Sabotage for LabelsShuffled {
    fn step(&mut self, inner: &mut dyn Learner, batches: &[Batch]) -> Result<StepReport> {
        let mut batches = batches.to_vec();
        for batch in &mut batches {
            let (Targets::Classes(targets) | Targets::Values(targets)) = &mut batch.targets;
            let rows = targets.dims()[0];
            let neighbours = (1..=rows).map(|row| (row % rows) as u32);
            let order =
                candle_core::Tensor::from_vec(neighbours.collect(), rows, targets.device())?;
            *targets = targets.index_select(&order, 0)?;
        }
        inner.step(&batches)
    }
}

/// Every update is this many times what it should be.
struct UpdateScaled(f64);

impl Sabotage for UpdateScaled {
    fn step(&mut self, inner: &mut dyn Learner, batches: &[Batch]) -> Result<StepReport> {
        let before = inner.parameters()?;
        let mut report = inner.step(batches)?;
        let after = inner.parameters()?;
        for (before, after) in before.iter().zip(&after) {
            let update = ((&after.value - &before.value)? * self.0)?;
            inner.set_parameter(&after.name, &(&before.value + update)?)?;
        }
        for norm in report.update_norms.values_mut() {
            *norm *= self.0.abs();
        }
        Ok(report)
    }
}
