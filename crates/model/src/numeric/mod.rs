//! Arithmetic on slices: what every layer and optimiser computes with.
//!
//! Everything here gives the same bits whatever the number of threads and
//! whatever the width of the processor's vectors: sums run in a fixed order,
//! and no multiplication is fused with an addition except inside `gemm`.

mod function;
mod fused;
mod gemm;
mod norm;
mod real;
mod sum;
mod transpose;

pub(crate) use fused::{Backward, Fused, Output, View, apply, collect_leaves};
pub(crate) use gemm::{Into, Matrix, Strides, gemm};
pub(crate) use norm::{tensor_norm, total};
pub(crate) use real::{Real, cpu_slice, update};
pub(crate) use sum::{LANES, add_rows, dot, repeat, sum};
pub(crate) use transpose::transposed;

/// Runs a loop compiled for the widest vectors that this processor has.
///
/// Only what is inlined is: mark the closure `#[inline(always)]`, and every
/// function that it calls. A closure that is not is compiled by itself, for the
/// narrowest vectors. It is the same arithmetic at every width: lanes are
/// independent, and nothing is contracted.
#[inline(always)]
pub(crate) fn vectorised<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}
