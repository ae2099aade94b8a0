//! The keys that every family shares.

use schemars::JsonSchema;
use seatrial_spec::Count;
use serde::{Deserialize, Serialize};

use crate::optim::OptimizerDeclaration;

/// How a model is trained, whatever its family.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CommonDeclaration {
    /// How parameters are updated; AdamW unless told otherwise.
    pub optimizer: OptimizerDeclaration,
    /// Examples in a batch of training.
    pub batch: Count,
    /// Names of parameters that training leaves alone; `*` stands for any run
    /// of characters.
    pub frozen: Vec<String>,
    /// Where initial numbers come from.
    pub initialisation: Initialisation,
}

impl Default for CommonDeclaration {
    fn default() -> Self {
        Self {
            optimizer: OptimizerDeclaration::default(),
            batch: crate::optim::constant(64.0),
            frozen: Vec::new(),
            initialisation: Initialisation::default(),
        }
    }
}

/// Where initial numbers come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Initialisation {
    /// Each parameter's from a stream of its own name.
    #[default]
    Named,
    /// From one stream, in the order of construction, as most frameworks do.
    Sequential,
}
