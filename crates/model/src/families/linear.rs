//! Linear regression.

use candle_core::Result;
use candle_nn::VarBuilder;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::logistic::LinearNetwork;
use super::{Declared, flat_input, need};
use crate::candle_recipe::{Architecture, usual_output};
use crate::layers::Linear;
use crate::network::Network;
use crate::{InputSchema, OutputSchema, Task};

/// Linear regression: one value, linear in the features.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinearRegression {}

const COMPONENT: &str = "linear";

impl Declared for LinearRegression {
    const NAME: &'static str = "linear";
}

impl Architecture for LinearRegression {
    fn schemas(&self, task: &Task) -> crate::Result<(InputSchema, OutputSchema)> {
        need(
            task.classes.is_none(),
            "`linear` needs a regression; use `logistic`",
        )?;
        Ok((flat_input(task), usual_output(task)))
    }

    fn build(&self, task: &Task, vb: VarBuilder<'_>) -> Result<Box<dyn Network>> {
        let map = Linear::new(task.features.len(), 1, &vb.pp(COMPONENT))?;
        Ok(Box::new(LinearNetwork {
            map,
            name: COMPONENT,
        }))
    }
}
