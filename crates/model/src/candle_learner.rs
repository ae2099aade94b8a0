//! A learner out of any candle [`Network`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use candle_core::{DType, Tensor, Var};
use seatrial_rng::Streams;

use crate::checkpoint::{self, Contents};
use crate::init::Variables;
use crate::network::{Masks, Network, Pass};
use crate::optim::{Optimizer, OptimizerDeclaration, Stride, clip_scale};
use crate::{
    Batch, Gradients, InputSchema, Inputs, Learner, Mode, ModelError, OutputSchema, Parameter,
    Probe, Result, StepReport, layers, numeric, validate,
};

/// A candle network with its variables, its optimiser and its place in training.
pub(crate) struct CandleLearner {
    pub(crate) network: Box<dyn Network>,
    pub(crate) variables: Variables,
    pub(crate) frozen: BTreeSet<String>,
    pub(crate) input: InputSchema,
    pub(crate) output: OutputSchema,
    pub(crate) dtype: DType,
    pub(crate) declaration: OptimizerDeclaration,
    pub(crate) optimizer: Box<dyn Optimizer>,
    /// Where dropout masks come from; a checkpoint brings its own.
    pub(crate) streams: Streams,
    /// Steps taken so far.
    pub(crate) steps: u64,
    /// Whether dropout drops in training mode.
    pub(crate) drops: bool,
    /// What the model is and how it is trained, in words that a checkpoint
    /// must share.
    pub(crate) identity: String,
}

impl CandleLearner {
    /// Dropout masks of the coming step.
    fn masks(&self) -> Masks {
        if self.drops {
            Masks::of_step(&self.streams, self.steps)
        } else {
            Masks::none()
        }
    }

    /// The network's outputs for inputs that have been checked.
    fn outputs(&self, inputs: &Inputs, pass: &mut Pass<'_>) -> Result<Tensor> {
        let outputs = self.network.forward(inputs, pass)?;
        let expected = [inputs.features.dims()[0], self.output.width];
        if outputs.dims() != expected {
            return Err(ModelError::Declaration(format!(
                "the network gives shape {:?}; its output schema says {expected:?}",
                outputs.dims()
            )));
        }
        Ok(outputs)
    }

    /// The loss of one batch, summed over its examples and divided by `examples`.
    fn batch_loss(&self, batch: &Batch, examples: usize, pass: &mut Pass<'_>) -> Result<Tensor> {
        let inputs = validate::inputs(&self.input, self.dtype, &batch.inputs)?;
        let here = inputs.features.dims()[0];
        validate::targets(self.output, self.dtype, here, &batch.targets)?;
        let outputs = self.outputs(&inputs, pass)?;
        Ok(layers::loss(
            self.output.kind,
            &outputs,
            &batch.targets,
            examples,
        )?)
    }

    /// Derivatives of the mean loss over all batches.
    fn differentiate(&self, batches: &[Batch], mode: Mode, probe: &mut Probe) -> Result<Gradients> {
        let examples = batches
            .iter()
            .map(|batch| batch.inputs.features.dims().first().unwrap_or(&0));
        let examples: usize = examples.sum();
        let mut sum = Gradients {
            loss: 0.0,
            parameters: BTreeMap::new(),
        };
        let mut masks = self.masks();
        for batch in batches {
            let mut pass = Pass::new(mode, probe, masks);
            let loss = self.batch_loss(batch, examples, &mut pass)?;
            masks = pass.into_masks();
            sum.loss += scalar(&loss)?;
            let (mut store, mut leaves) = numeric::collect_leaves(|| loss.backward())?;
            for (name, var) in self.trainable() {
                // Part of it may come from candle's own operations.
                let gradient = match (leaves.remove(&var.id()), store.remove(var)) {
                    (Some(ours), Some(candles)) => ours.add(&candles)?,
                    (Some(gradient), None) | (None, Some(gradient)) => gradient,
                    (None, None) => continue,
                };
                match sum.parameters.get_mut(name) {
                    Some(total) => *total = total.add(&gradient)?,
                    None => {
                        sum.parameters.insert(name.to_owned(), gradient);
                    }
                }
            }
        }
        if sum.loss.is_finite() {
            Ok(sum)
        } else {
            Err(ModelError::NotFinite(format!("the loss is {}", sum.loss)))
        }
    }

    fn trainable(&self) -> impl Iterator<Item = (&str, &Var)> {
        self.variables
            .iter()
            .filter(|(name, _)| !self.frozen.contains(*name))
    }

    /// The optimiser of a checkpoint, if that is one of this model.
    fn fitting(&self, contents: &Contents) -> Result<Box<dyn Optimizer>, String> {
        if contents.identity != self.identity {
            let (saved, own) = (&contents.identity, &self.identity);
            return Err(format!("is of another model: {saved}; this one is {own}"));
        }
        let shape = |tensor: &Tensor| (tensor.dtype(), tensor.dims().to_vec());
        for (name, var) in self.variables.iter() {
            match contents.parameters.get(name) {
                None => return Err(format!("parameter `{name}` is missing")),
                Some(saved) if shape(saved) != shape(var) => {
                    let (saved, own) = (shape(saved), shape(var));
                    return Err(format!("parameter `{name}` is {saved:?}; {own:?} expected"));
                }
                Some(_) => {}
            }
        }
        let stranger = contents
            .parameters
            .keys()
            .find(|name| self.variables.get(name).is_none());
        if let Some(name) = stranger {
            return Err(format!("parameter `{name}` is not one of this model"));
        }
        let counts = self
            .variables
            .iter()
            .map(|(name, var)| (name, var.elem_count()))
            .collect();
        self.optimizer.restored(&contents.optimizer, &counts)
    }

    fn known_component(&self, name: &str) -> Result<()> {
        let known = self.network.components();
        if known.iter().any(|component| component == name) {
            return Ok(());
        }
        Err(ModelError::NoComponent {
            name: name.to_owned(),
            known,
        })
    }
}

/// The value of a tensor of one number.
fn scalar(tensor: &Tensor) -> Result<f64> {
    Ok(match tensor.dtype() {
        DType::F64 => tensor.to_scalar::<f64>()?,
        _ => f64::from(tensor.to_scalar::<f32>()?),
    })
}

impl Learner for CandleLearner {
    fn input(&self) -> &InputSchema {
        &self.input
    }

    fn output(&self) -> OutputSchema {
        self.output
    }

    fn parameters(&self) -> Result<Vec<Parameter>> {
        let parameter = |(name, var): (&str, &Var)| {
            Ok(Parameter {
                name: name.to_owned(),
                value: var.as_tensor().copy()?.detach(),
                trainable: !self.frozen.contains(name),
            })
        };
        self.variables.iter().map(parameter).collect()
    }

    fn set_parameter(&mut self, name: &str, value: &Tensor) -> Result<()> {
        let var = self.variables.get(name);
        let var = var.ok_or_else(|| ModelError::NoParameter(name.to_owned()))?;
        if (var.dtype(), var.shape()) != (value.dtype(), value.shape()) {
            return Err(ModelError::Input(format!(
                "`{name}` is {:?} of shape {:?}; got {:?} of shape {:?}",
                var.dtype(),
                var.dims(),
                value.dtype(),
                value.dims()
            )));
        }
        validate::parameter(name, value)?;
        Ok(var.set(value)?)
    }

    fn forward(&mut self, inputs: &Inputs, mode: Mode, probe: &mut Probe) -> Result<Tensor> {
        let inputs = validate::inputs(&self.input, self.dtype, inputs)?;
        let mut pass = Pass::new(mode, probe, self.masks());
        Ok(self.outputs(&inputs, &mut pass)?.detach())
    }

    fn loss(&mut self, batch: &Batch, mode: Mode) -> Result<f64> {
        let mut probe = Probe::counting();
        let mut pass = Pass::new(mode, &mut probe, self.masks());
        let examples = batch.inputs.features.dims().first().copied().unwrap_or(0);
        scalar(&self.batch_loss(batch, examples, &mut pass)?)
    }

    fn gradients(&mut self, batch: &Batch, mode: Mode) -> Result<Gradients> {
        self.differentiate(std::slice::from_ref(batch), mode, &mut Probe::counting())
    }

    fn input_gradient(&mut self, inputs: &Inputs, weights: &Tensor) -> Result<Tensor> {
        let shape = inputs.features.shape().clone();
        let mut inputs = validate::inputs(&self.input, self.dtype, inputs)?;
        let features = Var::from_tensor(&inputs.features)?;
        inputs.features = features.as_tensor().clone();
        let mut probe = Probe::counting();
        let outputs = self.outputs(&inputs, &mut Pass::evaluation(&mut probe))?;
        if (outputs.dtype(), outputs.shape()) != (weights.dtype(), weights.shape()) {
            return Err(ModelError::Input(format!(
                "weights of the outputs are {:?} of shape {:?}; expected {:?} of shape {:?}",
                weights.dtype(),
                weights.dims(),
                outputs.dtype(),
                outputs.dims()
            )));
        }
        let mut gradients = outputs.mul(weights)?.sum_all()?.backward()?;
        match gradients.remove(&features) {
            Some(gradient) => Ok(gradient.reshape(shape)?),
            // Outputs that do not depend on the features at all.
            None => Ok(features.zeros_like()?.reshape(shape)?),
        }
    }

    fn step(&mut self, batches: &[Batch]) -> Result<StepReport> {
        if batches.is_empty() {
            return Err(ModelError::Input(
                "a step needs at least one batch".to_owned(),
            ));
        }
        let mut probe = Probe::counting();
        let gradients = self.differentiate(batches, Mode::Training, &mut probe)?;
        let mut report = StepReport {
            loss: gradients.loss,
            calls: probe.into_calls(),
            ..StepReport::default()
        };
        let mut squares = 0.0;
        for (name, gradient) in &gradients.parameters {
            let norm = numeric::tensor_norm(gradient)?;
            if !norm.is_finite() {
                // Found before any parameter has moved.
                let reason = format!("the gradient of `{name}` has norm {norm}");
                return Err(ModelError::NotFinite(reason));
            }
            squares += norm * norm;
            report.gradient_norms.insert(name.clone(), norm);
        }
        let stride = Stride {
            learning_rate: self.declaration.learning_rate(self.steps),
            gradient_scale: clip_scale(self.declaration.clip_norm(), squares.sqrt()),
        };
        for (name, gradient) in &gradients.parameters {
            if let Some(var) = self.variables.get(name) {
                let moved = self.optimizer.update(name, var, gradient, stride)?;
                report.update_norms.insert(name.clone(), moved);
            }
        }
        self.steps += 1;
        Ok(report)
    }

    fn components(&self) -> Vec<String> {
        self.network.components()
    }

    fn run_component(&mut self, name: &str, inputs: &[Tensor]) -> Result<Vec<Tensor>> {
        self.known_component(name)?;
        for input in inputs {
            if input.dtype() != self.dtype {
                return Err(ModelError::Input(format!(
                    "component `{name}`: numbers are {:?}; {:?} expected",
                    input.dtype(),
                    self.dtype
                )));
            }
        }
        let mut probe = Probe::counting();
        let mut pass = Pass::evaluation(&mut probe);
        let outputs = self.network.run_component(name, inputs, &mut pass);
        let outputs =
            outputs.map_err(|error| ModelError::Input(format!("component `{name}`: {error}")))?;
        Ok(outputs.iter().map(Tensor::detach).collect())
    }

    fn save(&self, to: &Path) -> Result<()> {
        let value = |(name, var): (&str, &Var)| (name.to_owned(), var.as_detached_tensor());
        let contents = Contents {
            identity: self.identity.clone(),
            steps: self.steps,
            streams: self.streams.clone(),
            parameters: self.variables.iter().map(value).collect(),
            optimizer: self.optimizer.state()?,
        };
        checkpoint::write(to, &contents)
    }

    fn load(&mut self, from: &Path) -> Result<()> {
        let contents = checkpoint::read(from)?;
        let optimizer = self
            .fitting(&contents)
            .map_err(|reason| ModelError::Checkpoint {
                path: from.to_owned(),
                reason,
            })?;
        // Nothing below can fail: every name, shape and dtype has been compared.
        for (name, var) in self.variables.iter() {
            if let Some(value) = contents.parameters.get(name) {
                var.set(value)?;
            }
        }
        self.optimizer = optimizer;
        self.streams = contents.streams;
        self.steps = contents.steps;
        Ok(())
    }
}
