//! Models that are declared in TOML.

use std::sync::Arc;

use schemars::JsonSchema;
use seatrial_spec::{Misfit, Shape};
use serde::Deserialize;

use crate::Recipe;

/// A kind of model that a spec can declare by name.
pub struct Family {
    /// What spec authors type.
    pub name: &'static str,
    /// The family's own keys.
    pub shape: Shape,
    /// Makes a recipe of the keys of every model and of the family's own.
    pub build: fn(toml::Table, toml::Table) -> Result<Arc<dyn Recipe>, Misfit>,
}

/// The families that come with Sea Trial.
pub fn families() -> Vec<Family> {
    Vec::new()
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Common {}

/// The keys of every model.
pub fn common_shape() -> Shape {
    Shape::of::<Common>()
}
