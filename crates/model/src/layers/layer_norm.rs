//! Layer normalisation (Ba, Kiros and Hinton, 2016).

use candle_core::{Result, Tensor, bail};
use candle_nn::{Init, VarBuilder};

use crate::numeric::{Backward, Fused, Output, Real, View, apply, dot, sum, vectorised};

/// What `torch.nn.LayerNorm` adds to the variance.
const EPSILON: f64 = 1e-5;

/// Brings the last axis to mean 0 and variance 1, then scales and shifts it.
#[derive(Clone, Debug)]
pub struct LayerNorm {
    weight: Tensor,
    bias: Tensor,
}

impl LayerNorm {
    /// Asks `vb` for `weight` and `bias`, both `[width]`: ones and zeros.
    ///
    /// # Errors
    /// When the names are taken with other shapes.
    pub fn new(width: usize, vb: &VarBuilder<'_>) -> Result<Self> {
        Ok(Self {
            weight: vb.get_with_hints(width, "weight", Init::Const(1.0))?,
            bias: vb.get_with_hints(width, "bias", Init::Const(0.0))?,
        })
    }

    /// Shape `[…, width]` to the same.
    ///
    /// # Errors
    /// When the last axis is not `width` long.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        apply(Normalise, [x, &self.weight, &self.bias])
    }
}

struct Normalise;

/// What the way back needs.
struct Saved<T> {
    /// Before scale and shift.
    normal: Vec<T>,
    /// One over the standard deviation, a row.
    inverse: Vec<T>,
}

impl Fused<3> for Normalise {
    const NAME: &'static str = "layer-norm";

    fn forward<T: Real>(&self, [x, weight, bias]: [View<'_, T>; 3]) -> Result<Output<T>> {
        let width = weight.width();
        if x.width() != width {
            bail!("a layer norm of width {width} got shape {:?}", x.dims);
        }
        let scale = T::from_f64(1.0 / width as f64);
        let mut normal = vec![T::zero(); x.values.len()];
        let mut values = vec![T::zero(); x.values.len()];
        let mut inverse = Vec::with_capacity(x.rows());
        vectorised(
            #[inline(always)]
            || {
                let rows = normal
                    .chunks_exact_mut(width)
                    .zip(values.chunks_exact_mut(width));
                for (row, (normal, values)) in x.values.chunks_exact(width).zip(rows) {
                    let mean = sum(row) * scale;
                    normal.iter_mut().zip(row).for_each(|(n, &x)| *n = x - mean);
                    let variance = dot(normal, normal) * scale;
                    let factor = T::one() / (variance + T::from_f64(EPSILON)).sqrt();
                    inverse.push(factor);
                    let affine = weight.values.iter().zip(bias.values);
                    for ((n, y), (&w, &b)) in normal.iter_mut().zip(values).zip(affine) {
                        *n *= factor;
                        *y = *n * w + b;
                    }
                }
            },
        );
        Ok(Output::new(values, x.dims).saving(Saved { normal, inverse }))
    }

    fn backward<T: Real>(&self, pass: &Backward<'_, T, 3>) -> Result<[Option<Vec<T>>; 3]> {
        let saved: &Saved<T> = pass.saved()?;
        let weight = pass.inputs[1].values;
        let width = weight.len();
        let scale = T::from_f64(1.0 / width as f64);
        let mut x_gradient = vec![T::zero(); saved.normal.len()];
        let mut weight_gradient = vec![T::zero(); width];
        let mut bias_gradient = vec![T::zero(); width];
        let mut scaled = vec![T::zero(); width];
        vectorised(
            #[inline(always)]
            || {
                let rows = pass
                    .gradient
                    .values
                    .chunks_exact(width)
                    .zip(saved.normal.chunks_exact(width));
                let outputs = x_gradient.chunks_exact_mut(width).zip(&saved.inverse);
                for ((g, normal), (dx, &inverse)) in rows.zip(outputs) {
                    for ((dw, db), (&g, &n)) in weight_gradient
                        .iter_mut()
                        .zip(&mut bias_gradient)
                        .zip(g.iter().zip(normal))
                    {
                        *dw += g * n;
                        *db += g;
                    }
                    scaled
                        .iter_mut()
                        .zip(g.iter().zip(weight))
                        .for_each(|(s, (&g, &w))| *s = g * w);
                    let mean = sum(&scaled) * scale;
                    let along = dot(&scaled, normal) * scale;
                    for ((dx, &s), &n) in dx.iter_mut().zip(&scaled).zip(normal) {
                        *dx = (s - mean - n * along) * inverse;
                    }
                }
            },
        );
        Ok([Some(x_gradient), Some(weight_gradient), Some(bias_gradient)])
    }
}
