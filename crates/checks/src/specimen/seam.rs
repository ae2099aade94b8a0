//! A learner that lets a sabotage come between it and the world.

use std::path::Path;

use candle_core::Tensor;
use seatrial_model::{
    Batch, Gradients, InputSchema, Inputs, Learner, Mode, OutputSchema, Parameter, Probe, Result,
    StepReport,
};

use super::sabotage::Sabotage;

/// Builds the sound learner anew.
pub(super) type Rebuild = Box<dyn Fn() -> Result<Box<dyn Learner>> + Send>;

/// A sound learner and what spoils it.
pub(super) struct Broken {
    inner: Box<dyn Learner>,
    sabotage: Box<dyn Sabotage>,
    rebuild: Rebuild,
}

impl Broken {
    pub fn new(inner: Box<dyn Learner>, sabotage: Box<dyn Sabotage>, rebuild: Rebuild) -> Self {
        Self {
            inner,
            sabotage,
            rebuild,
        }
    }
}

impl Learner for Broken {
    fn input(&self) -> &InputSchema {
        self.inner.input()
    }

    fn output(&self) -> OutputSchema {
        self.inner.output()
    }

    fn parameters(&self) -> Result<Vec<Parameter>> {
        self.inner.parameters()
    }

    fn set_parameter(&mut self, name: &str, value: &Tensor) -> Result<()> {
        self.inner.set_parameter(name, value)
    }

    fn forward(&mut self, inputs: &Inputs, mode: Mode, probe: &mut Probe) -> Result<Tensor> {
        self.sabotage
            .forward(self.inner.as_mut(), inputs, mode, probe)
    }

    fn loss(&mut self, batch: &Batch, mode: Mode) -> Result<f64> {
        self.sabotage.loss(self.inner.as_mut(), batch, mode)
    }

    fn gradients(&mut self, batch: &Batch, mode: Mode) -> Result<Gradients> {
        self.sabotage.gradients(self.inner.as_mut(), batch, mode)
    }

    fn input_gradient(&mut self, inputs: &Inputs, weights: &Tensor) -> Result<Tensor> {
        self.sabotage
            .input_gradient(self.inner.as_mut(), inputs, weights)
    }

    fn step(&mut self, batches: &[Batch]) -> Result<StepReport> {
        self.sabotage.step(self.inner.as_mut(), batches)
    }

    fn components(&self) -> Vec<String> {
        self.inner.components()
    }

    fn run_component(&mut self, name: &str, inputs: &[Tensor]) -> Result<Vec<Tensor>> {
        self.sabotage
            .run_component(self.inner.as_mut(), name, inputs)
    }

    fn save(&self, to: &Path) -> Result<()> {
        self.sabotage.save(self.inner.as_ref(), to)
    }

    fn load(&mut self, from: &Path) -> Result<()> {
        self.sabotage.load(&mut self.inner, from, &self.rebuild)
    }
}
