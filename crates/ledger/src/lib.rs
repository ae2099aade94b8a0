//! The history of runs: what ran, on which code, parameters, data and
//! environment, with which result.
//!
//! What does not live here: running cases, and judging them.
