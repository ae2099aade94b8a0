//! The transformer encoder.

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;
use schemars::JsonSchema;
use seatrial_spec::Count;
use serde::{Deserialize, Serialize};

use super::{Declared, Dropout, exactly, need, sequence_input};
use crate::candle_recipe::{Architecture, usual_output};
use crate::layers::{
    Activation, LayerNorm, Linear, SelfAttention, add_positions, mean_over_sequence,
};
use crate::network::{Network, Pass};
use crate::optim::constant;
use crate::{InputSchema, Inputs, OutputSchema, Task};

/// A transformer encoder that reads a sequence; the mean of its elements
/// gives the outputs.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transformer {
    /// The flat row read as a sequence: its length and the width of an element.
    /// Sequences of any other length are taken as well.
    sequence: [Count; 2],
    /// Width that elements have inside.
    #[serde(default = "d_model")]
    d_model: Count,
    /// Attention heads, which share that width.
    #[serde(default = "heads")]
    heads: Count,
    /// Blocks of attention and feed-forward layer.
    #[serde(default = "layers")]
    layers: Count,
    /// Units of each feed-forward layer; 4 × `d_model` unless given.
    feed_forward: Option<Count>,
    /// What follows the first half of each feed-forward layer.
    #[serde(default)]
    activation: Activation,
    /// Whether an element sees only itself and those before it.
    #[serde(default)]
    causal: bool,
    /// Probability with which training drops a number that a block adds.
    #[serde(default)]
    dropout: Dropout,
}

fn d_model() -> Count {
    constant(64.0)
}

fn heads() -> Count {
    constant(4.0)
}

fn layers() -> Count {
    constant(2.0)
}

impl Transformer {
    fn feed_forward(&self) -> usize {
        self.feed_forward.map_or(4 * self.d_model.get(), Count::get)
    }
}

impl Declared for Transformer {
    const NAME: &'static str = "transformer";
}

impl Architecture for Transformer {
    fn schemas(&self, task: &Task) -> crate::Result<(InputSchema, OutputSchema)> {
        let (width, heads) = (self.d_model.get(), self.heads.get());
        let reason = format!("{heads} heads cannot share d_model = {width}: it is no multiple");
        need(width.is_multiple_of(heads), &reason)?;
        Ok((sequence_input(task, self.sequence)?, usual_output(task)))
    }

    fn build(&self, task: &Task, vb: VarBuilder<'_>) -> Result<Box<dyn Network>> {
        let (vb, width) = (vb.pp("transformer"), self.d_model.get());
        let embed = Linear::new(self.sequence[1].get(), width, &vb.pp("embed"))?;
        let block = |i| Block::new(self, i, &vb.pp("block").pp(i));
        let blocks: Result<Vec<Block>> = (0..self.layers.get()).map(block).collect();
        Ok(Box::new(TransformerNetwork {
            embed,
            blocks: blocks?,
            norm: LayerNorm::new(width, &vb.pp("norm"))?,
            head: Linear::new(width, usual_output(task).width, &vb.pp("head"))?,
        }))
    }
}

/// One block, normalised before each part (Xiong et al., 2020), with the
/// parameters of `torch.nn.TransformerEncoderLayer(norm_first=True)`.
struct Block {
    name: String,
    attention_name: String,
    norm1: LayerNorm,
    attention: SelfAttention,
    norm2: LayerNorm,
    linear1: Linear,
    linear2: Linear,
    activation: Activation,
    dropout: f64,
}

impl Block {
    fn new(declaration: &Transformer, index: usize, vb: &VarBuilder<'_>) -> Result<Self> {
        let (width, units) = (declaration.d_model.get(), declaration.feed_forward());
        let (heads, causal) = (declaration.heads.get(), declaration.causal);
        Ok(Self {
            name: format!("transformer.block.{index}"),
            attention_name: format!("transformer.attention.{index}"),
            norm1: LayerNorm::new(width, &vb.pp("norm1"))?,
            attention: SelfAttention::new(width, heads, causal, &vb.pp("self_attn"))?,
            norm2: LayerNorm::new(width, &vb.pp("norm2"))?,
            linear1: Linear::new(width, units, &vb.pp("linear1"))?,
            linear2: Linear::new(units, width, &vb.pp("linear2"))?,
            activation: declaration.activation,
            dropout: declaration.dropout.get(),
        })
    }

    fn forward(
        &self,
        x: &Tensor,
        lengths: Option<&[usize]>,
        pass: &mut Pass<'_>,
    ) -> Result<Tensor> {
        let attended = self.attention.forward(&self.norm1.forward(x)?, lengths)?;
        pass.note(&self.attention_name, &attended);
        let x = (x + pass.dropout(&self.attention_name, &attended, self.dropout)?)?;
        let hidden = self.linear1.forward(&self.norm2.forward(&x)?)?;
        let fed = self.linear2.forward(&self.activation.apply(&hidden)?)?;
        let x = (&x + pass.dropout(&self.name, &fed, self.dropout)?)?;
        pass.note(&self.name, &x);
        Ok(x)
    }
}

struct TransformerNetwork {
    embed: Linear,
    blocks: Vec<Block>,
    norm: LayerNorm,
    head: Linear,
}

const EMBED: &str = "transformer.embed";
const HEAD: &str = "transformer.head";

impl Network for TransformerNetwork {
    fn forward(&self, inputs: &Inputs, pass: &mut Pass<'_>) -> Result<Tensor> {
        let lengths = inputs.lengths.as_deref();
        let embedded = self.embed.forward(&inputs.features)?;
        pass.note(EMBED, &embedded);
        let mut x = add_positions(&embedded)?;
        for block in &self.blocks {
            x = block.forward(&x, lengths, pass)?;
        }
        let mean = mean_over_sequence(&self.norm.forward(&x)?, lengths)?;
        let outputs = self.head.forward(&mean)?;
        pass.note(HEAD, &outputs);
        Ok(outputs)
    }

    fn components(&self) -> Vec<String> {
        let mut names = vec![EMBED.to_owned()];
        for block in &self.blocks {
            names.extend([block.attention_name.clone(), block.name.clone()]);
        }
        names.push(HEAD.to_owned());
        names
    }

    /// Attention and blocks are run without padding.
    fn run_component(
        &self,
        name: &str,
        inputs: &[Tensor],
        pass: &mut Pass<'_>,
    ) -> Result<Vec<Tensor>> {
        let [x] = exactly(inputs)?;
        let block = self.blocks.iter().find(|block| block.name == name);
        let attention = self
            .blocks
            .iter()
            .find(|block| block.attention_name == name);
        Ok(vec![match (block, attention) {
            (Some(block), _) => block.forward(x, None, pass)?,
            (_, Some(block)) => block.attention.forward(x, None)?,
            _ if name == EMBED => self.embed.forward(x)?,
            _ => self.head.forward(x)?,
        }])
    }
}
