//! Recurrent layers over whole sequences.
//!
//! A layer runs its cell once an element, for all sequences of a batch
//! together, and goes backward through all of them in one operation. Inside,
//! the elements come first (`[length, batch, width]`), so that what one call
//! of the cell sees lies together, and so that the products that need not wait
//! for the previous element (inputs with their weights, and the gradients of
//! all weights) are one product each.

mod gru;
mod lstm;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use candle_core::{Result, Tensor, bail};
use candle_nn::VarBuilder;

pub use gru::Gru;
pub use lstm::Lstm;

use super::linear::uniform_by_fan;
use crate::Pass;
use crate::numeric::{Fused, Into, Matrix, Real, Strides, View, add_rows, apply, gemm, transposed};

/// What a recurrent layer gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Give {
    /// The state after every element: `[batch, length, hidden]`.
    States,
    /// The state after each sequence's last element: `[batch, hidden]`.
    Last {
        /// Real elements of each; all of them without.
        lengths: Option<Vec<usize>>,
    },
}

/// The tensors of a cell, named and laid out as in PyTorch.
#[derive(Clone, Debug)]
struct Weights {
    /// `[gates × hidden, width]`
    weight_ih: Tensor,
    /// `[gates × hidden, hidden]`
    weight_hh: Tensor,
    /// `[gates × hidden]`
    bias_ih: Tensor,
    /// `[gates × hidden]`
    bias_hh: Tensor,
}

impl Weights {
    fn new(gates: usize, width: usize, hidden: usize, vb: &VarBuilder<'_>) -> Result<Self> {
        let (rows, init) = (gates * hidden, uniform_by_fan(hidden));
        Ok(Self {
            weight_ih: vb.get_with_hints((rows, width), "weight_ih", init)?,
            weight_hh: vb.get_with_hints((rows, hidden), "weight_hh", init)?,
            bias_ih: vb.get_with_hints(rows, "bias_ih", init)?,
            bias_hh: vb.get_with_hints(rows, "bias_hh", init)?,
        })
    }

    fn hidden(&self) -> usize {
        self.weight_hh.dims()[1]
    }

    /// Runs a recurrence over `x`, and tells the probe of every cell that ran.
    fn run<R: Fused<5>>(
        &self,
        recurrence: impl Fn(Give, Calls) -> R,
        name: &str,
        x: &Tensor,
        give: &Give,
        pass: &mut Pass<'_>,
    ) -> Result<Tensor> {
        let (batch, length, _) = x.dims3()?;
        let inputs = [
            x,
            &self.weight_ih,
            &self.weight_hh,
            &self.bias_ih,
            &self.bias_hh,
        ];
        let calls = Calls::default();
        // A probe that captures wants every state, which training does not.
        let wanted = if pass.captures(name) {
            &Give::States
        } else {
            give
        };
        let output = apply(recurrence(wanted.clone(), calls.clone()), inputs)?;
        for element in 0..calls.count() {
            pass.note_with(name, || output.narrow(1, element, 1)?.squeeze(1))?;
        }
        match (wanted, give) {
            (Give::States, Give::Last { lengths }) => {
                let last = |(row, length): (usize, usize)| {
                    output.narrow(0, row, 1)?.narrow(1, length - 1, 1)
                };
                let lengths = lengths.clone().unwrap_or_else(|| vec![length; batch]);
                let rows: Result<Vec<_>> = lengths.into_iter().enumerate().map(last).collect();
                Tensor::cat(&rows?, 0)?.squeeze(1)
            }
            _ => Ok(output),
        }
    }
}

/// Counts the cells that an operation really ran.
#[derive(Clone, Debug, Default)]
struct Calls(Arc<AtomicU64>);

impl Calls {
    fn add_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed) as usize
    }
}

/// Extents of one run of a recurrence.
#[derive(Clone, Copy, Debug)]
struct Extents {
    batch: usize,
    length: usize,
    width: usize,
    hidden: usize,
    gates: usize,
}

impl Extents {
    fn of<T>(x: View<'_, T>, weight_hh: View<'_, T>) -> Result<Self> {
        let &[batch, length, width] = x.dims else {
            bail!(
                "a recurrent layer takes [batch, length, width], got {:?}",
                x.dims
            );
        };
        let hidden = weight_hh.width();
        let gates = weight_hh.rows() / hidden;
        Ok(Self {
            batch,
            length,
            width,
            hidden,
            gates,
        })
    }

    /// Numbers in the states after one element.
    fn state(&self) -> usize {
        self.batch * self.hidden
    }

    /// Numbers in the gates of one element.
    fn gate(&self) -> usize {
        self.batch * self.gates * self.hidden
    }

    /// Adds `x · weight_ihᵀ` of all elements to `gates`.
    fn add_inputs<T: Real>(&self, gates: &mut [T], x: &[T], weight_ih: &[T]) {
        let (rows, columns) = (self.length * self.batch, self.gates * self.hidden);
        gemm(
            gates,
            Strides::dense(rows, columns),
            Into::Sum,
            Matrix::dense(x, rows, self.width),
            Matrix::dense(weight_ih, columns, self.width).transposed(),
        );
    }

    /// `weight_hhᵀ`, which every element is multiplied by.
    fn turned<T: Real>(&self, weight_hh: &[T]) -> Vec<T> {
        transposed(weight_hh, self.gates * self.hidden, self.hidden)
    }

    /// Adds `h · weight_hhᵀ` of one element to its `gates`.
    fn add_state<T: Real>(&self, gates: &mut [T], h: &[T], turned_hh: &[T]) {
        let columns = self.gates * self.hidden;
        gemm(
            gates,
            Strides::dense(self.batch, columns),
            Into::Sum,
            Matrix::dense(h, self.batch, self.hidden),
            Matrix::dense(turned_hh, self.hidden, columns),
        );
    }

    /// Adds `slopes · weight_hh` of one element to the slope of the state
    /// before it.
    fn add_state_slope<T: Real>(&self, slope: &mut [T], slopes: &[T], weight_hh: &[T]) {
        let columns = self.gates * self.hidden;
        gemm(
            slope,
            Strides::dense(self.batch, self.hidden),
            Into::Sum,
            Matrix::dense(slopes, self.batch, columns),
            Matrix::dense(weight_hh, columns, self.hidden),
        );
    }

    /// `slopesᵀ · values`: the gradient of a weight, over all rows.
    fn weight_gradient<T: Real>(&self, slopes: &[T], values: &[T], width: usize) -> Vec<T> {
        let columns = self.gates * self.hidden;
        let rows = slopes.len() / columns;
        let mut gradient = vec![T::zero(); columns * width];
        gemm(
            &mut gradient,
            Strides::dense(columns, width),
            Into::Fresh,
            Matrix::dense(slopes, rows, columns).transposed(),
            Matrix::dense(values, rows, width),
        );
        gradient
    }

    /// `slopes · weight_ih`, batch first again: the gradient of the inputs.
    fn input_gradient<T: Real>(&self, slopes: &[T], weight_ih: &[T]) -> Vec<T> {
        let (rows, columns) = (self.length * self.batch, self.gates * self.hidden);
        let mut gradient = vec![T::zero(); rows * self.width];
        gemm(
            &mut gradient,
            Strides::dense(rows, self.width),
            Into::Fresh,
            Matrix::dense(slopes, rows, columns),
            Matrix::dense(weight_ih, columns, self.width),
        );
        exchange_axes(&gradient, self.length, self.batch, self.width)
    }

    /// Gradients of a bias.
    fn bias_gradient<T: Real>(&self, slopes: &[T]) -> Vec<T> {
        add_rows(slopes, self.gates * self.hidden)
    }

    /// Picks from all states, `[length, batch, hidden]`, what is asked for.
    fn give<T: Real>(&self, give: &Give, states: &[T]) -> (Vec<T>, Vec<usize>) {
        match give {
            Give::States => (
                exchange_axes(states, self.length, self.batch, self.hidden),
                vec![self.batch, self.length, self.hidden],
            ),
            Give::Last { lengths } => {
                let mut last = Vec::with_capacity(self.state());
                for row in 0..self.batch {
                    let element = self.length_of(lengths, row) - 1;
                    let at = element * self.state() + row * self.hidden;
                    last.extend_from_slice(&states[at..at + self.hidden]);
                }
                (last, vec![self.batch, self.hidden])
            }
        }
    }

    /// Adds to the states' slope what the output's gradient says of one element.
    fn add_output_slope<T: Real>(
        &self,
        give: &Give,
        slope: &mut [T],
        gradient: &[T],
        element: usize,
    ) {
        for (row, slope) in slope.chunks_exact_mut(self.hidden).enumerate() {
            let at = match give {
                Give::States => row * self.length + element,
                Give::Last { lengths } if self.length_of(lengths, row) == element + 1 => row,
                Give::Last { .. } => continue,
            };
            let gradient = &gradient[at * self.hidden..(at + 1) * self.hidden];
            for (slope, &gradient) in slope.iter_mut().zip(gradient) {
                *slope += gradient;
            }
        }
    }

    fn length_of(&self, lengths: &Option<Vec<usize>>, row: usize) -> usize {
        lengths.as_ref().map_or(self.length, |lengths| lengths[row])
    }
}

/// From `[first, second, width]` to `[second, first, width]`.
fn exchange_axes<T: Real>(values: &[T], first: usize, second: usize, width: usize) -> Vec<T> {
    let mut exchanged = Vec::with_capacity(values.len());
    for inner in 0..second {
        for outer in 0..first {
            let at = (outer * second + inner) * width;
            exchanged.extend_from_slice(&values[at..at + width]);
        }
    }
    exchanged
}
