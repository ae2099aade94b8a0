//! Positions in a sequence.

use candle_core::{Result, Tensor, bail};

use crate::numeric::{Backward, Fused, Output, Real, View, apply};

/// Adds the sines and cosines of Vaswani et al. (2017, section 3.5) to
/// `[batch, length, width]`; for sequences of any length.
///
/// # Errors
/// When the shape does not fit.
pub fn add_positions(x: &Tensor) -> Result<Tensor> {
    apply(AddPositions, [x])
}

struct AddPositions;

impl Fused<1> for AddPositions {
    const NAME: &'static str = "add-positions";

    fn forward<T: Real>(&self, [x]: [View<'_, T>; 1]) -> Result<Output<T>> {
        let &[_, length, width] = x.dims else {
            bail!("a sequence is [batch, length, width], got {:?}", x.dims);
        };
        let mut positions = Vec::with_capacity(length * width);
        for position in 0..length {
            for dimension in 0..width {
                let exponent = (dimension / 2 * 2) as f64 / width as f64;
                let angle = position as f64 / libm::pow(10_000.0, exponent);
                let wave = if dimension % 2 == 0 {
                    libm::sin(angle)
                } else {
                    libm::cos(angle)
                };
                positions.push(T::from_f64(wave));
            }
        }
        let mut values = x.values.to_vec();
        for sequence in values.chunks_exact_mut(length * width) {
            sequence
                .iter_mut()
                .zip(&positions)
                .for_each(|(x, &p)| *x += p);
        }
        Ok(Output::new(values, x.dims))
    }

    fn backward<T: Real>(&self, pass: &Backward<'_, T, 1>) -> Result<[Option<Vec<T>>; 1]> {
        Ok([Some(pass.gradient.values.to_vec())])
    }
}
