//! Sums of squares.

use candle_core::{DType, Result, Tensor};

use super::{Real, cpu_slice};

/// Running sums kept apart so that they can be vectorised in a fixed order.
pub(crate) const LANES: usize = 8;

/// Euclidean norm, summed in double precision.
fn norm<T: Real>(values: &[T]) -> f64 {
    let mut sums = [0.0; LANES];
    let chunks = values.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            let value = value.to_f64();
            *sum += value * value;
        }
    }
    for (sum, value) in sums.iter_mut().zip(rest) {
        let value = value.to_f64();
        *sum += value * value;
    }
    total(&sums)
}

/// The norm whose squares were summed in lanes.
pub(crate) fn total(sums: &[f64; LANES]) -> f64 {
    sums.iter().sum::<f64>().sqrt()
}

/// Euclidean norm of a tensor of floats.
pub(crate) fn tensor_norm(tensor: &Tensor) -> Result<f64> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    Ok(match tensor.dtype() {
        DType::F64 => norm::<f64>(cpu_slice(&storage, layout)?),
        _ => norm::<f32>(cpu_slice(&storage, layout)?),
    })
}
