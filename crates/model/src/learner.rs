//! The one trait through which checks train and question a model.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::Tensor;

use crate::{Batch, InputSchema, Inputs, OutputSchema, Probe, Result};

/// Whether layers that differ between training and use behave as in training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Dropout drops.
    Training,
    /// The output is a function of input and parameters alone.
    Evaluation,
}

/// A named tensor that a model holds.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Such as `lstm.cell.weight_ih`.
    pub name: String,
    /// Its value: a copy that later training does not change.
    pub value: Tensor,
    /// Whether training is meant to change it.
    pub trainable: bool,
}

/// Derivatives of the mean loss of a batch.
#[derive(Clone, Debug)]
pub struct Gradients {
    /// The loss.
    pub loss: f64,
    /// With respect to each trainable parameter, by name. A parameter that
    /// the loss does not reach is absent.
    pub parameters: BTreeMap<String, Tensor>,
}

/// What one optimisation step did.
#[derive(Clone, Debug, Default)]
pub struct StepReport {
    /// Mean loss of the batch before the step.
    pub loss: f64,
    /// Euclidean norm of each parameter's gradient, by name; absent where the
    /// loss did not reach the parameter.
    pub gradient_norms: BTreeMap<String, f64>,
    /// Euclidean norm of each parameter's change, by name.
    pub update_norms: BTreeMap<String, f64>,
    /// How often each named component ran in the forward pass.
    pub calls: BTreeMap<String, u64>,
}

/// A trainable model, in whatever framework it is written.
///
/// Tensors cross this seam as candle CPU tensors. A learner is a function of
/// the seed it was built from and of the batches it was given: two learners
/// built alike and fed alike are equal to the bit.
pub trait Learner: Send {
    /// What it takes.
    fn input(&self) -> &InputSchema;

    /// What it gives.
    fn output(&self) -> OutputSchema;

    /// Every parameter, sorted by name.
    ///
    /// # Errors
    /// When a value cannot be copied.
    fn parameters(&self) -> Result<Vec<Parameter>>;

    /// Overwrites one parameter.
    ///
    /// # Errors
    /// When there is none of that name, or the shape or dtype differs.
    fn set_parameter(&mut self, name: &str, value: &Tensor) -> Result<()>;

    /// Outputs for a batch. Training mode may draw random numbers; evaluation
    /// mode leaves the learner as it was.
    ///
    /// # Errors
    /// For input that does not fit the schema or is not finite.
    fn forward(&mut self, inputs: &Inputs, mode: Mode, probe: &mut Probe) -> Result<Tensor>;

    /// Mean loss of a batch, without penalties such as weight decay.
    ///
    /// # Errors
    /// As [`forward`](Self::forward), and for targets that do not fit.
    fn loss(&mut self, batch: &Batch, mode: Mode) -> Result<f64>;

    /// Derivatives of that loss with respect to the parameters.
    ///
    /// # Errors
    /// As [`loss`](Self::loss).
    fn gradients(&mut self, batch: &Batch, mode: Mode) -> Result<Gradients>;

    /// Derivative, in evaluation mode, of the sum of `outputs × weights` with
    /// respect to the features; the same shape as the features.
    ///
    /// # Errors
    /// As [`forward`](Self::forward), and when `weights` has not the output's shape.
    fn input_gradient(&mut self, inputs: &Inputs, weights: &Tensor) -> Result<Tensor>;

    /// One optimisation step on the mean loss over all examples of all
    /// `batches`: several batches are accumulated before the one update.
    ///
    /// # Errors
    /// As [`loss`](Self::loss), and when `batches` is empty.
    fn step(&mut self, batches: &[Batch]) -> Result<StepReport>;

    /// Names of the components that a [`Probe`] can count, capture or replay.
    fn components(&self) -> Vec<String>;

    /// Runs one component by itself on given inputs, in evaluation mode.
    ///
    /// # Errors
    /// When there is none of that name, or the inputs do not fit it.
    fn run_component(&mut self, name: &str, inputs: &[Tensor]) -> Result<Vec<Tensor>>;

    /// Writes everything that training needs to resume into the folder `to`,
    /// which appears whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written; what was there before is then still there.
    fn save(&self, to: &Path) -> Result<()>;

    /// Becomes what was saved, to the bit.
    ///
    /// # Errors
    /// When the checkpoint is damaged or of another model; the learner is then
    /// as it was before.
    fn load(&mut self, from: &Path) -> Result<()>;
}
