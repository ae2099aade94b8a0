//! Whether a model fits the server that it is to run on.
//!
//! Alive: a [`Staging`] is laid out and started in a [`sandbox`], asked through
//! its [`protocol`], and its answers compared with the trainer's.
//!
//! What does not live here: pipelines, and verdicts.

mod compare;

mod examples;
pub mod http;
mod json;
mod live;
pub mod protocol;
pub mod sandbox;
mod stage;
mod staging_error;
mod tensor;
mod trouble;

pub use compare::{Difference, Tolerance, Worst, compare};
pub use examples::Examples;
pub use live::{CameUp, Deadlines, Live};
pub use stage::{PLACEHOLDERS, Staging, unknown_placeholders};
pub use staging_error::StagingError;
pub use tensor::{Tensor, Values};
pub use trouble::{Phase, Trouble};
