//! Whether a model fits the server that it is to run on.
//!
//! On paper: an [`Inventory`] says what a model file holds, a [`Catalogue`] what
//! a server can run, and [`ask`] compares the two. Alive: a [`Staging`] is laid
//! out and started in a [`sandbox`], asked through its [`protocol`], and its
//! answers compared with the trainer's.
//!
//! What does not live here: pipelines, and verdicts.

mod answer;
mod catalogue;
mod compare;
mod error;
mod examples;
mod gguf;
pub mod http;
mod inventory;
mod json;
mod live;
mod onnx;
pub mod protocol;
mod safetensors_file;
#[cfg(target_os = "linux")]
pub mod sandbox;
#[cfg(not(target_os = "linux"))]
#[path = "sandbox/elsewhere.rs"]
pub mod sandbox;
mod stage;
mod staging_error;
mod tensor;
mod trouble;

pub use answer::{Answer, Opinion, Reason, ask, ask_file};
pub use catalogue::{
    Catalogue, Description, Knows, Refusal, describe_onnxruntime, shipped, shipped_names,
};
pub use compare::{Difference, Tolerance, Worst, compare};
pub use error::ServingError;
pub use examples::Examples;
pub use inventory::{Inventory, OperationUse, TensorCount};
pub use live::{CameUp, Deadlines, Live};
pub use onnx::{
    Attribute, Dimension, Element, OnnxBuilder, OnnxModel, STANDARD_DOMAIN, Signature, Signatures,
    ValueType,
};
pub use stage::{PLACEHOLDERS, Staging, unknown_placeholders};
pub use staging_error::StagingError;
pub use tensor::{Tensor, Values};
pub use trouble::{Phase, Trouble};
