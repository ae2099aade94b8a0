//! Faults of sequences: what is read, in which order, and what is kept.

use candle_core::Tensor;
use seatrial_model::{Batch, Inputs, Learner, Mode, Probe, Result, StepReport};

use crate::specimen::Sabotage;

/// The faults of this file, by name.
pub(super) fn named(fault: &str) -> Option<Box<dyn Sabotage>> {
    Some(match fault {
        "one-step-too-few" => Box::new(OneStepTooFew),
        "step-truncates-sequences" => Box::new(StepTruncatesSequences),
        "cached-by-shape" => Box::<CachedByShape>::default(),
        "reads-backwards" => Box::new(ReadsBackwards),
        "mask-one-too-long" => Box::new(MaskMoved(1)),
        "mask-one-too-short" => Box::new(MaskMoved(-1)),
        "mask-ignored" => Box::new(MaskIgnored),
        "outputs-carried-over" => Box::<OutputsCarriedOver>::default(),
        _ => return None,
    })
}

/// The features in the schema's shape.
fn shaped(inner: &dyn Learner, features: &Tensor) -> Result<Tensor> {
    let usual = inner.input().usual_shape();
    if features.rank() == usual.len() + 1 {
        return Ok(features.clone());
    }
    let shape: Vec<usize> = [features.dims()[0]].into_iter().chain(usual).collect();
    Ok(features.reshape(shape)?)
}

/// The loop ends one element early.
struct OneStepTooFew;

impl Sabotage for OneStepTooFew {
    fn forward(
        &mut self,
        inner: &mut dyn Learner,
        inputs: &Inputs,
        mode: Mode,
        probe: &mut Probe,
    ) -> Result<Tensor> {
        let features = shaped(inner, &inputs.features)?;
        let length = features.dims()[1];
        let inputs = Inputs::new(features.narrow(1, 0, (length - 1).max(1))?);
        inner.forward(&inputs, mode, probe)
    }
}

/// Training sees only the first half of each sequence.
struct StepTruncatesSequences;

impl Sabotage for StepTruncatesSequences {
    fn step(&mut self, inner: &mut dyn Learner, batches: &[Batch]) -> Result<StepReport> {
        let mut batches = batches.to_vec();
        for batch in &mut batches {
            let features = shaped(inner, &batch.inputs.features)?;
            let half = features.dims()[1].div_ceil(2);
            batch.inputs = Inputs::new(features.narrow(1, 0, half)?);
        }
        inner.step(&batches)
    }
}

/// Does not compute anew for a batch of the same shape as the last one.
#[derive(Default)]
struct CachedByShape {
    last: Option<(Vec<usize>, Tensor)>,
}

impl Sabotage for CachedByShape {
    fn forward(
        &mut self,
        inner: &mut dyn Learner,
        inputs: &Inputs,
        mode: Mode,
        probe: &mut Probe,
    ) -> Result<Tensor> {
        let shape = inputs.features.dims().to_vec();
        if let Some((known, outputs)) = &self.last
            && *known == shape
        {
            return Ok(outputs.clone());
        }
        let outputs = inner.forward(inputs, mode, probe)?;
        self.last = Some((shape, outputs.clone()));
        Ok(outputs)
    }
}

/// A model that should read forwards starts at the end.
struct ReadsBackwards;

impl Sabotage for ReadsBackwards {
    fn forward(
        &mut self,
        inner: &mut dyn Learner,
        inputs: &Inputs,
        mode: Mode,
        probe: &mut Probe,
    ) -> Result<Tensor> {
        let features = shaped(inner, &inputs.features)?;
        let backwards: Vec<u32> = (0..features.dims()[1] as u32).rev().collect();
        let order = Tensor::new(backwards, features.device())?;
        inner.forward(&Inputs::new(features.index_select(&order, 1)?), mode, probe)
    }
}

/// The mask is this many elements too long.
struct MaskMoved(isize);

impl Sabotage for MaskMoved {
    fn forward(
        &mut self,
        inner: &mut dyn Learner,
        inputs: &Inputs,
        mode: Mode,
        probe: &mut Probe,
    ) -> Result<Tensor> {
        let features = shaped(inner, &inputs.features)?;
        let longest = features.dims()[1];
        let moved = |&length: &usize| length.saturating_add_signed(self.0).clamp(1, longest);
        let lengths = inputs
            .lengths
            .as_ref()
            .map(|all| all.iter().map(moved).collect());
        inner.forward(&Inputs { features, lengths }, mode, probe)
    }
}

/// Padding is read as if it were data.
struct MaskIgnored;

impl Sabotage for MaskIgnored {
    fn forward(
        &mut self,
        inner: &mut dyn Learner,
        inputs: &Inputs,
        mode: Mode,
        probe: &mut Probe,
    ) -> Result<Tensor> {
        inner.forward(&Inputs::new(inputs.features.clone()), mode, probe)
    }
}

/// What the last batch left behind goes into the next.
#[derive(Default)]
struct OutputsCarriedOver {
    last: Option<Tensor>,
}

impl Sabotage for OutputsCarriedOver {
    fn forward(
        &mut self,
        inner: &mut dyn Learner,
        inputs: &Inputs,
        mode: Mode,
        probe: &mut Probe,
    ) -> Result<Tensor> {
        let mut outputs = inner.forward(inputs, mode, probe)?;
        if let Some(last) = &self.last {
            outputs = outputs.broadcast_add(&(last * 0.1)?)?;
        }
        self.last = Some(outputs.mean_keepdim(0)?);
        Ok(outputs)
    }
}
