//! Arithmetic on slices: what every layer and optimiser computes with.
//!
//! Everything here gives the same bits whatever the number of threads and
//! whatever the width of the processor's vectors: sums run in a fixed order,
//! and no multiplication is fused with an addition except inside `gemm`.

mod norm;
mod real;

pub(crate) use norm::{LANES, tensor_norm, total};
pub(crate) use real::{Real, cpu_slice, slice, update};
