//! The candidate is good enough, and the world is as it was.

#[macro_use]
mod specimens;

pub mod calibration;
mod clusters;
mod drift;
mod evidence;
mod figures;
mod joint;
mod made;
mod metrics;
mod moments;
pub mod no_drift;
pub mod no_regression;
mod profiles;
mod profiling;
#[expect(clippy::module_inception, reason = "a check's file has its name")]
pub mod quality;
mod rankings;
mod ready;
mod reduce;
mod slices;
mod small;
mod subject;
pub mod table_schema;
pub mod trend;
pub mod validation_is_current;
mod weak;

pub use subject::skipped_without;

use crate::registry::Registry;

pub(crate) fn register(registry: Registry) -> Registry {
    registry
        .check::<calibration::Calibration>()
        .check::<no_drift::NoDrift>()
        .check::<no_regression::NoRegression>()
        .check::<quality::Quality>()
        .check::<table_schema::TableSchema>()
        .check::<trend::Trend>()
        .check::<validation_is_current::ValidationIsCurrent>()
}
