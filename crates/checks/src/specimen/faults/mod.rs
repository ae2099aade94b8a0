//! The faults there are, one file a place where things go wrong.

mod computation;
mod differentiation;
mod initialisation;
mod memory;
mod optimisation;
mod refusal;
mod sequence;

use super::sabotage::Sabotage;

/// The sabotage of this name, fresh.
///
/// # Errors
/// When there is none.
pub(super) fn named(fault: &str) -> Result<Box<dyn Sabotage>, String> {
    computation::named(fault)
        .or_else(|| differentiation::named(fault))
        .or_else(|| initialisation::named(fault))
        .or_else(|| memory::named(fault))
        .or_else(|| optimisation::named(fault))
        .or_else(|| refusal::named(fault))
        .or_else(|| sequence::named(fault))
        .ok_or_else(|| format!("no fault is named `{fault}`"))
}
