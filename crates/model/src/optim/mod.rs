//! Optimisers: one fused pass over each parameter, in place.
//!
//! What a declaration says is in [`OptimizerDeclaration`]; its formulas and
//! defaults are PyTorch's, so that a training run can be ported and compared.

mod adamw;
mod declaration;
mod schedule;
mod sgd;

use std::collections::BTreeMap;

use candle_core::{Result, Tensor, Var};

pub use adamw::AdamwDeclaration;
pub use declaration::OptimizerDeclaration;
pub use schedule::Schedule;
pub use sgd::SgdDeclaration;

pub(crate) use declaration::clip_scale;
pub(crate) use sgd::constant;

use crate::numeric::{self, Real};

/// What one update of all parameters has in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stride {
    /// The learning rate of this step, schedule and warm-up applied.
    pub learning_rate: f64,
    /// Every gradient is multiplied by this: below one where it is clipped.
    pub gradient_scale: f64,
}

/// Something made of a saved state, or why it is no such state.
pub(crate) type Restored<T> = std::result::Result<T, String>;

/// Moves parameters against their gradients, and remembers what it needs to.
pub(crate) trait Optimizer: Send {
    /// Updates one parameter in place; gives the Euclidean norm of its change.
    fn update(
        &mut self,
        name: &str,
        parameter: &Var,
        gradient: &Tensor,
        stride: Stride,
    ) -> Result<f64>;

    /// What is remembered, as named tensors.
    fn state(&self) -> Result<BTreeMap<String, Tensor>>;

    /// An optimiser that remembers what [`state`](Self::state) gave, for
    /// parameters of these names and this many numbers.
    fn restored(
        &self,
        state: &BTreeMap<String, Tensor>,
        counts: &BTreeMap<&str, usize>,
    ) -> Restored<Box<dyn Optimizer>>;
}

/// Runs `update(parameter, gradient)` over the raw numbers of both.
fn in_place<T: Real>(
    parameter: &Var,
    gradient: &Tensor,
    mut update: impl FnMut(&mut [T], &[T]),
) -> Result<()> {
    let gradient = gradient.contiguous()?;
    let (storage, layout) = gradient.storage_and_layout();
    let gradient = numeric::cpu_slice(&storage, layout)?;
    numeric::update(parameter, |parameter| update(parameter, gradient))
}

/// Splits `name/kind` from the right: parameter names may hold anything.
fn by_parameter<'a>(
    state: &'a BTreeMap<String, Tensor>,
    kinds: &[&str],
) -> Restored<BTreeMap<&'a str, BTreeMap<&'a str, &'a Tensor>>> {
    let mut slots: BTreeMap<&str, BTreeMap<&str, &Tensor>> = BTreeMap::new();
    for (key, tensor) in state {
        match key.rsplit_once('/') {
            Some((name, kind)) if kinds.contains(&kind) => {
                slots.entry(name).or_default().insert(kind, tensor);
            }
            _ => return Err(format!("optimiser state `{key}` is of another optimiser")),
        }
    }
    for (name, slot) in &slots {
        if let Some(kind) = kinds.iter().find(|kind| !slot.contains_key(*kind)) {
            return Err(format!("optimiser state `{name}/{kind}` is missing"));
        }
    }
    Ok(slots)
}

/// All numbers of what is remembered of a parameter, one for each of its own.
fn numbers<T: Real>(
    name: &str,
    tensor: &Tensor,
    counts: &BTreeMap<&str, usize>,
) -> Restored<Vec<T>> {
    let numbers = tensor.to_vec1::<T>();
    let numbers = numbers.map_err(|error| format!("optimiser state of `{name}`: {error}"))?;
    match counts.get(name) {
        Some(&count) if count == numbers.len() => Ok(numbers),
        Some(count) => Err(format!(
            "optimiser state of `{name}` has {} numbers; {count} expected",
            numbers.len()
        )),
        None => Err(format!(
            "optimiser state of `{name}`, which is no parameter"
        )),
    }
}
