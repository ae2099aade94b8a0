//! Metrics, intervals, comparisons and drift.
//!
//! Rows are first reduced to small tables ([`table`]), which merge; everything
//! else is mathematics over those: what a [`metric`] is, how sure it is
//! ([`interval`]), whether one version is worse than another ([`comparison`]), and
//! whether a column looks as it did ([`drift`]). Rows of one user or session go
//! through [`clustered`].
//! Values in, values out. What does not live here: files, Arrow, and what a
//! spec says.

pub mod clustered;
pub mod comparison;
pub mod curve;
pub mod drift;
mod error;
pub mod evidence;
pub mod interval;
pub mod metric;
mod resample;
pub mod table;

pub use error::Error;
pub use metric::Metric;
