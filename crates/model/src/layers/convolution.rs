//! Convolution over images.

use candle_core::{Result, Tensor, bail};
use candle_nn::VarBuilder;

use super::Activation;
use super::linear::uniform_by_fan;
use crate::numeric::{Backward, Fused, Into, Matrix, Output, Real, Strides, View, apply, gemm};

/// A convolution that keeps height and width: odd square kernels, zeros
/// around, with the layout of `torch.nn.Conv2d(padding="same")`.
#[derive(Clone, Debug)]
pub struct Convolution {
    weight: Tensor,
    bias: Tensor,
}

impl Convolution {
    /// Asks `vb` for `weight` `[outputs, inputs, kernel, kernel]` and `bias`.
    ///
    /// # Errors
    /// When the kernel is even, or the names are taken with other shapes.
    pub fn new(inputs: usize, outputs: usize, kernel: usize, vb: &VarBuilder<'_>) -> Result<Self> {
        if kernel.is_multiple_of(2) {
            bail!("a kernel that keeps height and width is odd, got {kernel}");
        }
        let init = uniform_by_fan(inputs * kernel * kernel);
        let shape = (outputs, inputs, kernel, kernel);
        Ok(Self {
            weight: vb.get_with_hints(shape, "weight", init)?,
            bias: vb.get_with_hints(outputs, "bias", init)?,
        })
    }

    /// Shape `[batch, inputs, height, width]` to `[batch, outputs, height, width]`.
    ///
    /// # Errors
    /// When the shape does not fit.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        apply(Convolve(None), [x, &self.weight, &self.bias])
    }

    /// The same, followed by an activation: in the same operation, if its slope
    /// can be told from its output.
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    pub fn forward_activated(&self, x: &Tensor, activation: Activation) -> Result<Tensor> {
        if activation.is_told_by_output() {
            apply(Convolve(Some(activation)), [x, &self.weight, &self.bias])
        } else {
            activation.apply(&self.forward(x)?)
        }
    }
}

/// A convolution, and what follows it.
struct Convolve(Option<Activation>);

/// Extents of one convolution.
#[derive(Clone, Copy)]
struct Extents {
    inputs: usize,
    outputs: usize,
    kernel: usize,
    height: usize,
    width: usize,
}

impl Extents {
    fn of<T>(x: View<'_, T>, weight: View<'_, T>) -> Result<Self> {
        let (&[_, channels, height, width], &[outputs, inputs, kernel, _]) = (x.dims, weight.dims)
        else {
            bail!(
                "an image is [batch, channels, height, width], got {:?}",
                x.dims
            );
        };
        if channels != inputs {
            bail!("a convolution of {inputs} channels got {channels}");
        }
        Ok(Self {
            inputs,
            outputs,
            kernel,
            height,
            width,
        })
    }

    /// Pixels of one channel.
    fn area(&self) -> usize {
        self.height * self.width
    }

    /// Numbers that one output pixel sees.
    fn patch(&self) -> usize {
        self.inputs * self.kernel * self.kernel
    }

    /// Visits each run of pixels that a kernel's place moves without gaps:
    /// where it goes among the patches, where it comes from in the image, and
    /// how long it is.
    fn each_run(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let around = self.kernel / 2;
        for place in 0..self.patch() {
            let channel = place / (self.kernel * self.kernel);
            let (down, right) = (place / self.kernel % self.kernel, place % self.kernel);
            // Output columns whose input column lies inside the image.
            let first = around.saturating_sub(right);
            let last = (self.width + around).saturating_sub(right).min(self.width);
            for row in 0..self.height {
                let from_row = row + down;
                if from_row < around || from_row >= self.height + around || first >= last {
                    continue;
                }
                let to = place * self.area() + row * self.width + first;
                let source_row = channel * self.height + from_row - around;
                visit(
                    to,
                    source_row * self.width + first + right - around,
                    last - first,
                );
            }
        }
    }

    /// One image as patches: `[patch, area]`; what lies outside stays zero.
    fn gather<T: Real>(&self, image: &[T], patches: &mut [T]) {
        self.each_run(|to, from, count| {
            patches[to..to + count].copy_from_slice(&image[from..from + count]);
        });
    }

    /// Adds patches back to where they came from.
    fn scatter<T: Real>(&self, patches: &[T], image: &mut [T]) {
        self.each_run(|from, to, count| {
            let pixels = image[to..to + count].iter_mut();
            pixels
                .zip(&patches[from..from + count])
                .for_each(|(sum, &x)| *sum += x);
        });
    }
}

impl Fused<3> for Convolve {
    const NAME: &'static str = "convolution";

    fn forward<T: Real>(&self, [x, weight, bias]: [View<'_, T>; 3]) -> Result<Output<T>> {
        let extents = Extents::of(x, weight)?;
        let (area, patch) = (extents.area(), extents.patch());
        let images = x.values.chunks_exact(extents.inputs * area);
        let mut patches = vec![T::zero(); patch * area];
        let mut values = vec![T::zero(); x.dims[0] * extents.outputs * area];
        for (image, out) in images.zip(values.chunks_exact_mut(extents.outputs * area)) {
            extents.gather(image, &mut patches);
            for (channel, &bias) in out.chunks_exact_mut(area).zip(bias.values) {
                channel.fill(bias);
            }
            gemm(
                out,
                Strides::dense(extents.outputs, area),
                Into::Sum,
                Matrix::dense(weight.values, extents.outputs, patch),
                Matrix::dense(&patches, patch, area),
            );
        }
        if let Some(activation) = self.0 {
            activation.apply_in_place(&mut values);
        }
        let shape = (x.dims[0], extents.outputs, extents.height, extents.width);
        Ok(Output::new(values, shape))
    }

    fn backward<T: Real>(&self, pass: &Backward<'_, T, 3>) -> Result<[Option<Vec<T>>; 3]> {
        let [x, weight, _] = pass.inputs;
        let extents = Extents::of(x, weight)?;
        let (area, patch, outputs) = (extents.area(), extents.patch(), extents.outputs);
        let inner = self.0.map(|activation| {
            activation.back_from_output(pass.output.values, pass.gradient.values)
        });
        let slopes = inner.as_deref().unwrap_or(pass.gradient.values);
        let mut patches = vec![T::zero(); patch * area];
        let mut back = vec![T::zero(); if pass.wanted[0] { patch * area } else { 0 }];
        let mut x_gradient = vec![T::zero(); if pass.wanted[0] { x.values.len() } else { 0 }];
        let mut weight_gradient = vec![T::zero(); weight.values.len()];
        let mut bias_gradient = vec![T::zero(); outputs];
        let images = x.values.chunks_exact(extents.inputs * area);
        for (index, (image, g)) in images.zip(slopes.chunks_exact(outputs * area)).enumerate() {
            extents.gather(image, &mut patches);
            let slopes = Matrix::dense(g, outputs, area);
            gemm(
                &mut weight_gradient,
                Strides::dense(outputs, patch),
                Into::Sum,
                slopes,
                Matrix::dense(&patches, patch, area).transposed(),
            );
            for (sum, channel) in bias_gradient.iter_mut().zip(g.chunks_exact(area)) {
                *sum += crate::numeric::sum(channel);
            }
            if pass.wanted[0] {
                let size = extents.inputs * area;
                gemm(
                    &mut back,
                    Strides::dense(patch, area),
                    Into::Fresh,
                    Matrix::dense(weight.values, outputs, patch).transposed(),
                    slopes,
                );
                extents.scatter(&back, &mut x_gradient[index * size..][..size]);
            }
        }
        Ok([
            pass.wanted[0].then_some(x_gradient),
            Some(weight_gradient),
            Some(bias_gradient),
        ])
    }
}
