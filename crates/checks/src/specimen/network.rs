//! A small network that can be spoiled on the inside, where no seam reaches.
//!
//! ```toml
//! [model.unsure]
//! family = "specimen"
//! fault = "softmax-twice"
//! ```
//!
//! One hidden layer with ReLU and a head. Without a fault it is sound.

use std::sync::Arc;

use candle_core::{Result, Tensor};
use candle_nn::{Init, VarBuilder, ops::softmax};
use schemars::JsonSchema;
use seatrial_model::{
    Architecture, CandleRecipe, CommonDeclaration, Extent, InputSchema, Inputs, Network,
    OutputKind, OutputSchema, Pass, Recipe, Task, usual_output,
};
use seatrial_spec::{Misfit, parse};
use serde::Deserialize;

/// A small network, spoiled or not.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Specimen {
    /// What is wrong inside.
    #[serde(default)]
    fault: Fault,
}

/// What is wrong inside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Fault {
    /// Nothing.
    #[default]
    None,
    /// Nothing: the outputs are probabilities, and say so.
    Probabilities,
    /// The hidden layer is rounded, and no gradient passes.
    Rounded,
    /// The hidden layer is rounded, and the gradient pretends it was not.
    StraightThrough,
    /// Every weight starts as the same number.
    ConstantInitialisation,
    /// The outputs go through a softmax, and the loss takes them as logits.
    SoftmaxTwice,
    /// The softmax normalises over the batch instead of the classes.
    SoftmaxOverBatch,
    /// The hidden layer is normalised with statistics of the batch at hand,
    /// in evaluation too.
    BatchStatistics,
    /// Biases so low that no hidden unit is ever active.
    DeadUnits,
}

/// Reads a declaration: the common keys, then the specimen's own.
pub(super) fn build(
    common: toml::Table,
    own: toml::Table,
) -> std::result::Result<Arc<dyn Recipe>, Misfit> {
    let common: CommonDeclaration = parse(common)?;
    let specimen: Specimen = parse(own)?;
    let identity = format!("specimen {:?}", specimen.fault);
    Ok(Arc::new(CandleRecipe::new(identity, specimen, common)))
}

const HIDDEN_UNITS: usize = 16;

impl Architecture for Specimen {
    fn schemas(&self, task: &Task) -> seatrial_model::Result<(InputSchema, OutputSchema)> {
        let mut output = usual_output(task);
        if matches!(self.fault, Fault::Probabilities | Fault::SoftmaxOverBatch) {
            output.kind = OutputKind::Probabilities;
        }
        let input = InputSchema {
            extents: vec![Extent::Fixed(task.features.len())],
            range: task.range,
            accepts_lengths: false,
            features: task.features.clone(),
        };
        Ok((input, output))
    }

    fn build(&self, task: &Task, vb: VarBuilder<'_>) -> Result<Box<dyn Network>> {
        let (inputs, outputs) = (task.features.len(), usual_output(task).width);
        let uniform = |fan: usize| {
            let bound = 1.0 / (fan as f64).sqrt();
            Init::Uniform {
                lo: -bound,
                up: bound,
            }
        };
        let weights = |fan| match self.fault {
            Fault::ConstantInitialisation => Init::Const(0.05),
            _ => uniform(fan),
        };
        let bias = match self.fault {
            Fault::DeadUnits => Init::Const(-1e3),
            _ => Init::Const(0.0),
        };
        let vb = vb.pp("specimen");
        let (hidden, head) = (vb.pp("hidden"), vb.pp("head"));
        Ok(Box::new(SpecimenNetwork {
            fault: self.fault,
            hidden: (
                hidden.get_with_hints((HIDDEN_UNITS, inputs), "weight", weights(inputs))?,
                hidden.get_with_hints(HIDDEN_UNITS, "bias", bias)?,
            ),
            head: (
                head.get_with_hints((outputs, HIDDEN_UNITS), "weight", weights(HIDDEN_UNITS))?,
                head.get_with_hints(outputs, "bias", Init::Const(0.0))?,
            ),
        }))
    }
}

struct SpecimenNetwork {
    fault: Fault,
    hidden: (Tensor, Tensor),
    head: (Tensor, Tensor),
}

impl Network for SpecimenNetwork {
    fn forward(&self, inputs: &Inputs, pass: &mut Pass<'_>) -> Result<Tensor> {
        let mut hidden = affine(&inputs.features, &self.hidden)?.relu()?;
        match self.fault {
            Fault::Rounded => hidden = hidden.round()?,
            Fault::StraightThrough => {
                hidden = (&hidden + (hidden.round()? - &hidden)?.detach())?;
            }
            Fault::BatchStatistics => {
                let centred = hidden.broadcast_sub(&hidden.mean_keepdim(0)?)?;
                let spread = (centred.sqr()?.mean_keepdim(0)? + 1e-5)?.sqrt()?;
                hidden = centred.broadcast_div(&spread)?;
            }
            _ => {}
        }
        pass.note(HIDDEN, &hidden);
        let outputs = affine(&hidden, &self.head)?;
        let outputs = match self.fault {
            Fault::SoftmaxTwice | Fault::Probabilities => softmax(&outputs, 1)?,
            Fault::SoftmaxOverBatch => softmax(&outputs, 0)?,
            _ => outputs,
        };
        pass.note(HEAD, &outputs);
        Ok(outputs)
    }

    fn components(&self) -> Vec<String> {
        vec![HIDDEN.to_owned(), HEAD.to_owned()]
    }
}

const HIDDEN: &str = "specimen.hidden";
const HEAD: &str = "specimen.head";

fn affine(x: &Tensor, (weight, bias): &(Tensor, Tensor)) -> Result<Tensor> {
    x.matmul(&weight.t()?)?.broadcast_add(bias)
}
