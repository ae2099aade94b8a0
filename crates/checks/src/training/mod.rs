//! The model learns, and for the right reason.

mod accumulation_equivalence;
mod batch_equivalence;
mod gradient_step;
mod loss_decreases;
mod matches_reference;
mod save_load_round_trip;

use crate::registry::Registry;

pub(crate) fn register(registry: Registry) -> Registry {
    registry
        .check::<accumulation_equivalence::AccumulationEquivalence>()
        .check::<batch_equivalence::BatchEquivalence>()
        .check::<gradient_step::GradientStep>()
        .check::<loss_decreases::LossDecreases>()
        .check::<matches_reference::MatchesReference>()
        .check::<save_load_round_trip::SaveLoadRoundTrip>()
}
