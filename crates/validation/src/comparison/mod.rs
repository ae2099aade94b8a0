//! Whether one version is worse than another, on the same rows.

mod bootstrap;
mod delong;
mod mcnemar;
mod multiplicity;
mod non_inferiority;
mod repeated;
mod tango;

pub(crate) use bootstrap::bootstrap;
pub use bootstrap::bootstrap_roc_auc;
pub(crate) use delong::of_tables;
pub use delong::{AucDifference, delong};
pub use mcnemar::{mcnemar, mcnemar_rows};
pub use multiplicity::{benjamini_hochberg, holm};
pub use non_inferiority::{NonInferiority, Ruling, non_inferiority};
pub use repeated::{corrected_resampled_t, wilcoxon};
pub use tango::tango;
