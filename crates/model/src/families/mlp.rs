//! The multi-layer perceptron.

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;
use schemars::JsonSchema;
use seatrial_spec::Count;
use serde::{Deserialize, Serialize};

use super::{Declared, Dropout, exactly, flat_input};
use crate::candle_recipe::{Architecture, usual_output};
use crate::layers::{Activation, Linear};
use crate::network::{Network, Pass};
use crate::{InputSchema, Inputs, OutputSchema, Task};

/// A multi-layer perceptron over the flat features.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Mlp {
    /// Units of each hidden layer, first layer first.
    pub hidden: Vec<Count>,
    /// What follows each hidden layer.
    pub activation: Activation,
    /// Probability with which training drops a hidden unit.
    pub dropout: Dropout,
}

impl Default for Mlp {
    fn default() -> Self {
        Self {
            hidden: vec![crate::optim::constant(128.0)],
            activation: Activation::default(),
            dropout: Dropout::default(),
        }
    }
}

impl Declared for Mlp {
    const NAME: &'static str = "mlp";
}

impl Architecture for Mlp {
    fn schemas(&self, task: &Task) -> crate::Result<(InputSchema, OutputSchema)> {
        Ok((flat_input(task), usual_output(task)))
    }

    fn build(&self, task: &Task, vb: VarBuilder<'_>) -> Result<Box<dyn Network>> {
        let vb = vb.pp("mlp");
        let mut width = task.features.len();
        let mut hidden = Vec::new();
        for (i, units) in self.hidden.iter().enumerate() {
            hidden.push(Linear::new(width, units.get(), &vb.pp(i))?);
            width = units.get();
        }
        Ok(Box::new(MlpNetwork {
            names: (0..hidden.len()).map(|i| format!("mlp.{i}")).collect(),
            hidden,
            head: Linear::new(width, usual_output(task).width, &vb.pp("head"))?,
            activation: self.activation,
            dropout: self.dropout.get(),
        }))
    }
}

struct MlpNetwork {
    names: Vec<String>,
    hidden: Vec<Linear>,
    head: Linear,
    activation: Activation,
    dropout: f64,
}

const HEAD: &str = "mlp.head";

impl Network for MlpNetwork {
    fn forward(&self, inputs: &Inputs, pass: &mut Pass<'_>) -> Result<Tensor> {
        let mut x = inputs.features.clone();
        for (layer, name) in self.hidden.iter().zip(&self.names) {
            x = self.activation.apply(&layer.forward(&x)?)?;
            pass.note(name, &x);
            x = pass.dropout(name, &x, self.dropout)?;
        }
        let outputs = self.head.forward(&x)?;
        pass.note(HEAD, &outputs);
        Ok(outputs)
    }

    fn components(&self) -> Vec<String> {
        let mut names = self.names.clone();
        names.push(HEAD.to_owned());
        names
    }

    /// A hidden layer is run with its activation, without dropout.
    fn run_component(
        &self,
        name: &str,
        inputs: &[Tensor],
        _: &mut Pass<'_>,
    ) -> Result<Vec<Tensor>> {
        let [x] = exactly(inputs)?;
        let layer = self.names.iter().position(|known| known == name);
        Ok(vec![match layer {
            Some(i) => self.activation.apply(&self.hidden[i].forward(x)?)?,
            None => self.head.forward(x)?,
        }])
    }
}
