//! Metrics, intervals, comparisons and drift.
//!
//! Everything here is mathematics over the small tables that aggregates leave.
//! What does not live here: rows, files and thresholds.
