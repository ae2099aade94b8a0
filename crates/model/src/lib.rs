//! Trainable models, and the one seam through which checks question them.
//!
//! [`Learner`] is that seam: any model that implements it, in whatever
//! framework, can be put under test. [`Recipe`] builds a learner from a seed.
//! The rest makes learners out of candle: seeded initialisation and dropout,
//! optimisers, probes, checkpoints, and [`families`] that are declared in TOML
//! with no Rust at all.
//!
//! What does not live here: files of rows (`data`), and opinions on what a
//! learner should do (`checks`).

mod candle_learner;
mod candle_recipe;
mod checkpoint;
pub mod dropout;
mod error;
mod families;
pub mod init;
mod interface;
pub mod layers;
mod learner;
mod memory;
mod network;
mod numeric;
pub mod optim;
mod probe;
mod recipe;
mod trainer;
mod validate;

pub use candle_recipe::{Architecture, CandleRecipe, usual_output};
pub use error::{ModelError, Result};
pub use families::{CommonDeclaration, Declared, Dropout, Family, Initialisation, families};
pub use interface::{Batch, Extent, InputSchema, Inputs, OutputKind, OutputSchema, Targets};
pub use learner::{Gradients, Learner, Mode, Parameter, StepReport};
pub use memory::keep_freed_memory;
pub use network::{Network, Pass};
pub use probe::Probe;
pub use recipe::{Construction, Overrides, Precision, Recipe, Task};
pub use trainer::Trainer;
