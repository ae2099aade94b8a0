//! Stochastic gradient descent.

use std::collections::BTreeMap;

use candle_core::{Device, Result, Tensor, Var};
use schemars::JsonSchema;
use seatrial_spec::{Fraction, NonNegative, Positive};
use serde::{Deserialize, Serialize};

use super::{Optimizer, Restored, Schedule, Stride, by_parameter, in_place, numbers};
use crate::numeric::{LANES, Real, total};

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
        if !self.momentum.contains_key(name) {
            // Momentum starts as the first gradient, not as a part of it:
            // zeros would not give that, so the first step is its own.
            let mut first = Vec::new();
            in_place(parameter, gradient, |p: &mut [T], g: &[T]| {
                first = p
                    .iter()
                    .zip(g)
                    .map(|(&p, &g)| g * factors.gradient + p * factors.decay)
                    .collect();
                let seen = if nesterov {
                    T::one() + factors.momentum
                } else {
                    T::one()
                };
                moved = apply(p, &first, factors.rate * seen);
            })?;
            self.momentum.insert(name.to_owned(), first);
            return Ok(moved);
        }
        if let Some(buffer) = self.momentum.get_mut(name) {
            in_place(parameter, gradient, |p, g| {
                moved = with_momentum(p, g, buffer, &factors, nesterov);
            })?;
        }
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

/// Subtracts `rate × direction`; gives the norm of the change.
fn apply<T: Real>(parameter: &mut [T], direction: &[T], rate: T) -> f64 {
    let mut sums = [0.0; LANES];
    for (i, (p, &d)) in parameter.iter_mut().zip(direction).enumerate() {
        let old = *p;
        *p = old - rate * d;
        let change = (*p - old).to_f64();
        sums[i % LANES] += change * change;
    }
    total(&sums)
}

fn plain<T: Real>(parameter: &mut [T], gradient: &[T], factors: &Factors<T>) -> f64 {
    let mut sums = [0.0; LANES];
    for (p, g) in parameter.chunks_mut(LANES).zip(gradient.chunks(LANES)) {
        for ((p, &g), sum) in p.iter_mut().zip(g).zip(&mut sums) {
            let old = *p;
            *p = old - factors.rate * (g * factors.gradient + old * factors.decay);
            let change = (*p - old).to_f64();
            *sum += change * change;
        }
    }
    total(&sums)
}

fn with_momentum<T: Real>(
    parameter: &mut [T],
    gradient: &[T],
    buffer: &mut [T],
    factors: &Factors<T>,
    nesterov: bool,
) -> f64 {
    let mut sums = [0.0; LANES];
    let blocks = parameter
        .chunks_mut(LANES)
        .zip(gradient.chunks(LANES))
        .zip(buffer.chunks_mut(LANES));
    for ((p, g), b) in blocks {
        for (((p, &g), b), sum) in p.iter_mut().zip(g).zip(b).zip(&mut sums) {
            let old = *p;
            let seen = g * factors.gradient + old * factors.decay;
            *b = *b * factors.momentum + seen;
            let direction = if nesterov {
                seen + factors.momentum * *b
            } else {
                *b
            };
            *p = old - factors.rate * direction;
            let change = (*p - old).to_f64();
            *sum += change * change;
        }
    }
    total(&sums)
}
