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

mod error;
mod families;
mod interface;
mod learner;
mod probe;
mod recipe;
mod trainer;

pub use error::{ModelError, Result};
pub use families::{Family, common_shape, families};
pub use interface::{Batch, Extent, InputSchema, Inputs, OutputKind, OutputSchema, Targets};
pub use learner::{Gradients, Learner, Mode, Parameter, StepReport};
pub use probe::Probe;
pub use recipe::{Construction, Overrides, Precision, Recipe, Task};
pub use trainer::Trainer;
