//! Adam with decoupled weight decay.

use std::collections::BTreeMap;

use candle_core::{Device, Result, Tensor, Var};
use schemars::JsonSchema;
use seatrial_spec::{Fraction, NonNegative, Positive};
use serde::{Deserialize, Serialize};

use super::sgd::constant;
use super::{Optimizer, Restored, Schedule, Stride, by_parameter, in_place, numbers};
use crate::numeric::{LANES, Real, total, vectorised};

/// Adam with decoupled weight decay (Loshchilov and Hutter, 2019), with the
/// formulas of `torch.optim.AdamW`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AdamwDeclaration {
    /// How far a step goes.
    pub learning_rate: Positive,
    /// How slowly the averages of the gradient and of its square forget.
    pub betas: [Fraction; 2],
    /// Added to the root of the averaged square, against division by zero.
    pub epsilon: Positive,
    /// The part of each parameter that a step of learning rate 1 removes.
    pub weight_decay: NonNegative,
    /// Gradients are scaled down together until their norm is at most this.
    pub clip_norm: Option<Positive>,
    /// How the learning rate changes over the steps.
    pub schedule: Schedule,
    /// Steps over which the learning rate rises to its full value.
    pub warmup: u32,
}

impl Default for AdamwDeclaration {
    fn default() -> Self {
        Self {
            learning_rate: constant(0.01),
            betas: [constant(0.9), constant(0.999)],
            epsilon: constant(1e-8),
            weight_decay: constant(0.01),
            clip_norm: None,
            schedule: Schedule::Constant,
            warmup: 0,
        }
    }
}

/// What is remembered of one parameter.
struct Slot<T> {
    /// Updates so far: one that the loss did not reach has had none.
    updates: u64,
    mean: Vec<T>,
    square: Vec<T>,
}

/// The optimiser with its averages, by parameter.
pub(super) struct Adamw<T> {
    declaration: AdamwDeclaration,
    slots: BTreeMap<String, Slot<T>>,
}

impl<T: Real> Adamw<T> {
    pub(super) fn new(declaration: AdamwDeclaration) -> Self {
        Self {
            declaration,
            slots: BTreeMap::new(),
        }
    }
}

/// The factors of one update, in the learner's precision.
struct Factors<T> {
    gradient: T,
    kept: T,
    first: T,
    second: T,
    fresh: T,
    root: T,
    epsilon: T,
    rate: T,
}

impl<T: Real> Optimizer for Adamw<T> {
    fn update(
        &mut self,
        name: &str,
        parameter: &Var,
        gradient: &Tensor,
        stride: Stride,
    ) -> Result<f64> {
        let slot = self.slots.entry(name.to_owned()).or_insert_with(|| Slot {
            updates: 0,
            mean: vec![T::zero(); parameter.elem_count()],
            square: vec![T::zero(); parameter.elem_count()],
        });
        slot.updates += 1;
        let declaration = &self.declaration;
        let [first, second] = declaration.betas.map(|beta| beta.get());
        let updates = slot.updates as f64;
        let corrections = [first, second].map(|beta| 1.0 - libm::pow(beta, updates));
        let decay = stride.learning_rate * declaration.weight_decay.get();
        let factors = Factors {
            gradient: T::from_f64(stride.gradient_scale),
            kept: T::from_f64(1.0 - decay),
            first: T::from_f64(1.0 - first),
            second: T::from_f64(second),
            fresh: T::from_f64(1.0 - second),
            root: T::from_f64(corrections[1].sqrt()),
            epsilon: T::from_f64(declaration.epsilon.get()),
            rate: T::from_f64(stride.learning_rate / corrections[0]),
        };
        let mut moved = 0.0;
        in_place(parameter, gradient, |p, g| {
            moved = pass(p, g, &mut slot.mean, &mut slot.square, &factors);
        })?;
        Ok(moved)
    }

    fn state(&self) -> Result<BTreeMap<String, Tensor>> {
        let mut state = BTreeMap::new();
        for (name, slot) in &self.slots {
            let tensor =
                |values: &Vec<T>| Tensor::from_vec(values.clone(), values.len(), &Device::Cpu);
            let updates = Tensor::new(&[slot.updates as i64], &Device::Cpu)?;
            state.insert(format!("{name}/mean"), tensor(&slot.mean)?);
            state.insert(format!("{name}/square"), tensor(&slot.square)?);
            state.insert(format!("{name}/updates"), updates);
        }
        Ok(state)
    }

    fn restored(
        &self,
        state: &BTreeMap<String, Tensor>,
        counts: &BTreeMap<&str, usize>,
    ) -> Restored<Box<dyn Optimizer>> {
        let mut restored = Self::new(self.declaration.clone());
        for (name, slot) in by_parameter(state, &["mean", "square", "updates"])? {
            let updates = slot["updates"]
                .to_vec1::<i64>()
                .map_err(|e| e.to_string())?;
            let slot = Slot {
                updates: updates.first().map_or(0, |&updates| updates as u64),
                mean: numbers(name, slot["mean"], counts)?,
                square: numbers(name, slot["square"], counts)?,
            };
            restored.slots.insert(name.to_owned(), slot);
        }
        Ok(Box::new(restored))
    }
}

/// Algorithm 2 of the paper, bias corrections folded into `rate` and `root`;
/// gives the norm of the change.
fn pass<T: Real>(
    parameter: &mut [T],
    gradient: &[T],
    mean: &mut [T],
    square: &mut [T],
    factors: &Factors<T>,
) -> f64 {
    let (p_blocks, p_rest) = parameter.as_chunks_mut::<LANES>();
    let (g_blocks, g_rest) = gradient.as_chunks::<LANES>();
    let (m_blocks, m_rest) = mean.as_chunks_mut::<LANES>();
    let (v_blocks, v_rest) = square.as_chunks_mut::<LANES>();
    total(&vectorised(
        #[inline(always)]
        || {
            let mut sums = [0.0; LANES];
            let blocks = p_blocks
                .iter_mut()
                .zip(g_blocks)
                .zip(m_blocks.iter_mut().zip(v_blocks));
            for ((p, g), (m, v)) in blocks {
                for lane in 0..LANES {
                    sums[lane] += one(&mut p[lane], g[lane], &mut m[lane], &mut v[lane], factors);
                }
            }
            let rest = p_rest
                .iter_mut()
                .zip(g_rest)
                .zip(m_rest.iter_mut().zip(v_rest));
            for (lane, ((p, &g), (m, v))) in rest.enumerate() {
                sums[lane] += one(p, g, m, v, factors);
            }
            sums
        },
    ))
}

/// One number; gives the square of its change.
#[inline(always)]
fn one<T: Real>(p: &mut T, g: T, m: &mut T, v: &mut T, factors: &Factors<T>) -> f64 {
    let g = g * factors.gradient;
    let old = *p;
    *m += (g - *m) * factors.first;
    *v = *v * factors.second + g * g * factors.fresh;
    let root = v.sqrt() / factors.root + factors.epsilon;
    *p = old * factors.kept - factors.rate * *m / root;
    let change = (*p - old).to_f64();
    change * change
}
