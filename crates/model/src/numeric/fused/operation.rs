//! A [`Fused`] as a custom operation of candle.

use std::any::Any;
use std::sync::{OnceLock, PoisonError};

use candle_core::{CpuStorage, CustomOp1, DType, Layout, Result, Shape, Tensor, bail};

use super::leaves::put_aside;
use super::token::{Waiting, thread};
use super::{Backward, Fused, View};
use crate::numeric::{Real, cpu_slice};

/// The operation, on its way through candle's graph.
struct Operation<F, const N: usize> {
    fused: F,
    inputs: [Tensor; N],
    waiting: Waiting,
    saved: OnceLock<Box<dyn Any + Send + Sync>>,
}

pub(super) fn apply<F: Fused<N>, const N: usize>(fused: F, inputs: [&Tensor; N]) -> Result<Tensor> {
    let dtype = inputs[0].dtype();
    let mut dense = inputs.map(Tensor::clone);
    for input in &mut dense {
        if input.dtype() != dtype || !matches!(dtype, DType::F32 | DType::F64) {
            bail!(
                "{} takes tensors of F32 or of F64, got {:?}",
                F::NAME,
                input.dtype()
            );
        }
        *input = input.contiguous()?;
    }
    let waiting = Waiting::default();
    let token = thread(&dense.each_ref(), &waiting)?;
    token.apply_op1(Operation {
        fused,
        inputs: dense,
        waiting,
        saved: OnceLock::new(),
    })
}

/// Borrows the numbers of every input, and runs `$body` on them.
macro_rules! with_views {
    ($inputs:expr, $T:ty, $N:expr, |$views:ident| $body:expr) => {{
        let storages = $inputs.each_ref().map(Tensor::storage_and_layout);
        let mut $views = [View {
            values: &[],
            dims: &[],
        }; $N];
        for (view, (storage, layout)) in $views.iter_mut().zip(&storages) {
            *view = View {
                values: cpu_slice::<$T>(storage, layout)?,
                dims: layout.dims(),
            };
        }
        $body
    }};
}

impl<F: Fused<N>, const N: usize> Operation<F, N> {
    fn forward<T: Real>(&self) -> Result<(CpuStorage, Shape)> {
        with_views!(self.inputs, T, N, |views| {
            let output = self.fused.forward(views)?;
            // Set once: candle runs an operation when it is applied.
            let _ = self.saved.set(output.saved);
            Ok((T::to_cpu_storage_owned(output.values), output.shape))
        })
    }

    fn backward<T: Real>(&self, output: &Tensor, gradient: &Tensor) -> Result<()> {
        let Some(saved) = self.saved.get() else {
            bail!("{} goes backward before it went forward", F::NAME)
        };
        let gradient = gradient.contiguous()?;
        let (output_storage, output_layout) = output.storage_and_layout();
        let (gradient_storage, gradient_layout) = gradient.storage_and_layout();
        let gradients = with_views!(self.inputs, T, N, |views| {
            self.fused.backward(&Backward {
                inputs: views,
                output: View {
                    values: cpu_slice(&output_storage, output_layout)?,
                    dims: output_layout.dims(),
                },
                gradient: View {
                    values: cpu_slice(&gradient_storage, gradient_layout)?,
                    dims: gradient_layout.dims(),
                },
                wanted: self.inputs.each_ref().map(Tensor::track_op),
                saved: saved.as_ref(),
            })?
        });
        let mut waiting = Vec::with_capacity(N);
        for (input, values) in self.inputs.iter().zip(gradients) {
            waiting.push(match values {
                Some(values) if input.track_op() => {
                    let gradient = Tensor::from_vec(values, input.shape(), input.device())?;
                    put_aside(input, gradient)?
                }
                _ => None,
            });
        }
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = waiting;
        Ok(())
    }
}

impl<F: Fused<N>, const N: usize> CustomOp1 for Operation<F, N> {
    fn name(&self) -> &'static str {
        F::NAME
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        match self.inputs[0].dtype() {
            DType::F64 => self.forward::<f64>(),
            _ => self.forward::<f32>(),
        }
    }

    fn bwd(&self, token: &Tensor, output: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        match output.dtype() {
            DType::F64 => self.backward::<f64>(output, gradient)?,
            _ => self.backward::<f32>(output, gradient)?,
        }
        Ok(Some(token.zeros_like()?))
    }
}
