//! Element-wise non-linearities.

use candle_core::{Result, Tensor};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::numeric::{Backward, Fused, Output, Real, View, apply, vectorised};

/// An element-wise non-linearity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// max(x, 0).
    #[default]
    Relu,
    /// The hyperbolic tangent.
    Tanh,
    /// x Φ(x), by the error function (Hendrycks and Gimpel, 2016).
    Gelu,
}

impl Activation {
    /// Of each number.
    ///
    /// # Errors
    /// When the numbers are no floats.
    pub fn apply(self, x: &Tensor) -> Result<Tensor> {
        apply(self, [x])
    }

    /// Whether the slope can be told from the output alone, so that a layer
    /// may apply it in place.
    pub(super) fn is_told_by_output(self) -> bool {
        matches!(self, Activation::Relu | Activation::Tanh)
    }

    /// Replaces each number by its image.
    pub(super) fn apply_in_place<T: Real>(self, values: &mut [T]) {
        match self {
            Activation::Relu => vectorised(
                #[inline(always)]
                || values.iter_mut().for_each(|x| *x = relu(*x)),
            ),
            Activation::Tanh => vectorised(
                #[inline(always)]
                || values.iter_mut().for_each(|x| *x = x.tanh()),
            ),
            Activation::Gelu => values.iter_mut().for_each(|x| *x = *x * normal_cdf(*x)),
        }
    }

    /// The gradient before the activation, from the output and its gradient.
    pub(super) fn back_from_output<T: Real>(self, y: &[T], g: &[T]) -> Vec<T> {
        let none = T::zero();
        match self {
            Activation::Tanh => vectorised(
                #[inline(always)]
                || map2(y, g, |y, g| g * (T::one() - y * y)),
            ),
            // Gelu's is not told by the output and does not come here.
            Activation::Relu | Activation::Gelu => vectorised(
                #[inline(always)]
                || map2(y, g, |y, g| if y > none { g } else { none }),
            ),
        }
    }
}

impl Fused<1> for Activation {
    const NAME: &'static str = "activation";

    fn forward<T: Real>(&self, [x]: [View<'_, T>; 1]) -> Result<Output<T>> {
        let mut values = x.values.to_vec();
        self.apply_in_place(&mut values);
        Ok(Output::new(values, x.dims))
    }

    fn backward<T: Real>(&self, pass: &Backward<'_, T, 1>) -> Result<[Option<Vec<T>>; 1]> {
        let ([x], y, g) = (pass.inputs, pass.output.values, pass.gradient.values);
        Ok([Some(if self.is_told_by_output() {
            self.back_from_output(y, g)
        } else {
            map2(x.values, g, |x, g| g * gelu_slope(x))
        })])
    }
}

#[inline(always)]
fn map2<T: Real>(x: &[T], y: &[T], f: impl Fn(T, T) -> T) -> Vec<T> {
    x.iter().zip(y).map(|(&x, &y)| f(x, y)).collect()
}

/// NaN stays NaN, as it must for the loss to show it.
#[inline(always)]
fn relu<T: Real>(x: T) -> T {
    if x < T::zero() { T::zero() } else { x }
}

/// Φ(x), the standard normal distribution function.
fn normal_cdf<T: Real>(x: T) -> T {
    let scaled = x * T::from_f64(std::f64::consts::FRAC_1_SQRT_2);
    T::from_f64(0.5) * (T::one() + scaled.erf())
}

/// Φ(x) + x φ(x).
fn gelu_slope<T: Real>(x: T) -> T {
    const PEAK: f64 = 0.398_942_280_401_432_7; // 1/√(2π)
    let density = (T::from_f64(-0.5) * x * x).exp_of_negative() * T::from_f64(PEAK);
    normal_cdf(x) + x * density
}
