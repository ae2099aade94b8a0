//! Whether a column looks as it did.
//!
//! A [`Profile`] is a column reduced: it merges, it serialises, and a saved one
//! stands for its rows. [`compare`] holds two of them against each other: how
//! large the shift is by several measures, each less what equal columns of so
//! few rows would show, and how surprising it is. A column has drifted when it
//! is both ([`rule`]). What does not live here: rows of more than one column;
//! for those, an area under the ROC curve of a classifier of old against new
//! rows ([`crate::interval::delong`]).

mod chi_square;
mod column;
mod histogram;
mod kolmogorov_smirnov;
mod measure;
mod null;
mod profile;
mod rule;
mod wasserstein;

pub use column::{ColumnDrift, Measured, Novelty, compare};
pub use histogram::PairedHistogram;
pub use measure::Measure;
pub use profile::{Categories, Numbers, Profile};
pub use rule::{Drifted, rule};
