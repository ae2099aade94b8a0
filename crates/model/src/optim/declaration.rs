//! What a spec says about the optimiser.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schedule::warm_up;
use super::{AdamwDeclaration, Optimizer, SgdDeclaration, adamw::Adamw, sgd::Sgd};
use crate::numeric::Real;

/// How parameters are updated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum OptimizerDeclaration {
    /// Stochastic gradient descent.
    Sgd(SgdDeclaration),
    /// Adam with decoupled weight decay.
    Adamw(AdamwDeclaration),
}

impl Default for OptimizerDeclaration {
    fn default() -> Self {
        Self::Adamw(AdamwDeclaration::default())
    }
}

impl OptimizerDeclaration {
    /// The same, without weight decay.
    pub fn without_decay(mut self) -> Self {
        match &mut self {
            Self::Sgd(sgd) => sgd.weight_decay = super::sgd::no_decay(),
            Self::Adamw(adamw) => adamw.weight_decay = super::sgd::no_decay(),
        }
        self
    }

    /// The learning rate of a step, counted from 0.
    pub fn learning_rate(&self, step: u64) -> f64 {
        let (base, schedule, warmup) = match self {
            Self::Sgd(sgd) => (sgd.learning_rate, sgd.schedule, sgd.warmup),
            Self::Adamw(adamw) => (adamw.learning_rate, adamw.schedule, adamw.warmup),
        };
        base.get() * schedule.factor(step) * warm_up(u64::from(warmup), step)
    }

    /// The norm that gradients are clipped to.
    pub fn clip_norm(&self) -> Option<f64> {
        let clip = match self {
            Self::Sgd(sgd) => sgd.clip_norm,
            Self::Adamw(adamw) => adamw.clip_norm,
        };
        clip.map(|norm| norm.get())
    }

    /// An optimiser that has not moved yet.
    pub(crate) fn start<T: Real>(&self) -> Box<dyn Optimizer> {
        match self {
            Self::Sgd(sgd) => Box::new(Sgd::<T>::new(sgd.clone())),
            Self::Adamw(adamw) => Box::new(Adamw::<T>::new(adamw.clone())),
        }
    }
}

/// What is left of gradients whose global norm is `total`: PyTorch's
/// `clip_grad_norm_`.
pub(crate) fn clip_scale(clip_norm: Option<f64>, total: f64) -> f64 {
    clip_norm.map_or(1.0, |norm| (norm / (total + 1e-6)).min(1.0))
}
