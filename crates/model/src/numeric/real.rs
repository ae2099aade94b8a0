//! The two precisions that a learner computes in.

use std::cell::RefCell;
use std::marker::PhantomData;

use candle_core::{CpuStorage, InplaceOp1, Layout, Result, Storage, Var, WithDType, bail};

/// `f32` or `f64`.
pub(crate) trait Real: WithDType {
    /// The numbers of a storage, to write.
    fn storage_mut(storage: &mut CpuStorage) -> Result<&mut [Self]>;

    /// √x, correctly rounded.
    fn sqrt(self) -> Self;

    /// Neither infinite nor NaN.
    fn is_finite(self) -> bool;
}

macro_rules! real {
    ($real:ty, $variant:ident) => {
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
            fn is_finite(self) -> bool {
                <$real>::is_finite(self)
            }
        }
    };
}

real!(f32, F32);
real!(f64, F64);

/// The numbers of a contiguous tensor, row by row.
pub(crate) fn slice<'a, T: Real>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [T]> {
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
