//! Euclidean norms, summed in double precision.

use candle_core::{DType, Result, Tensor};

use super::{LANES, Real, cpu_slice, vectorised};

fn norm<T: Real>(values: &[T]) -> f64 {
    total(&vectorised(
        #[inline(always)]
        || {
            let mut sums = [0.0; LANES];
            let (blocks, rest) = values.as_chunks::<LANES>();
            for block in blocks {
                for (sum, value) in sums.iter_mut().zip(block) {
                    let value = value.to_f64();
                    *sum += value * value;
                }
            }
            for (sum, value) in sums.iter_mut().zip(rest) {
                let value = value.to_f64();
                *sum += value * value;
            }
            sums
        },
    ))
}

/// The norm whose squares were summed in lanes.
#[inline(always)]
pub(crate) fn total(sums: &[f64; LANES]) -> f64 {
    sums.iter().sum::<f64>().sqrt()
}

/// Euclidean norm of a tensor of floats.
///
/// # Errors
/// When it is not on the CPU.
pub(crate) fn tensor_norm(tensor: &Tensor) -> Result<f64> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    Ok(match tensor.dtype() {
        DType::F64 => norm::<f64>(cpu_slice(&storage, layout)?),
        _ => norm::<f32>(cpu_slice(&storage, layout)?),
    })
}
