//! Stochastic gradient descent.

use std::collections::BTreeMap;

use candle_core::{Device, Result, Tensor, Var};
use schemars::JsonSchema;
use seatrial_spec::{Fraction, NonNegative, Positive};
use serde::{Deserialize, Serialize};

use super::{Optimizer, Restored, Schedule, Stride, by_parameter, in_place, numbers};
use crate::numeric::{LANES, Real, total, vectorised};

/// Stochastic gradient descent, with the formulas of `torch.optim.SGD`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SgdDeclaration {
    /// How far a step goes.
    pub learning_rate: Positive,
    /// The part of the last step that is carried on.
    pub momentum: Fraction,
    /// Whether the gradient is taken as if the momentum had already been
    /// applied (Nesterov, in the form of Sutskever et al., 2013).
    pub nesterov: bool,
    /// The part of each parameter that is added to its gradient.
    pub weight_decay: NonNegative,
    /// Gradients are scaled down together until their norm is at most this.
    pub clip_norm: Option<Positive>,
    /// How the learning rate changes over the steps.
    pub schedule: Schedule,
    /// Steps over which the learning rate rises to its full value.
    pub warmup: u32,
}

impl Default for SgdDeclaration {
    fn default() -> Self {
        Self {
            learning_rate: constant(0.01),
            momentum: constant(0.0),
            nesterov: false,
            weight_decay: no_decay(),
            clip_norm: None,
            schedule: Schedule::Constant,
            warmup: 0,
        }
    }
}

/// A number of this code, not of a user, as a ranged value.
pub(crate) fn constant<N: TryFrom<f64, Error = String>>(value: f64) -> N {
    N::try_from(value).unwrap_or_else(|misfit| unreachable!("{misfit}"))
}

pub(super) fn no_decay() -> NonNegative {
    constant(0.0)
}

/// The optimiser with its momentum, by parameter.
pub(super) struct Sgd<T> {
    declaration: SgdDeclaration,
    momentum: BTreeMap<String, Vec<T>>,
}

impl<T: Real> Sgd<T> {
    pub(super) fn new(declaration: SgdDeclaration) -> Self {
        Self {
            declaration,
            momentum: BTreeMap::new(),
        }
    }
}

/// The factors of one update, in the learner's precision.
struct Factors<T> {
    gradient: T,
    decay: T,
    momentum: T,
    rate: T,
}

impl<T: Real> Optimizer for Sgd<T> {
    fn update(
        &mut self,
        name: &str,
        parameter: &Var,
        gradient: &Tensor,
        stride: Stride,
    ) -> Result<f64> {
        let declaration = &self.declaration;
        let factors = Factors {
            gradient: T::from_f64(stride.gradient_scale),
            decay: T::from_f64(declaration.weight_decay.get()),
            momentum: T::from_f64(declaration.momentum.get()),
            rate: T::from_f64(stride.learning_rate),
        };
        let nesterov = declaration.nesterov;
        let mut moved = 0.0;
        if declaration.momentum.get() == 0.0 {
            in_place(parameter, gradient, |p, g| moved = plain(p, g, &factors))?;
            return Ok(moved);
        }
        // PyTorch starts from the first gradient, which zeros come to.
        let fresh = || vec![T::zero(); parameter.elem_count()];
        let buffer = self.momentum.entry(name.to_owned()).or_insert_with(fresh);
        in_place(parameter, gradient, |p, g| {
            moved = with_momentum(p, g, buffer, &factors, nesterov);
        })?;
        Ok(moved)
    }

    fn state(&self) -> Result<BTreeMap<String, Tensor>> {
        let tensor = |(name, buffer): (&String, &Vec<T>)| {
            let tensor = Tensor::from_vec(buffer.clone(), buffer.len(), &Device::Cpu)?;
            Ok((format!("{name}/momentum"), tensor))
        };
        self.momentum.iter().map(tensor).collect()
    }

    fn restored(
        &self,
        state: &BTreeMap<String, Tensor>,
        counts: &BTreeMap<&str, usize>,
    ) -> Restored<Box<dyn Optimizer>> {
        let mut restored = Self::new(self.declaration.clone());
        for (name, slot) in by_parameter(state, &["momentum"])? {
            let buffer = numbers(name, slot["momentum"], counts)?;
            restored.momentum.insert(name.to_owned(), buffer);
        }
        Ok(Box::new(restored))
    }
}

/// Gives the norm of the change.
fn plain<T: Real>(parameter: &mut [T], gradient: &[T], factors: &Factors<T>) -> f64 {
    let (p_blocks, p_rest) = parameter.as_chunks_mut::<LANES>();
    let (g_blocks, g_rest) = gradient.as_chunks::<LANES>();
    total(&vectorised(
        #[inline(always)]
        || {
            let mut sums = [0.0; LANES];
            for (p, g) in p_blocks.iter_mut().zip(g_blocks) {
                for lane in 0..LANES {
                    sums[lane] += plain_one(&mut p[lane], g[lane], factors);
                }
            }
            for (lane, (p, &g)) in p_rest.iter_mut().zip(g_rest).enumerate() {
                sums[lane] += plain_one(p, g, factors);
            }
            sums
        },
    ))
}

/// The same, through a buffer that remembers earlier gradients.
fn with_momentum<T: Real>(
    parameter: &mut [T],
    gradient: &[T],
    buffer: &mut [T],
    factors: &Factors<T>,
    nesterov: bool,
) -> f64 {
    let (p_blocks, p_rest) = parameter.as_chunks_mut::<LANES>();
    let (g_blocks, g_rest) = gradient.as_chunks::<LANES>();
    let (b_blocks, b_rest) = buffer.as_chunks_mut::<LANES>();
    total(&vectorised(
        #[inline(always)]
        || {
            let mut sums = [0.0; LANES];
            for ((p, g), b) in p_blocks.iter_mut().zip(g_blocks).zip(b_blocks) {
                for lane in 0..LANES {
                    sums[lane] +=
                        momentum_one(&mut p[lane], g[lane], &mut b[lane], factors, nesterov);
                }
            }
            for (lane, ((p, &g), b)) in p_rest.iter_mut().zip(g_rest).zip(b_rest).enumerate() {
                sums[lane] += momentum_one(p, g, b, factors, nesterov);
            }
            sums
        },
    ))
}

/// One number; gives the square of its change.
#[inline(always)]
fn plain_one<T: Real>(p: &mut T, g: T, factors: &Factors<T>) -> f64 {
    let old = *p;
    *p = old - factors.rate * (g * factors.gradient + old * factors.decay);
    let change = (*p - old).to_f64();
    change * change
}

/// The same, through a buffer.
#[inline(always)]
fn momentum_one<T: Real>(p: &mut T, g: T, b: &mut T, factors: &Factors<T>, nesterov: bool) -> f64 {
    let old = *p;
    let seen = g * factors.gradient + old * factors.decay;
    *b = *b * factors.momentum + seen;
    let ahead = seen + factors.momentum * *b;
    *p = old - factors.rate * if nesterov { ahead } else { *b };
    let change = (*p - old).to_f64();
    change * change
}
