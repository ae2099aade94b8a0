//! Faults of the training step.

use seatrial_model::{Batch, Learner, Result, StepReport};

use crate::specimen::Sabotage;

/// The faults of this file, by name.
pub(super) fn named(fault: &str) -> Option<Box<dyn Sabotage>> {
    Some(match fault {
        "parameter-not-optimised" => Box::new(ParameterNotOptimised),
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
