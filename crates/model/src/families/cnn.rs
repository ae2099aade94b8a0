//! The convolutional network.

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;
use schemars::JsonSchema;
use seatrial_spec::Count;
use serde::{Deserialize, Serialize};

use super::{Declared, Dropout, exactly, need, shaped_input};
use crate::candle_recipe::{Architecture, usual_output};
use crate::layers::{Activation, Convolution, Linear, max_over_squares};
use crate::network::{Network, Pass};
use crate::optim::constant;
use crate::{Extent, InputSchema, Inputs, OutputSchema, Task};

/// A convolutional network over images.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cnn {
    /// The flat row read as an image: height and width, or channels, height
    /// and width.
    pub image: Vec<Count>,
    /// Channels of each convolution, first one first.
    #[serde(default = "channels")]
    pub channels: Vec<Count>,
    /// Height and width of each convolution's kernel: odd.
    #[serde(default = "kernel")]
    pub kernel: Count,
    /// Each convolution is followed by the largest value of squares of this
    /// height and width; 1 for none.
    #[serde(default = "pool")]
    pub pool: Count,
    /// Units of each layer between convolutions and outputs.
    #[serde(default = "hidden")]
    pub hidden: Vec<Count>,
    /// What follows each convolution and hidden layer.
    #[serde(default)]
    pub activation: Activation,
    /// Probability with which training drops a hidden unit.
    #[serde(default)]
    pub dropout: Dropout,
}

fn channels() -> Vec<Count> {
    vec![constant(16.0), constant(32.0)]
}

fn kernel() -> Count {
    constant(3.0)
}

fn pool() -> Count {
    constant(2.0)
}

fn hidden() -> Vec<Count> {
    vec![constant(64.0)]
}

impl Cnn {
    /// Channels, height and width of an image, if `image` has as many extents.
    pub fn image(&self) -> Option<[usize; 3]> {
        match self.image[..] {
            [height, width] => Some([1, height.get(), width.get()]),
            [channels, height, width] => Some([channels.get(), height.get(), width.get()]),
            _ => None,
        }
    }

    /// Height and width that all the pooling leaves of an extent.
    fn left_of(&self, extent: usize) -> usize {
        self.channels
            .iter()
            .fold(extent, |extent, _| extent / self.pool.get())
    }
}

impl Declared for Cnn {
    const NAME: &'static str = "cnn";
}

impl Architecture for Cnn {
    fn schemas(&self, task: &Task) -> crate::Result<(InputSchema, OutputSchema)> {
        let image = self.image();
        let Some([channels, height, width]) = image else {
            need(
                false,
                "image: [height, width] or [channels, height, width] expected",
            )?;
            unreachable!("refused above")
        };
        let features = task.features.len();
        let reason = format!(
            "image: {channels} × {height} × {width} is {} numbers, but the dataset has {features} features",
            channels * height * width
        );
        need(channels * height * width == features, &reason)?;
        need(self.kernel.get() % 2 == 1, "kernel: an odd number expected")?;
        let reason = format!(
            "pool: {height} × {width} pixels are pooled away; use fewer channels or a smaller pool"
        );
        need(self.left_of(height) > 0 && self.left_of(width) > 0, &reason)?;
        let extents = self
            .image
            .iter()
            .map(|extent| Extent::Fixed(extent.get()))
            .collect();
        Ok((shaped_input(task, extents), usual_output(task)))
    }

    fn build(&self, task: &Task, vb: VarBuilder<'_>) -> Result<Box<dyn Network>> {
        let vb = vb.pp("cnn");
        let image = self.image().unwrap_or_default();
        let mut depth = image[0];
        let mut convolutions = Vec::new();
        for (i, channels) in self.channels.iter().enumerate() {
            let vb = vb.pp("conv").pp(i);
            convolutions.push(Convolution::new(
                depth,
                channels.get(),
                self.kernel.get(),
                &vb,
            )?);
            depth = channels.get();
        }
        let mut width = depth * self.left_of(image[1]) * self.left_of(image[2]);
        let mut hidden = Vec::new();
        for (i, units) in self.hidden.iter().enumerate() {
            hidden.push(Linear::new(width, units.get(), &vb.pp(i))?);
            width = units.get();
        }
        Ok(Box::new(CnnNetwork {
            image,
            convolution_names: (0..convolutions.len())
                .map(|i| format!("cnn.conv.{i}"))
                .collect(),
            convolutions,
            hidden_names: (0..hidden.len()).map(|i| format!("cnn.{i}")).collect(),
            hidden,
            head: Linear::new(width, usual_output(task).width, &vb.pp("head"))?,
            activation: self.activation,
            pool: self.pool.get(),
            dropout: self.dropout.get(),
        }))
    }
}

struct CnnNetwork {
    image: [usize; 3],
    convolution_names: Vec<String>,
    convolutions: Vec<Convolution>,
    hidden_names: Vec<String>,
    hidden: Vec<Linear>,
    head: Linear,
    activation: Activation,
    pool: usize,
    dropout: f64,
}

const HEAD: &str = "cnn.head";

impl Network for CnnNetwork {
    fn forward(&self, inputs: &Inputs, pass: &mut Pass<'_>) -> Result<Tensor> {
        let batch = inputs.features.dims()[0];
        let [channels, height, width] = self.image;
        let mut x = inputs.features.reshape((batch, channels, height, width))?;
        for (layer, name) in self.convolutions.iter().zip(&self.convolution_names) {
            let convolved = layer.forward_activated(&x, self.activation)?;
            pass.note(name, &convolved);
            x = max_over_squares(&convolved, self.pool)?;
        }
        x = x.flatten_from(1)?;
        for (layer, name) in self.hidden.iter().zip(&self.hidden_names) {
            x = layer.forward_activated(&x, self.activation)?;
            pass.note(name, &x);
            x = pass.dropout(name, &x, self.dropout)?;
        }
        let outputs = self.head.forward(&x)?;
        pass.note(HEAD, &outputs);
        Ok(outputs)
    }

    fn components(&self) -> Vec<String> {
        let names = self.convolution_names.iter().chain(&self.hidden_names);
        names.cloned().chain([HEAD.to_owned()]).collect()
    }

    /// Convolutions and hidden layers are run with their activation, without
    /// pooling and dropout.
    fn run_component(
        &self,
        name: &str,
        inputs: &[Tensor],
        _: &mut Pass<'_>,
    ) -> Result<Vec<Tensor>> {
        let [x] = exactly(inputs)?;
        let place = |names: &[String]| names.iter().position(|known| known == name);
        Ok(vec![
            match (place(&self.convolution_names), place(&self.hidden_names)) {
                (Some(i), _) => self.convolutions[i].forward_activated(x, self.activation)?,
                (_, Some(i)) => self.hidden[i].forward_activated(x, self.activation)?,
                _ => self.head.forward(x)?,
            },
        ])
    }
}
