//! Recurrent networks: `lstm` and `gru`, which differ in their cell alone.

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;
use schemars::JsonSchema;
use seatrial_spec::Count;
use serde::{Deserialize, Serialize};

use super::{Declared, Dropout, exactly, sequence_input};
use crate::candle_recipe::{Architecture, usual_output};
use crate::layers::{Give, Gru, Linear, Lstm};
use crate::network::{Network, Pass};
use crate::optim::constant;
use crate::{InputSchema, Inputs, OutputSchema, Task};

/// Declares a family over a cell: the documentation is what editors show.
macro_rules! family {
    ($(#[$doc:meta])* $declaration:ident, $name:literal, $layer:ty) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $declaration {
            /// The flat row read as a sequence: its length and the width of an
            /// element. Sequences of any other length are taken as well.
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

        impl $declaration {
            /// Length of a sequence and width of an element, as a row is read.
            pub fn sequence(&self) -> [usize; 2] {
                self.sequence.map(Count::get)
            }
        }

        impl Declared for $declaration {
            const NAME: &'static str = $name;
        }

        impl Architecture for $declaration {
            fn schemas(&self, task: &Task) -> crate::Result<(InputSchema, OutputSchema)> {
                Ok((sequence_input(task, self.sequence)?, usual_output(task)))
            }

            fn build(&self, task: &Task, vb: VarBuilder<'_>) -> Result<Box<dyn Network>> {
                let sizes = Sizes {
                    width: self.sequence[1].get(),
                    hidden: self.hidden.get(),
                    layers: self.layers.get(),
                    outputs: usual_output(task).width,
                };
                let dropout = self.dropout.get();
                let network = Recurrent::<$layer>::new($name, sizes, dropout, &vb.pp($name))?;
                Ok(Box::new(network))
            }
        }
    };
}

family!(
    /// An LSTM that reads a sequence; its last state gives the outputs.
    LstmDeclaration, "lstm", Lstm
);
family!(
    /// A GRU that reads a sequence; its last state gives the outputs.
    GruDeclaration, "gru", Gru
);

fn hidden() -> Count {
    constant(64.0)
}

fn layers() -> Count {
    constant(1.0)
}

/// What a network needs of a recurrent layer.
trait Layer: Sized + Send + Sync {
    fn new(name: &str, width: usize, hidden: usize, vb: &VarBuilder<'_>) -> Result<Self>;
    fn forward(&self, x: &Tensor, give: &Give, pass: &mut Pass<'_>) -> Result<Tensor>;
    fn cell(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>>;
}

macro_rules! layer {
    ($layer:ty) => {
        impl Layer for $layer {
            fn new(name: &str, width: usize, hidden: usize, vb: &VarBuilder<'_>) -> Result<Self> {
                <$layer>::new(name, width, hidden, vb)
            }

            fn forward(&self, x: &Tensor, give: &Give, pass: &mut Pass<'_>) -> Result<Tensor> {
                self.forward(x, give, pass)
            }

            fn cell(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>> {
                self.cell(exactly(inputs)?)
            }
        }
    };
}

layer!(Lstm);
layer!(Gru);

#[derive(Clone, Copy)]
struct Sizes {
    width: usize,
    hidden: usize,
    layers: usize,
    outputs: usize,
}

struct Recurrent<L> {
    names: Vec<String>,
    layers: Vec<L>,
    head_name: String,
    head: Linear,
    dropout: f64,
}

impl<L: Layer> Recurrent<L> {
    fn new(family: &str, sizes: Sizes, dropout: f64, vb: &VarBuilder<'_>) -> Result<Self> {
        let mut width = sizes.width;
        let (mut layers, mut names) = (Vec::new(), Vec::new());
        for i in 0..sizes.layers {
            // The first has no number: most models have but one.
            let (name, vb) = match i {
                0 => (format!("{family}.cell"), vb.pp("cell")),
                _ => (format!("{family}.cell.{i}"), vb.pp("cell").pp(i)),
            };
            layers.push(L::new(&name, width, sizes.hidden, &vb)?);
            names.push(name);
            width = sizes.hidden;
        }
        Ok(Self {
            names,
            layers,
            head_name: format!("{family}.head"),
            head: Linear::new(sizes.hidden, sizes.outputs, &vb.pp("head"))?,
            dropout,
        })
    }
}

impl<L: Layer> Network for Recurrent<L> {
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
        x = pass.dropout(&self.head_name, &x, self.dropout)?;
        let outputs = self.head.forward(&x)?;
        pass.note(&self.head_name, &outputs);
        Ok(outputs)
    }

    fn components(&self) -> Vec<String> {
        let head = std::iter::once(&self.head_name);
        self.names.iter().chain(head).cloned().collect()
    }

    fn run_component(
        &self,
        name: &str,
        inputs: &[Tensor],
        _: &mut Pass<'_>,
    ) -> Result<Vec<Tensor>> {
        match self.names.iter().position(|known| known == name) {
            Some(layer) => self.layers[layer].cell(inputs),
            None => {
                let [x] = exactly(inputs)?;
                Ok(vec![self.head.forward(x)?])
            }
        }
    }
}
