//! Seeded dropout.

use candle_core::{DType, Result, Tensor, bail};
use seatrial_rng::Stream;

/// Sets each number to zero with probability `p` and divides the others by
/// `1 - p`, so that the mean is kept (Srivastava et al., 2014, in the inverted
/// form). Masks are drawn in row-major order; `p = 0` draws nothing.
///
/// # Errors
/// For a probability outside [0, 1), and for tensors that hold no floats.
pub fn dropout(x: &Tensor, p: f64, stream: &mut Stream) -> Result<Tensor> {
    if !(0.0..1.0).contains(&p) {
        bail!("a dropout probability lies in [0, 1), got {p}");
    }
    if p == 0.0 {
        return Ok(x.clone());
    }
    let scale = 1.0 / (1.0 - p);
    let factors = (0..x.elem_count()).map(|_| if stream.chance(p) { 0.0 } else { scale });
    let mask = match x.dtype() {
        DType::F32 => {
            let factors: Vec<f32> = factors.map(|f| f as f32).collect();
            Tensor::from_vec(factors, x.shape(), x.device())?
        }
        DType::F64 => Tensor::from_vec(factors.collect::<Vec<f64>>(), x.shape(), x.device())?,
        other => bail!("dropout takes floats, got {other:?}"),
    };
    x.mul(&mask)
}
