//! Operations of more inputs than candle's traits know.
//!
//! An operation's inputs are threaded onto one tensor of a single number, the
//! *token*, by operations of two and three inputs that compute nothing. The
//! real operation takes the token alone, as far as candle can see. In the
//! backward pass it runs first, leaves its gradients in a shared place, and
//! the tokens hand them to candle one by one.

use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{CpuStorage, CustomOp2, CustomOp3, Device, Layout, Result, Shape, Tensor};

/// Gradients on their way from the operation to its inputs.
pub(super) type Waiting = Arc<Mutex<Vec<Option<Tensor>>>>;

/// One tensor that depends on all inputs.
pub(super) fn thread(inputs: &[&Tensor], waiting: &Waiting) -> Result<Tensor> {
    let mut token = Tensor::zeros((), inputs[0].dtype(), &Device::Cpu)?;
    let mut first = 0;
    while first < inputs.len() {
        let link = Link {
            waiting: waiting.clone(),
            first,
        };
        token = match inputs[first..] {
            [a, b, ..] => token.apply_op3(a, b, link)?,
            [a] => token.apply_op2(a, link)?,
            [] => break,
        };
        first += 2;
    }
    Ok(token)
}

/// Threads one or two inputs, the first of which has this index.
struct Link {
    waiting: Waiting,
    first: usize,
}

impl Link {
    fn token(storage: &CpuStorage) -> (CpuStorage, Shape) {
        (storage.clone(), Shape::from(()))
    }

    fn take(&self, offset: usize) -> Option<Tensor> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.get_mut(self.first + offset).and_then(Option::take)
    }
}

impl CustomOp2 for Link {
    fn name(&self) -> &'static str {
        "thread-input"
    }

    fn cpu_fwd(
        &self,
        token: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        Ok(Self::token(token))
    }

    fn bwd(
        &self,
        token: &Tensor,
        _: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        Ok((token.track_op().then(|| gradient.clone()), self.take(0)))
    }
}

impl CustomOp3 for Link {
    fn name(&self) -> &'static str {
        "thread-inputs"
    }

    fn cpu_fwd(
        &self,
        token: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        Ok(Self::token(token))
    }

    fn bwd(
        &self,
        token: &Tensor,
        _: &Tensor,
        _: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        // The token's own gradient keeps the walk going; its value is nothing.
        let token = token.track_op().then(|| gradient.clone());
        Ok((token, self.take(0), self.take(1)))
    }
}
