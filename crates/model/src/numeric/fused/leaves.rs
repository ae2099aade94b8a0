//! Gradients of variables, kept out of candle's store.
//!
//! That store starts each sum from a tensor of zeros: two more walks over
//! memory for each parameter than a gradient that is used once needs. So
//! within [`collect_leaves`] operations put gradients of variables aside.
//! Outside of it they behave as candle's own do.

use std::cell::RefCell;
use std::collections::HashMap;

use candle_core::{Result, Tensor, TensorId};

thread_local! {
    /// A backward pass stays on its thread.
    static LEAVES: RefCell<Option<HashMap<TensorId, Tensor>>> = const { RefCell::new(None) };
}

/// Runs a backward pass; gives what it gave, and the gradients of variables
/// that fused operations computed.
pub(crate) fn collect_leaves<R>(
    backward: impl FnOnce() -> Result<R>,
) -> Result<(R, HashMap<TensorId, Tensor>)> {
    let outer = LEAVES.replace(Some(HashMap::new()));
    let result = backward();
    let leaves = LEAVES.replace(outer).unwrap_or_default();
    Ok((result?, leaves))
}

/// Puts the gradient of a variable aside, or hands it back for candle's store.
pub(super) fn put_aside(input: &Tensor, gradient: Tensor) -> Result<Option<Tensor>> {
    if !input.is_variable() {
        return Ok(Some(gradient));
    }
    LEAVES.with_borrow_mut(|leaves| {
        let Some(leaves) = leaves else {
            return Ok(Some(gradient));
        };
        let sum = match leaves.remove(&input.id()) {
            Some(before) => before.add(&gradient)?,
            None => gradient,
        };
        leaves.insert(input.id(), sum);
        Ok(None)
    })
}
