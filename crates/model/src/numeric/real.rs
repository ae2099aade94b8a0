//! The two precisions that a learner computes in.

use std::cell::RefCell;
use std::marker::PhantomData;

use candle_core::{CpuStorage, InplaceOp1, Layout, Result, Storage, Var, WithDType, bail};

use super::function::{exp_f32, sigmoid_f32, tanh_f32};

/// `f32` or `f64`.
pub(crate) trait Real: WithDType {
    /// The numbers of a storage, to write.
    fn storage_mut(storage: &mut CpuStorage) -> Result<&mut [Self]>;

    /// √x, correctly rounded.
    fn sqrt(self) -> Self;

    /// eˣ, for x ≤ 0 only.
    fn exp_of_negative(self) -> Self;

    /// 1 / (1 + e⁻ˣ).
    fn sigmoid(self) -> Self;

    /// The hyperbolic tangent.
    fn tanh(self) -> Self;

    /// The natural logarithm.
    fn ln(self) -> Self;

    /// The error function.
    fn erf(self) -> Self;

    /// Neither infinite nor NaN.
    fn is_finite(self) -> bool;

    /// Not a number.
    fn is_nan(self) -> bool;
}

macro_rules! real {
    ($real:ty, $variant:ident, $exp:path, $sigmoid:path, $tanh:path, $ln:path, $erf:path) => {
        impl Real for $real {
            fn storage_mut(storage: &mut CpuStorage) -> Result<&mut [Self]> {
                match storage {
                    CpuStorage::$variant(values) => Ok(values),
                    other => bail!(
                        "{} expected, got {:?}",
                        stringify!($variant),
                        candle_core::backend::BackendStorage::dtype(other)
                    ),
                }
            }

            #[inline(always)]
            fn sqrt(self) -> Self {
                <$real>::sqrt(self)
            }

            #[inline(always)]
            fn exp_of_negative(self) -> Self {
                $exp(self)
            }

            #[inline(always)]
            fn sigmoid(self) -> Self {
                $sigmoid(self)
            }

            #[inline(always)]
            fn tanh(self) -> Self {
                $tanh(self)
            }

            fn ln(self) -> Self {
                $ln(self)
            }

            fn erf(self) -> Self {
                $erf(self)
            }

            #[inline(always)]
            fn is_finite(self) -> bool {
                <$real>::is_finite(self)
            }

            #[inline(always)]
            fn is_nan(self) -> bool {
                <$real>::is_nan(self)
            }
        }
    };
}

real!(
    f32,
    F32,
    exp_f32,
    sigmoid_f32,
    tanh_f32,
    libm::logf,
    libm::erff
);
real!(
    f64,
    F64,
    libm::exp,
    sigmoid_f64,
    libm::tanh,
    libm::log,
    libm::erf
);

fn sigmoid_f64(x: f64) -> f64 {
    let e = libm::exp(-x.abs());
    if x < 0.0 {
        e / (1.0 + e)
    } else {
        1.0 / (1.0 + e)
    }
}

/// The numbers of a contiguous tensor, row by row.
fn slice<'a, T: Real>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [T]> {
    let Some((from, to)) = layout.contiguous_offsets() else {
        bail!(
            "a contiguous tensor is expected, got strides {:?}",
            layout.stride()
        )
    };
    Ok(&T::cpu_storage_as_slice(storage)?[from..to])
}

/// The same, of a tensor's own storage.
pub(crate) fn cpu_slice<'a, T: Real>(storage: &'a Storage, layout: &Layout) -> Result<&'a [T]> {
    match storage {
        Storage::Cpu(storage) => slice(storage, layout),
        _ => bail!("tensors must be on the CPU"),
    }
}

/// Lets `change` rewrite the numbers of a variable in place.
pub(crate) fn update<T: Real>(variable: &Var, change: impl FnMut(&mut [T])) -> Result<()> {
    struct Op<F, T>(RefCell<F>, PhantomData<T>);

    impl<T: Real, F: FnMut(&mut [T])> InplaceOp1 for Op<F, T> {
        fn name(&self) -> &'static str {
            "update"
        }

        fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
            let Some((from, to)) = layout.contiguous_offsets() else {
                bail!(
                    "a contiguous variable is expected, got strides {:?}",
                    layout.stride()
                )
            };
            (self.0.borrow_mut())(&mut T::storage_mut(storage)?[from..to]);
            Ok(())
        }
    }

    variable.inplace_op1(&Op(RefCell::new(change), PhantomData))
}
