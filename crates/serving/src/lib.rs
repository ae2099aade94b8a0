//! Whether a model fits the server that it is to run on.
//!
//! What does not live here: pipelines, and verdicts.

pub mod sandbox;
