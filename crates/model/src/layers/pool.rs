//! Pooling: means over sequences, largest values over images.

use candle_core::{Result, Tensor, bail};

use crate::numeric::{Backward, Fused, Output, Real, View, apply};

/// Mean over each sequence's real elements: `[batch, length, width]` to
/// `[batch, width]`.
///
/// # Errors
/// When the shape does not fit.
pub fn mean_over_sequence(x: &Tensor, lengths: Option<&[usize]>) -> Result<Tensor> {
    let lengths = lengths.map(<[usize]>::to_vec);
    apply(SequenceMean { lengths }, [x])
}

struct SequenceMean {
    lengths: Option<Vec<usize>>,
}

impl SequenceMean {
    fn length(&self, row: usize, longest: usize) -> usize {
        self.lengths
            .as_ref()
            .map_or(longest, |lengths| lengths[row])
    }
}

impl Fused<1> for SequenceMean {
    const NAME: &'static str = "mean-over-sequence";

    fn forward<T: Real>(&self, [x]: [View<'_, T>; 1]) -> Result<Output<T>> {
        let &[batch, longest, width] = x.dims else {
            bail!("a sequence is [batch, length, width], got {:?}", x.dims);
        };
        let mut means = vec![T::zero(); batch * width];
        let sequences = x.values.chunks_exact(longest * width);
        for (row, (mean, sequence)) in means.chunks_exact_mut(width).zip(sequences).enumerate() {
            let length = self.length(row, longest);
            for element in sequence.chunks_exact(width).take(length) {
                mean.iter_mut().zip(element).for_each(|(sum, &x)| *sum += x);
            }
            let scale = T::from_f64(1.0 / length as f64);
            mean.iter_mut().for_each(|sum| *sum *= scale);
        }
        Ok(Output::new(means, (batch, width)))
    }

    fn backward<T: Real>(&self, pass: &Backward<'_, T, 1>) -> Result<[Option<Vec<T>>; 1]> {
        let [x] = pass.inputs;
        let (longest, width) = (x.dims[1], x.dims[2]);
        let mut gradient = vec![T::zero(); x.values.len()];
        let sequences = gradient.chunks_exact_mut(longest * width);
        let means = pass.gradient.values.chunks_exact(width);
        for (row, (sequence, mean)) in sequences.zip(means).enumerate() {
            let length = self.length(row, longest);
            let scale = T::from_f64(1.0 / length as f64);
            for element in sequence.chunks_exact_mut(width).take(length) {
                element
                    .iter_mut()
                    .zip(mean)
                    .for_each(|(g, &mean)| *g = mean * scale);
            }
        }
        Ok([Some(gradient)])
    }
}

/// The largest value of each `size × size` square, which do not overlap; rows
/// and columns left over are dropped: `[batch, channels, height, width]` to
/// `[batch, channels, height / size, width / size]`.
///
/// # Errors
/// When the shape does not fit.
pub fn max_over_squares(x: &Tensor, size: usize) -> Result<Tensor> {
    if size == 1 {
        return Ok(x.clone());
    }
    apply(SquareMax { size }, [x])
}

struct SquareMax {
    size: usize,
}

impl Fused<1> for SquareMax {
    const NAME: &'static str = "max-over-squares";

    fn forward<T: Real>(&self, [x]: [View<'_, T>; 1]) -> Result<Output<T>> {
        let &[batch, channels, height, width] = x.dims else {
            bail!(
                "an image is [batch, channels, height, width], got {:?}",
                x.dims
            );
        };
        let (rows, columns) = (height / self.size, width / self.size);
        if rows == 0 || columns == 0 {
            bail!(
                "squares of {} do not fit into {height} × {width}",
                self.size
            );
        }
        let count = batch * channels * rows * columns;
        let mut values = Vec::with_capacity(count);
        // Where each largest value stands; the first, where several do.
        let mut places: Vec<usize> = Vec::with_capacity(count);
        for image in 0..batch * channels {
            for row in 0..rows {
                let from = (image * height + row * self.size) * width;
                let band = &x.values[from..from + self.size * width];
                for left in (0..columns * self.size).step_by(self.size) {
                    let (place, value) = largest(band, left, width, self.size);
                    values.push(value);
                    places.push(from + place);
                }
            }
        }
        Ok(Output::new(values, (batch, channels, rows, columns)).saving(places))
    }

    fn backward<T: Real>(&self, pass: &Backward<'_, T, 1>) -> Result<[Option<Vec<T>>; 1]> {
        let places: &Vec<usize> = pass.saved()?;
        let mut gradient = vec![T::zero(); pass.inputs[0].values.len()];
        for (&place, &g) in places.iter().zip(pass.gradient.values) {
            gradient[place] += g;
        }
        Ok([Some(gradient)])
    }
}

/// The largest number of the square at `left` in a band of as many rows as the
/// square has, and where it stands in the band.
#[inline(always)]
fn largest<T: Real>(band: &[T], left: usize, width: usize, size: usize) -> (usize, T) {
    let mut best = (left, band[left]);
    for line in 0..size {
        let from = line * width + left;
        for (offset, &value) in band[from..from + size].iter().enumerate() {
            // Selected, not branched on: which is largest cannot be foretold.
            best = if value > best.1 {
                (from + offset, value)
            } else {
                best
            };
        }
    }
    best
}
