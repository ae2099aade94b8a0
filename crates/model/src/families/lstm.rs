//! Long short-term memory.

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;
use schemars::JsonSchema;
use seatrial_spec::Count;
use serde::{Deserialize, Serialize};

use super::{Declared, Dropout, exactly, sequence_input};
use crate::candle_recipe::{Architecture, usual_output};
use crate::layers::{Give, Linear, Lstm};
use crate::network::{Network, Pass};
use crate::{InputSchema, Inputs, OutputSchema, Task};

/// An LSTM that reads a sequence; its last state gives the outputs.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LstmDeclaration {
    /// The flat row read as a sequence: its length and the width of an element.
    /// Sequences of any other length are taken as well.
    sequence: [Count; 2],
    /// Width of the state.
    #[serde(default = "hidden")]
    hidden: Count,
    /// Layers, each reading the states of the one before.
    #[serde(default = "layers")]
    layers: Count,
    /// Probability with which training drops a number of the last state.
    #[serde(default)]
    dropout: Dropout,
}

fn hidden() -> Count {
    crate::optim::constant(64.0)
}

fn layers() -> Count {
    crate::optim::constant(1.0)
}

impl Declared for LstmDeclaration {
    const NAME: &'static str = "lstm";
}

impl Architecture for LstmDeclaration {
    fn schemas(&self, task: &Task) -> crate::Result<(InputSchema, OutputSchema)> {
        Ok((sequence_input(task, self.sequence)?, usual_output(task)))
    }

    fn build(&self, task: &Task, vb: VarBuilder<'_>) -> Result<Box<dyn Network>> {
        let (vb, hidden) = (vb.pp("lstm"), self.hidden.get());
        let mut width = self.sequence[1].get();
        let mut layers = Vec::new();
        let mut names = Vec::new();
        for i in 0..self.layers.get() {
            // The first has no number: most models have but one.
            let (name, vb) = match i {
                0 => (CELL.to_owned(), vb.pp("cell")),
                _ => (format!("{CELL}.{i}"), vb.pp("cell").pp(i)),
            };
            layers.push(Lstm::new(&name, width, hidden, &vb)?);
            names.push(name);
            width = hidden;
        }
        let head = Linear::new(hidden, usual_output(task).width, &vb.pp("head"))?;
        Ok(Box::new(LstmNetwork {
            names,
            layers,
            head,
            dropout: self.dropout.get(),
        }))
    }
}

struct LstmNetwork {
    names: Vec<String>,
    layers: Vec<Lstm>,
    head: Linear,
    dropout: f64,
}

const CELL: &str = "lstm.cell";
const HEAD: &str = "lstm.head";

impl Network for LstmNetwork {
    fn forward(&self, inputs: &Inputs, pass: &mut Pass<'_>) -> Result<Tensor> {
        let mut x = inputs.features.clone();
        for (i, layer) in self.layers.iter().enumerate() {
            let give = if i + 1 < self.layers.len() {
                Give::States
            } else {
                Give::Last {
                    lengths: inputs.lengths.clone(),
                }
            };
            x = layer.forward(&x, &give, pass)?;
        }
        x = pass.dropout(HEAD, &x, self.dropout)?;
        let outputs = self.head.forward(&x)?;
        pass.note(HEAD, &outputs);
        Ok(outputs)
    }

    fn components(&self) -> Vec<String> {
        let mut names = self.names.clone();
        names.push(HEAD.to_owned());
        names
    }

    fn run_component(
        &self,
        name: &str,
        inputs: &[Tensor],
        _: &mut Pass<'_>,
    ) -> Result<Vec<Tensor>> {
        match self.names.iter().position(|known| known == name) {
            Some(layer) => self.layers[layer].cell(exactly(inputs)?),
            None => {
                let [x] = exactly(inputs)?;
                Ok(vec![self.head.forward(x)?])
            }
        }
    }
}
