//! Models that are declared in TOML with no Rust.

mod cnn;
mod common;
mod linear;
mod logistic;
mod mlp;
mod recurrent;
mod transformer;

use std::borrow::Cow;
use std::sync::Arc;

use candle_core::Tensor;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use seatrial_spec::{Count, Misfit, Shape, parse};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use cnn::Cnn;
pub use common::{CommonDeclaration, Initialisation};
pub use mlp::Mlp;
pub use recurrent::{GruDeclaration, LstmDeclaration};

use crate::candle_recipe::{Architecture, CandleRecipe};
use crate::{Extent, InputSchema, ModelError, Recipe, Result, Task};

/// A kind of model that a spec can declare.
#[derive(Clone, Debug)]
pub struct Family {
    /// What the spec calls it.
    pub name: &'static str,
    /// Its own keys, besides those of [`CommonDeclaration`].
    pub shape: Shape,
    /// Reads a declaration: the common keys, then the family's own.
    pub build: fn(toml::Table, toml::Table) -> Result<Arc<dyn Recipe>, Misfit>,
}

impl Family {
    /// The family of an architecture, whose own keys are its fields.
    pub fn of<D: Declared>() -> Self {
        Self {
            name: D::NAME,
            shape: Shape::of::<D>(),
            build: |common, own| {
                let common: CommonDeclaration = parse(common)?;
                let architecture: D = parse(own)?;
                let sizes = serde_json::to_string(&architecture)
                    .map_err(|error| Misfit::at("", error.to_string()))?;
                let identity = format!("{} {sizes}", D::NAME);
                Ok(Arc::new(CandleRecipe::new(identity, architecture, common)))
            },
        }
    }
}

/// An architecture that a table of a spec describes.
pub trait Declared: Architecture + Serialize + DeserializeOwned + JsonSchema + 'static {
    /// What the spec calls it.
    const NAME: &'static str;
}

/// Every family, by name.
pub fn families() -> Vec<Family> {
    vec![
        Family::of::<Cnn>(),
        Family::of::<GruDeclaration>(),
        Family::of::<linear::LinearRegression>(),
        Family::of::<logistic::Logistic>(),
        Family::of::<LstmDeclaration>(),
        Family::of::<Mlp>(),
        Family::of::<transformer::Transformer>(),
    ]
}

/// The flat features of a task as the input of a model.
fn flat_input(task: &Task) -> InputSchema {
    shaped_input(task, vec![Extent::Fixed(task.features.len())])
}

/// The features of a task, read in another shape.
fn shaped_input(task: &Task, extents: Vec<Extent>) -> InputSchema {
    InputSchema {
        accepts_lengths: extents
            .iter()
            .any(|extent| matches!(extent, Extent::Sequence(_))),
        extents,
        range: task.range,
        features: task.features.clone(),
    }
}

/// The features of a task, read as a sequence of this length and width.
fn sequence_input(task: &Task, [length, width]: [Count; 2]) -> Result<InputSchema> {
    let (length, width, features) = (length.get(), width.get(), task.features.len());
    let reason = format!(
        "sequence: {length} × {width} is {} numbers, but the dataset has {features} features",
        length * width
    );
    need(length * width == features, &reason)?;
    Ok(shaped_input(
        task,
        vec![Extent::Sequence(length), Extent::Fixed(width)],
    ))
}

/// Refuses a declaration that does not fit its task.
fn need(holds: bool, reason: &str) -> Result<()> {
    if holds {
        Ok(())
    } else {
        Err(ModelError::Declaration(reason.to_owned()))
    }
}

/// Exactly as many inputs of a component as it takes.
fn exactly<const N: usize>(inputs: &[Tensor]) -> candle_core::Result<&[Tensor; N]> {
    match inputs.try_into() {
        Ok(inputs) => Ok(inputs),
        Err(_) => candle_core::bail!("{N} inputs expected, got {}", inputs.len()),
    }
}

/// A probability of dropping a unit: from 0, below 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Dropout(f64);

impl Dropout {
    fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Dropout {
    type Error = String;

    fn try_from(value: f64) -> Result<Self, String> {
        if (0.0..1.0).contains(&value) {
            Ok(Self(value))
        } else {
            Err(format!("`{value}` is not a number from 0, below 1"))
        }
    }
}

impl From<Dropout> for f64 {
    fn from(dropout: Dropout) -> f64 {
        dropout.0
    }
}

impl JsonSchema for Dropout {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Dropout".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "number", "minimum": 0, "exclusiveMaximum": 1})
    }
}
