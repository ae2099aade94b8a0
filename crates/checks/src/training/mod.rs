//! The model learns, and for the right reason.

mod beats_baseline;
mod behaviour;
mod directional;
mod gradient_step;
mod invariance;
mod loss_decreases;
mod metamorphic;
mod minimum_functionality;
mod outputs;

use crate::registry::Registry;

pub(crate) fn register(registry: Registry) -> Registry {
    registry
        .check::<beats_baseline::BeatsBaseline>()
        .check::<directional::Directional>()
        .check::<gradient_step::GradientStep>()
        .check::<invariance::Invariance>()
        .check::<loss_decreases::LossDecreases>()
        .check::<metamorphic::Metamorphic>()
        .check::<minimum_functionality::MinimumFunctionality>()
}
