//! The candidate is good enough, and the world is as it was.

mod evidence;
mod metrics;
pub mod no_regression;
mod planted;
#[expect(clippy::module_inception, reason = "a check's file has its name")]
pub mod quality;
mod slices;
mod subject;

use crate::registry::Registry;

pub(crate) fn register(registry: Registry) -> Registry {
    registry
        .check::<no_regression::NoRegression>()
        .check::<quality::Quality>()
}
