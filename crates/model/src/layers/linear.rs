//! An affine map of the last axis.

use candle_core::{Result, Tensor};
use candle_nn::{Init, VarBuilder};

/// `x · weightᵀ + bias`, with the layout and first values of `torch.nn.Linear`.
#[derive(Clone, Debug)]
pub struct Linear {
    weight: Tensor,
    bias: Tensor,
}

impl Linear {
    /// Asks `vb` for `weight` `[outputs, inputs]` and `bias` `[outputs]`.
    ///
    /// # Errors
    /// When the names are taken with other shapes.
    pub fn new(inputs: usize, outputs: usize, vb: &VarBuilder<'_>) -> Result<Self> {
        let init = uniform_by_fan(inputs);
        Ok(Self {
            weight: vb.get_with_hints((outputs, inputs), "weight", init)?,
            bias: vb.get_with_hints(outputs, "bias", init)?,
        })
    }

    /// Shape `[…, inputs]` to `[…, outputs]`.
    ///
    /// # Errors
    /// When the last axis is not `inputs` long.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.matmul(&self.weight.t()?)?.broadcast_add(&self.bias)
    }
}

/// Uniform within ±1/√fan: what PyTorch's layers start from.
pub(crate) fn uniform_by_fan(fan: usize) -> Init {
    let bound = 1.0 / (fan as f64).sqrt();
    Init::Uniform {
        lo: -bound,
        up: bound,
    }
}
