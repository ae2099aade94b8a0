//! Faults of checkpoints: what is not saved, not restored, or not refused.

use std::path::Path;

use candle_core::Tensor;
use seatrial_model::{Batch, Inputs, Learner, Mode, Probe, Result, StepReport};

use crate::specimen::Sabotage;
use crate::specimen::seam::Rebuild;

/// The faults of this file, by name.
pub(super) fn named(fault: &str) -> Option<Box<dyn Sabotage>> {
    Some(match fault {
        "only-parameters-restored" => Box::new(OnlyParametersRestored),
        "stale-parameter-on-load" => Box::new(StaleParameterOnLoad),
        "load-errors-swallowed" => Box::new(LoadErrorsSwallowed),
        "refused-load-leaves-traces" => Box::new(RefusedLoadLeavesTraces),
        "first-checkpoint-kept" => Box::new(FirstCheckpointKept),
        "running-statistic-not-saved" => Box::new(RunningStatisticNotSaved(0.0)),
        "own-data-order-not-saved" => Box::new(OwnDataOrderNotSaved(0)),
        _ => return None,
    })
}

/// Parameters are restored; optimiser, step count and streams start anew.
struct OnlyParametersRestored;

impl Sabotage for OnlyParametersRestored {
    fn load(&mut self, inner: &mut Box<dyn Learner>, from: &Path, rebuild: &Rebuild) -> Result<()> {
        inner.load(from)?;
        let loaded = inner.parameters()?;
        *inner = rebuild()?;
        for parameter in loaded {
            inner.set_parameter(&parameter.name, &parameter.value)?;
        }
        Ok(())
    }
}

/// The first parameter stays what it was.
struct StaleParameterOnLoad;

impl Sabotage for StaleParameterOnLoad {
    fn load(&mut self, inner: &mut Box<dyn Learner>, from: &Path, _: &Rebuild) -> Result<()> {
        let stale = inner.parameters()?.swap_remove(0);
        inner.load(from)?;
        inner.set_parameter(&stale.name, &stale.value)
    }
}

/// What cannot be loaded is taken as loaded.
struct LoadErrorsSwallowed;

impl Sabotage for LoadErrorsSwallowed {
    fn load(&mut self, inner: &mut Box<dyn Learner>, from: &Path, _: &Rebuild) -> Result<()> {
        let _ = inner.load(from);
        Ok(())
    }
}

/// Parameters are overwritten one after another, until one is found damaged.
struct RefusedLoadLeavesTraces;

impl Sabotage for RefusedLoadLeavesTraces {
    fn load(&mut self, inner: &mut Box<dyn Learner>, from: &Path, _: &Rebuild) -> Result<()> {
        inner.load(from).or_else(|error| {
            let first = inner.parameters()?.swap_remove(0);
            inner.set_parameter(&first.name, &first.value.zeros_like()?)?;
            Err(error)
        })
    }
}

/// A checkpoint that is there already is left alone.
struct FirstCheckpointKept;

impl Sabotage for FirstCheckpointKept {
    fn save(&self, inner: &dyn Learner, to: &Path) -> Result<()> {
        if to.exists() { Ok(()) } else { inner.save(to) }
    }
}

/// Outputs are shifted by a statistic of training that is in no checkpoint.
struct RunningStatisticNotSaved(f64);

impl Sabotage for RunningStatisticNotSaved {
    fn step(&mut self, inner: &mut dyn Learner, batches: &[Batch]) -> Result<StepReport> {
        let report = inner.step(batches)?;
        self.0 = 0.9 * self.0 + 0.1 * report.loss;
        Ok(report)
    }

    fn forward(
        &mut self,
        inner: &mut dyn Learner,
        inputs: &Inputs,
        mode: Mode,
        probe: &mut Probe,
    ) -> Result<Tensor> {
        Ok((inner.forward(inputs, mode, probe)? + self.0)?)
    }
}

/// The learner keeps a place in the data of its own: it trains on one half of
/// each batch, then on the other, and forgets which comes next.
struct OwnDataOrderNotSaved(usize);

impl Sabotage for OwnDataOrderNotSaved {
    fn step(&mut self, inner: &mut dyn Learner, batches: &[Batch]) -> Result<StepReport> {
        self.0 += 1;
        let half = |batch: &Batch| {
            let rows = batch.inputs.features.dim(0)? / 2;
            super::batching::rows_of(batch, (self.0 % 2) * rows, rows)
        };
        let halves = batches.iter().map(half).collect::<Result<Vec<_>>>()?;
        inner.step(&halves)
    }
}
