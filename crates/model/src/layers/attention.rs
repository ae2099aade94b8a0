//! Multi-head self-attention (Vaswani et al., 2017).

use candle_core::{Result, Tensor, bail};
use candle_nn::{Init, VarBuilder};

use super::linear::{Linear, affine};
use crate::numeric::{
    Backward, Fused, Into, Matrix, Output, Real, Strides, View, apply, dot, gemm, sum, vectorised,
};

/// Self-attention, with the parameters of `torch.nn.MultiheadAttention`.
#[derive(Clone, Debug)]
pub struct SelfAttention {
    in_weight: Tensor,
    in_bias: Tensor,
    out: Linear,
    heads: usize,
    causal: bool,
}

impl SelfAttention {
    /// Asks `vb` for `in_proj_weight` `[3 × width, width]` (queries, keys,
    /// values), `in_proj_bias` and `out_proj`. `causal`: each element sees
    /// itself and what came before.
    ///
    /// # Errors
    /// When `heads` does not divide `width`, or names are taken.
    pub fn new(width: usize, heads: usize, causal: bool, vb: &VarBuilder<'_>) -> Result<Self> {
        if heads == 0 || !width.is_multiple_of(heads) {
            bail!("{heads} heads cannot share a width of {width}");
        }
        // Glorot and Bengio (2010), as PyTorch does here.
        let bound = (6.0 / (4 * width) as f64).sqrt();
        let init = Init::Uniform {
            lo: -bound,
            up: bound,
        };
        Ok(Self {
            in_weight: vb.get_with_hints((3 * width, width), "in_proj_weight", init)?,
            in_bias: vb.get_with_hints(3 * width, "in_proj_bias", Init::Const(0.0))?,
            out: Linear::with_bias(width, width, Init::Const(0.0), &vb.pp("out_proj"))?,
            heads,
            causal,
        })
    }

    /// Shape `[batch, length, width]` to the same; elements beyond a sequence's
    /// length are seen by none.
    ///
    /// # Errors
    /// When the shape does not fit.
    pub fn forward(&self, x: &Tensor, lengths: Option<&[usize]>) -> Result<Tensor> {
        let attend = Attend {
            heads: self.heads,
            causal: self.causal,
            lengths: lengths.map(<[usize]>::to_vec),
        };
        let projected = affine(x, &self.in_weight, &self.in_bias)?;
        self.out.forward(&apply(attend, [&projected])?)
    }
}

/// From queries, keys and values, `[batch, length, 3 × width]`, to
/// `[batch, length, width]`.
struct Attend {
    heads: usize,
    causal: bool,
    lengths: Option<Vec<usize>>,
}

/// Where one head of one sequence lies.
#[derive(Clone, Copy)]
struct Head {
    length: usize,
    /// Numbers a head has of each element.
    size: usize,
    /// Numbers of an element: 3 × width before, width after.
    width: usize,
    /// Where its queries start; keys and values lie `width` further each.
    start: usize,
    /// Where its outputs start.
    out: usize,
    /// Where its weights start.
    weights: usize,
    /// Elements that may be seen.
    seen: usize,
}

impl Head {
    fn part<'a, T>(&self, projected: &'a [T], part: usize) -> Matrix<'a, T> {
        let from = self.start + part * self.width;
        Matrix::new(
            &projected[from..],
            Strides::spaced(self.length, self.size, 3 * self.width),
        )
    }

    fn part_mut<'a, T>(&self, projected: &'a mut [T], part: usize) -> (&'a mut [T], Strides) {
        let from = self.start + part * self.width;
        (
            &mut projected[from..],
            Strides::spaced(self.length, self.size, 3 * self.width),
        )
    }

    fn output<'a, T>(&self, outputs: &'a [T]) -> Matrix<'a, T> {
        Matrix::new(
            &outputs[self.out..],
            Strides::spaced(self.length, self.size, self.width),
        )
    }

    fn square(&self) -> Strides {
        Strides::dense(self.length, self.length)
    }
}

impl Attend {
    fn each_head(&self, dims: &[usize], mut visit: impl FnMut(Head)) -> Result<()> {
        let &[batch, length, triple] = dims else {
            bail!("attention takes [batch, length, 3 × width], got {dims:?}");
        };
        let width = triple / 3;
        let size = width / self.heads;
        for row in 0..batch {
            let seen = self.lengths.as_ref().map_or(length, |lengths| lengths[row]);
            for head in 0..self.heads {
                visit(Head {
                    length,
                    size,
                    width,
                    start: row * length * triple + head * size,
                    out: row * length * width + head * size,
                    weights: (row * self.heads + head) * length * length,
                    seen,
                });
            }
        }
        Ok(())
    }

    /// Elements that the query at `element` sees.
    fn visible(&self, head: Head, element: usize) -> usize {
        if self.causal {
            head.seen.min(element + 1)
        } else {
            head.seen
        }
    }

    fn scale<T: Real>(head: Head) -> T {
        T::from_f64(1.0 / (head.size as f64).sqrt())
    }
}

impl Fused<1> for Attend {
    const NAME: &'static str = "attention";

    fn forward<T: Real>(&self, [projected]: [View<'_, T>; 1]) -> Result<Output<T>> {
        let x = projected.values;
        let (batch, length) = (projected.dims[0], projected.dims[1]);
        let mut values = vec![T::zero(); x.len() / 3];
        let mut weights = vec![T::zero(); batch * self.heads * length * length];
        self.each_head(projected.dims, |head| {
            let square = &mut weights[head.weights..][..length * length];
            gemm(
                square,
                head.square(),
                Into::Fresh,
                head.part(x, 0),
                head.part(x, 1).transposed(),
            );
            for (element, row) in square.chunks_exact_mut(length).enumerate() {
                softmax(row, self.visible(head, element), Self::scale(head));
            }
            let out = Strides::spaced(length, head.size, head.width);
            let weights = Matrix::dense(square, length, length);
            gemm(
                &mut values[head.out..],
                out,
                Into::Fresh,
                weights,
                head.part(x, 2),
            );
        })?;
        let shape = (batch, length, projected.width() / 3);
        Ok(Output::new(values, shape).saving(weights))
    }

    fn backward<T: Real>(&self, pass: &Backward<'_, T, 1>) -> Result<[Option<Vec<T>>; 1]> {
        let [projected] = pass.inputs;
        let (x, length) = (projected.values, projected.dims[1]);
        let weights: &Vec<T> = pass.saved()?;
        let mut gradient = vec![T::zero(); x.len()];
        let mut slopes = vec![T::zero(); length * length];
        self.each_head(projected.dims, |head| {
            let square = &weights[head.weights..][..length * length];
            let outer = head.output(pass.gradient.values);
            gemm(
                &mut slopes,
                head.square(),
                Into::Fresh,
                outer,
                head.part(x, 2).transposed(),
            );
            let rows = slopes
                .chunks_exact_mut(length)
                .zip(square.chunks_exact(length));
            for (slopes, weights) in rows {
                softmax_slopes(slopes, weights, Self::scale(head));
            }
            let by_query = Matrix::dense(&slopes, length, length);
            let weights = Matrix::dense(square, length, length);
            let (q, layout) = head.part_mut(&mut gradient, 0);
            gemm(q, layout, Into::Fresh, by_query, head.part(x, 1));
            let (k, layout) = head.part_mut(&mut gradient, 1);
            gemm(
                k,
                layout,
                Into::Fresh,
                by_query.transposed(),
                head.part(x, 0),
            );
            let (v, layout) = head.part_mut(&mut gradient, 2);
            gemm(v, layout, Into::Fresh, weights.transposed(), outer);
        })?;
        Ok([Some(gradient)])
    }
}

/// Softmax of `scale × row` over its first `visible` numbers; zero beyond.
fn softmax<T: Real>(row: &mut [T], visible: usize, scale: T) {
    let (row, hidden) = row.split_at_mut(visible);
    hidden.fill(T::zero());
    vectorised(
        #[inline(always)]
        || {
            let largest = row
                .iter()
                .fold(row[0], |max, &x| if x > max { x } else { max });
            row.iter_mut()
                .for_each(|x| *x = ((*x - largest) * scale).exp_of_negative());
            let inverse = T::one() / sum(row);
            row.iter_mut().for_each(|x| *x *= inverse);
        },
    );
}

/// From slopes of the weights to slopes of the products of queries and keys.
fn softmax_slopes<T: Real>(slopes: &mut [T], weights: &[T], scale: T) {
    vectorised(
        #[inline(always)]
        || {
            let mean = dot(slopes, weights);
            for (slope, &weight) in slopes.iter_mut().zip(weights) {
                *slope = (*slope - mean) * weight * scale;
            }
        },
    );
}
