//! Broken models, on purpose: subjects for planted faults.
//!
//! The family `broken` wraps a sound one and spoils it at one place:
//!
//! ```toml
//! [model.forgetful]
//! family = "broken"
//! of = { family = "lstm", sequence = [4, 4], hidden = 16 }
//! fault = "state-carried-over"
//! ```
//!
//! A fault is a [`Sabotage`]: it overrides the one method of the seam that it
//! spoils. Faults that no seam reaches are built into a small network of their
//! own, the family `specimen`. None of this is known to specs unless [`register`] is called.

mod faults;
mod network;
mod sabotage;
mod seam;
pub mod server;

use std::sync::Arc;

use schemars::JsonSchema;
use seatrial_model::{Family, Learner, ModelError, Overrides, Recipe, Result, Task, families};
use seatrial_rng::Streams;
use seatrial_spec::{Misfit, Shape, parse};
use serde::Deserialize;

pub use sabotage::Sabotage;
use seam::Broken;

use crate::registry::Registry;

/// A sound model with one fault.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Declaration {
    /// The sound model: its family and that family's keys.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    of: toml::Table,
    /// The fault.
    fault: String,
}

/// Lets specs name broken models.
pub fn register(registry: Registry) -> Registry {
    let broken = Family {
        name: "broken",
        shape: Shape::of::<Declaration>(),
        build,
    };
    let specimen = Family {
        name: "specimen",
        shape: Shape::of::<network::Specimen>(),
        build: network::build,
    };
    registry.family(broken).family(specimen)
}

fn build(common: toml::Table, own: toml::Table) -> Result<Arc<dyn Recipe>, Misfit> {
    let Declaration { of, fault } = parse(own)?;
    faults::named(&fault).map_err(|message| Misfit::at("fault", message))?;
    let mut of = of;
    let family = of.remove("family");
    let family = family.as_ref().and_then(toml::Value::as_str);
    let sound = families()
        .into_iter()
        .find(|known| Some(known.name) == family)
        .ok_or_else(|| Misfit::at("of.family", "not a family"))?;
    let sound = (sound.build)(common, of)?;
    Ok(Arc::new(BrokenRecipe { sound, fault }))
}

struct BrokenRecipe {
    sound: Arc<dyn Recipe>,
    fault: String,
}

impl Recipe for BrokenRecipe {
    fn build(
        &self,
        task: &Task,
        streams: &Streams,
        overrides: &Overrides,
    ) -> Result<Box<dyn Learner>> {
        let mut sabotage = faults::named(&self.fault).map_err(ModelError::Declaration)?;
        let mut inner = self.sound.build(task, streams, overrides)?;
        sabotage.after_build(inner.as_mut())?;
        let (sound, task, streams, overrides) = (
            Arc::clone(&self.sound),
            task.clone(),
            streams.clone(),
            overrides.clone(),
        );
        let rebuild = move || sound.build(&task, &streams, &overrides);
        Ok(Box::new(Broken::new(inner, sabotage, Box::new(rebuild))))
    }

    fn batch(&self) -> usize {
        self.sound.batch()
    }
}
