//! Ways to spoil a sound learner, each at one place of the seam.

use std::path::Path;

use candle_core::Tensor;
use seatrial_model::{Batch, Gradients, Inputs, Learner, Mode, Probe, Result, StepReport};

use super::seam::Rebuild;

/// Comes between a sound learner and the world. Every method does the right
/// thing unless a fault overrides it.
pub trait Sabotage: Send {
    /// Right after the learner was built.
    fn after_build(&mut self, _inner: &mut dyn Learner) -> Result<()> {
        Ok(())
    }

    /// Outputs for a batch.
    fn forward(
        &mut self,
        inner: &mut dyn Learner,
        inputs: &Inputs,
        mode: Mode,
        probe: &mut Probe,
    ) -> Result<Tensor> {
        inner.forward(inputs, mode, probe)
    }

    /// Mean loss of a batch.
    fn loss(&mut self, inner: &mut dyn Learner, batch: &Batch, mode: Mode) -> Result<f64> {
        inner.loss(batch, mode)
    }

    /// Derivatives of the loss.
    fn gradients(
        &mut self,
        inner: &mut dyn Learner,
        batch: &Batch,
        mode: Mode,
    ) -> Result<Gradients> {
        inner.gradients(batch, mode)
    }

    /// Derivative with respect to the features.
    fn input_gradient(
        &mut self,
        inner: &mut dyn Learner,
        inputs: &Inputs,
        weights: &Tensor,
    ) -> Result<Tensor> {
        inner.input_gradient(inputs, weights)
    }

    /// One optimisation step.
    fn step(&mut self, inner: &mut dyn Learner, batches: &[Batch]) -> Result<StepReport> {
        inner.step(batches)
    }

    /// One component by itself.
    fn run_component(
        &mut self,
        inner: &mut dyn Learner,
        name: &str,
        inputs: &[Tensor],
    ) -> Result<Vec<Tensor>> {
        inner.run_component(name, inputs)
    }

    /// Writing a checkpoint.
    fn save(&self, inner: &dyn Learner, to: &Path) -> Result<()> {
        inner.save(to)
    }

    /// Resuming from a checkpoint.
    fn load(
        &mut self,
        inner: &mut Box<dyn Learner>,
        from: &Path,
        _rebuild: &Rebuild,
    ) -> Result<()> {
        inner.load(from)
    }
}
