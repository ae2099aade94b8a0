//! Layers and losses that the families are made of, and anyone may use.
//!
//! One layer a file. Each computes in one operation of its own what would be
//! many of candle's, and is differentiable in both precisions.

mod activation;
mod attention;
mod convolution;
mod layer_norm;
mod linear;
mod loss;
mod pool;
mod position;
mod recurrent;

pub use activation::Activation;
pub use attention::SelfAttention;
pub use convolution::Convolution;
pub use layer_norm::LayerNorm;
pub use linear::Linear;
pub use pool::{max_over_squares, mean_over_sequence};
pub use position::add_positions;
pub use recurrent::{Give, Gru, Lstm};

pub(crate) use loss::loss;
