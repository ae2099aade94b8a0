//! Pipelines: stages with declared inputs, outputs and contracts.
//!
//! What does not live here: judging what a pipeline makes.

pub mod export;
