//! Pooling: means over sequences, largest values over images.

use std::hint::select_unpredictable;

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

impl SquareMax {
    /// Where the lines start that one row of outputs is made of; `index` counts
    /// the rows of all images and channels.
    fn band(&self, index: usize, rows: usize, height: usize, width: usize) -> usize {
        let (image, row) = (index / rows, index % rows);
        (image * height + row * self.size) * width
    }
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
        let mut values = vec![T::zero(); count];
        let mut places = vec![0; count];
        let outputs = values
            .chunks_exact_mut(columns)
            .zip(places.chunks_exact_mut(columns));
        for (index, (values, places)) in outputs.enumerate() {
            let band = &x.values[self.band(index, rows, height, width)..][..self.size * width];
            match self.size {
                // Told to the compiler, which then unrolls the square.
                2 => largest(band, width, 2, values, places),
                size => largest(band, width, size, values, places),
            }
        }
        Ok(Output::new(values, (batch, channels, rows, columns)).saving(places))
    }

    fn backward<T: Real>(&self, pass: &Backward<'_, T, 1>) -> Result<[Option<Vec<T>>; 1]> {
        let &[_, _, height, width] = pass.inputs[0].dims else {
            bail!("an image is [batch, channels, height, width]");
        };
        let (rows, columns) = (height / self.size, width / self.size);
        let places: &Vec<u32> = pass.saved()?;
        let mut gradient = vec![T::zero(); pass.inputs[0].values.len()];
        let outputs = places
            .chunks_exact(columns)
            .zip(pass.gradient.values.chunks_exact(columns));
        for (index, (places, slopes)) in outputs.enumerate() {
            let band = &mut gradient[self.band(index, rows, height, width)..];
            for (&place, &slope) in places.iter().zip(slopes) {
                band[place as usize] = slope;
            }
        }
        Ok([Some(gradient)])
    }
}

/// The largest number of each square along a band of as many lines as a square
/// has, and where in the band it stands: the first, where several are as large.
///
/// NaN counts as the largest, as in PyTorch, for the loss to show it.
#[inline(always)]
fn largest<T: Real>(band: &[T], width: usize, size: usize, values: &mut [T], places: &mut [u32]) {
    for (column, (value, place)) in values.iter_mut().zip(places).enumerate() {
        let left = column * size;
        let mut largest = left;
        for line in 0..size {
            for here in line * width + left..line * width + left + size {
                let larger = (band[here] > band[largest]) | band[here].is_nan();
                // Selected, not branched on: which is largest cannot be foretold.
                largest = select_unpredictable(larger, here, largest);
            }
        }
        (*place, *value) = (largest as u32, band[largest]);
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Tensor, Var};

    use super::max_over_squares;

    /// One image of 2 × 4 pixels, and what of it pooling gives.
    fn pooled(pixels: [f32; 8]) -> Vec<f32> {
        let image = Tensor::new(&pixels, &Device::Cpu).and_then(|x| x.reshape((1, 1, 2, 4)));
        let pooled = image.and_then(|image| max_over_squares(&image, 2)?.flatten_all());
        pooled.and_then(|x| x.to_vec1()).expect("an image")
    }

    #[test]
    fn a_nan_is_shown_wherever_it_stands_in_its_square() {
        for place in [0, 1, 4, 5] {
            let mut pixels = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
            pixels[place] = f32::NAN;
            let [left, right] = pooled(pixels)[..] else {
                panic!("two squares")
            };
            assert!(left.is_nan() && right == 7.0, "at {place}: {left}, {right}");
        }
    }

    #[test]
    fn the_first_of_several_largest_numbers_gets_the_gradient() {
        let image = Tensor::new(&[[[[1f32, 3.0], [3.0, 2.0]]]], &Device::Cpu).expect("an image");
        let image = Var::from_tensor(&image).expect("a variable");
        let pooled = max_over_squares(&image, 2).expect("one square");
        let gradients = pooled.sum_all().and_then(|sum| sum.backward());
        let gradient = gradients.expect("a gradient").remove(&image);
        let gradient = gradient.and_then(|g| g.flatten_all().ok()?.to_vec1::<f32>().ok());
        assert_eq!(gradient, Some(vec![0.0, 1.0, 0.0, 0.0]));
    }
}
