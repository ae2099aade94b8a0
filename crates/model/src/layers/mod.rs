//! Layers and losses that the families are made of.

mod activation;
mod linear;
mod loss;

pub use activation::Activation;
pub use linear::Linear;
pub(crate) use loss::loss;
