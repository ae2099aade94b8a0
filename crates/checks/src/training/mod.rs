//! The model learns, and for the right reason.

mod gradient_step;

use crate::registry::Registry;

pub(crate) fn register(registry: Registry) -> Registry {
    registry.check::<gradient_step::GradientStep>()
}
