//! Differentiable operations over plain slices.
//!
//! candle lets a custom operation see its inputs' raw numbers, in one trait for
//! each number of inputs up to three, with the dtype erased. [`Fused`] is the
//! same thing once, typed, for any number. A layer states its forward and
//! backward pass here and nothing of candle's plumbing, which is in `operation`
//! and `token`; where gradients of variables go is in `leaves`.

mod leaves;
mod operation;
mod token;

use std::any::Any;

use candle_core::{Result, Shape, Tensor};

use super::Real;

pub(crate) use leaves::collect_leaves;

/// The numbers of a tensor, row by row, with its shape.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a, T> {
    pub values: &'a [T],
    pub dims: &'a [usize],
}

impl<T> View<'_, T> {
    /// The last extent.
    pub(crate) fn width(&self) -> usize {
        self.dims.last().copied().unwrap_or(1)
    }

    /// The product of all extents but the last.
    pub(crate) fn rows(&self) -> usize {
        self.values.len() / self.width().max(1)
    }
}

/// What a forward pass gives: the output and what the backward pass needs.
pub(crate) struct Output<T> {
    pub values: Vec<T>,
    pub shape: Shape,
    /// Handed to the backward pass as it is.
    pub saved: Box<dyn Any + Send + Sync>,
}

impl<T> Output<T> {
    pub(crate) fn new(values: Vec<T>, shape: impl Into<Shape>) -> Self {
        Self {
            values,
            shape: shape.into(),
            saved: Box::new(()),
        }
    }

    pub(crate) fn saving(mut self, saved: impl Any + Send + Sync) -> Self {
        self.saved = Box::new(saved);
        self
    }
}

/// What a backward pass is given.
pub(crate) struct Backward<'a, T, const N: usize> {
    pub inputs: [View<'a, T>; N],
    pub output: View<'a, T>,
    /// Derivative of the loss with respect to the output.
    pub gradient: View<'a, T>,
    /// Whether anyone asks for the derivative with respect to each input.
    pub wanted: [bool; N],
    saved: &'a dyn Any,
}

impl<T, const N: usize> Backward<'_, T, N> {
    /// What the forward pass saved.
    ///
    /// # Errors
    /// When that was of another type: a mistake in the operation.
    pub(crate) fn saved<S: Any>(&self) -> Result<&S> {
        let saved = self.saved.downcast_ref();
        saved.ok_or_else(|| candle_core::Error::Msg("saved values of another type".to_owned()))
    }
}

/// An operation of `N` inputs of one dtype.
pub(crate) trait Fused<const N: usize>: Send + Sync + 'static {
    const NAME: &'static str;

    /// The output.
    fn forward<T: Real>(&self, inputs: [View<'_, T>; N]) -> Result<Output<T>>;

    /// Derivatives with respect to the wanted inputs, in their shapes.
    fn backward<T: Real>(&self, pass: &Backward<'_, T, N>) -> Result<[Option<Vec<T>>; N]>;
}

/// Applies an operation to tensors of one dtype, `F32` or `F64`.
///
/// # Errors
/// For other dtypes, and whatever the operation refuses.
pub(crate) fn apply<const N: usize>(fused: impl Fused<N>, inputs: [&Tensor; N]) -> Result<Tensor> {
    operation::apply(fused, inputs)
}
