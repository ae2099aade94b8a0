//! An affine map of the last axis.

use candle_core::{Result, Tensor, bail};
use candle_nn::{Init, VarBuilder};

use super::Activation;
use crate::numeric::{
    Backward, Fused, Into, Matrix, Output, Real, Strides, View, add_rows, apply, gemm, repeat,
};

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
        Self::with_bias(inputs, outputs, uniform_by_fan(inputs), vb)
    }

    /// The same, with another start for the bias.
    pub(super) fn with_bias(
        inputs: usize,
        outputs: usize,
        bias: Init,
        vb: &VarBuilder<'_>,
    ) -> Result<Self> {
        let init = uniform_by_fan(inputs);
        Ok(Self {
            weight: vb.get_with_hints((outputs, inputs), "weight", init)?,
            bias: vb.get_with_hints(outputs, "bias", bias)?,
        })
    }

    /// Shape `[…, inputs]` to `[…, outputs]`.
    ///
    /// # Errors
    /// When the last axis is not `inputs` long.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        affine(x, &self.weight, &self.bias)
    }

    /// The same, followed by an activation: in the same operation, if its slope
    /// can be told from its output.
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    pub fn forward_activated(&self, x: &Tensor, activation: Activation) -> Result<Tensor> {
        if activation.is_told_by_output() {
            apply(Affine(Some(activation)), [x, &self.weight, &self.bias])
        } else {
            activation.apply(&self.forward(x)?)
        }
    }
}

/// `x · weightᵀ + bias`: `[…, inputs]`, `[outputs, inputs]` and `[outputs]` to
/// `[…, outputs]`.
pub(crate) fn affine(x: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<Tensor> {
    apply(Affine(None), [x, weight, bias])
}

/// Uniform within ±1/√fan: what PyTorch's layers start from.
pub(crate) fn uniform_by_fan(fan: usize) -> Init {
    let bound = 1.0 / (fan as f64).sqrt();
    Init::Uniform {
        lo: -bound,
        up: bound,
    }
}

/// An affine map, and what follows it.
struct Affine(Option<Activation>);

impl Fused<3> for Affine {
    const NAME: &'static str = "affine";

    fn forward<T: Real>(&self, [x, weight, bias]: [View<'_, T>; 3]) -> Result<Output<T>> {
        let (inputs, outputs) = (weight.width(), bias.width());
        if x.width() != inputs {
            bail!(
                "an affine map takes {inputs} numbers, got shape {:?}",
                x.dims
            );
        }
        let mut values = repeat(bias.values, x.rows());
        gemm(
            &mut values,
            Strides::dense(x.rows(), outputs),
            Into::Sum,
            Matrix::dense(x.values, x.rows(), inputs),
            Matrix::dense(weight.values, outputs, inputs).transposed(),
        );
        if let Some(activation) = self.0 {
            activation.apply_in_place(&mut values);
        }
        let mut shape = x.dims.to_vec();
        if let Some(last) = shape.last_mut() {
            *last = outputs;
        }
        Ok(Output::new(values, shape))
    }

    fn backward<T: Real>(&self, pass: &Backward<'_, T, 3>) -> Result<[Option<Vec<T>>; 3]> {
        let [x, weight, _] = pass.inputs;
        let (rows, inputs, outputs) = (x.rows(), x.width(), pass.gradient.width());
        let inner = self.0.map(|activation| {
            activation.back_from_output(pass.output.values, pass.gradient.values)
        });
        let slopes = inner.as_deref().unwrap_or(pass.gradient.values);
        let gradient = Matrix::dense(slopes, rows, outputs);
        let product = |rows, columns, left, right| {
            let mut values = vec![T::zero(); rows * columns];
            gemm(
                &mut values,
                Strides::dense(rows, columns),
                Into::Fresh,
                left,
                right,
            );
            values
        };
        let x_gradient = || {
            let weight = Matrix::dense(weight.values, outputs, inputs);
            product(rows, inputs, gradient, weight)
        };
        let weight_gradient = || {
            let x = Matrix::dense(x.values, rows, inputs);
            product(outputs, inputs, gradient.transposed(), x)
        };
        Ok([
            pass.wanted[0].then(x_gradient),
            pass.wanted[1].then(weight_gradient),
            pass.wanted[2].then(|| add_rows(slopes, outputs)),
        ])
    }
}
