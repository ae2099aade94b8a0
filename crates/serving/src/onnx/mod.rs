//! ONNX files: what they hold, and of which types.
//!
//! What does not live here: whether a server has an operation.

pub(crate) mod functions;
mod infer;
pub(crate) mod inventory;
pub(crate) mod proto;
mod read;
mod signature;
mod types;
pub(crate) mod walk;
mod write;

pub use read::OnnxModel;
pub use signature::{STANDARD_DOMAIN, Signature, Signatures};
pub use types::{Element, ValueType};
pub use write::{Attribute, Dimension, OnnxBuilder};
