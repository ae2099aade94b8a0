//! Softmax regression.

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Declared, flat_input, need};
use crate::candle_recipe::{Architecture, usual_output};
use crate::layers::Linear;
use crate::network::{Network, Pass};
use crate::{InputSchema, Inputs, OutputSchema, Task};

/// Logistic regression: one logit a class, linear in the features.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Logistic {}

impl Declared for Logistic {
    const NAME: &'static str = "logistic";
}

impl Architecture for Logistic {
    fn schemas(&self, task: &Task) -> crate::Result<(InputSchema, OutputSchema)> {
        need(
            task.classes.is_some(),
            "`logistic` needs a classification; use `linear`",
        )?;
        Ok((flat_input(task), usual_output(task)))
    }

    fn build(&self, task: &Task, vb: VarBuilder<'_>) -> Result<Box<dyn Network>> {
        let (inputs, outputs) = (task.features.len(), usual_output(task).width);
        let map = Linear::new(inputs, outputs, &vb.pp(COMPONENT))?;
        Ok(Box::new(LinearNetwork {
            map,
            name: COMPONENT,
        }))
    }
}

const COMPONENT: &str = "logistic";

/// One affine map.
pub(super) struct LinearNetwork {
    pub(super) map: Linear,
    pub(super) name: &'static str,
}

impl Network for LinearNetwork {
    fn forward(&self, inputs: &Inputs, pass: &mut Pass<'_>) -> Result<Tensor> {
        let outputs = self.map.forward(&inputs.features)?;
        pass.note(self.name, &outputs);
        Ok(outputs)
    }

    fn components(&self) -> Vec<String> {
        vec![self.name.to_owned()]
    }

    fn run_component(&self, _: &str, inputs: &[Tensor], _: &mut Pass<'_>) -> Result<Vec<Tensor>> {
        let [x] = super::exactly(inputs)?;
        Ok(vec![self.map.forward(x)?])
    }
}
