//! Whether one version is worse than another, on the same rows.

mod bootstrap;
mod delong;
mod multiplicity;
mod non_inferiority;
mod tango;

pub(crate) use bootstrap::bootstrap;
pub(crate) use delong::of_tables;
pub use delong::{AucDifference, delong};
pub use multiplicity::{benjamini_hochberg, holm};
pub use non_inferiority::{NonInferiority, Ruling, non_inferiority};
pub use tango::tango;
