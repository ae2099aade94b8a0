//! The model learns, and for the right reason.

mod gradient_step;
mod loss_decreases;

use crate::registry::Registry;

pub(crate) fn register(registry: Registry) -> Registry {
    registry
        .check::<gradient_step::GradientStep>()
        .check::<loss_decreases::LossDecreases>()
}
