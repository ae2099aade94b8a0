//! Whether a model fits the server that it is to run on.
//!
//! On paper: an [`Inventory`] says what a model file holds, a [`Catalogue`] what
//! a server can run, and [`ask`] compares the two. Alive: [`sandbox`].
//!
//! What does not live here: pipelines, and verdicts.

mod answer;
mod catalogue;
mod error;
mod gguf;
mod inventory;
mod onnx;
mod safetensors_file;
pub mod sandbox;

pub use answer::{Answer, Opinion, Reason, ask, ask_file};
pub use catalogue::{
    Catalogue, Description, Knows, Refusal, describe_onnxruntime, shipped, shipped_names,
};
pub use error::ServingError;
pub use inventory::{Inventory, OperationUse, TensorCount};
pub use onnx::{
    Attribute, Dimension, Element, OnnxBuilder, OnnxModel, STANDARD_DOMAIN, Signature, Signatures,
    ValueType,
};
