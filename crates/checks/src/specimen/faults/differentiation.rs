//! Faults of derivatives.

use candle_core::Tensor;
use seatrial_model::{Batch, Gradients, Inputs, Learner, Mode, Result};

use crate::specimen::Sabotage;

/// The faults of this file, by name.
pub(super) fn named(fault: &str) -> Option<Box<dyn Sabotage>> {
    Some(match fault {
        "gradient-slightly-off" => Box::new(GradientSlightlyOff),
        "gradient-missing" => Box::new(GradientMissing),
        "input-gradient-of-wrong-sign" => Box::new(InputGradientNegated),
        _ => return None,
    })
}

/// A backward pass by hand, one hundredth off for the first parameter.
struct GradientSlightlyOff;

impl Sabotage for GradientSlightlyOff {
    fn gradients(
        &mut self,
        inner: &mut dyn Learner,
        batch: &Batch,
        mode: Mode,
    ) -> Result<Gradients> {
        let mut gradients = inner.gradients(batch, mode)?;
        if let Some(gradient) = gradients.parameters.values_mut().next() {
            *gradient = (&*gradient * 1.01)?;
        }
        Ok(gradients)
    }
}

/// The graph is cut before the first parameter.
struct GradientMissing;

impl Sabotage for GradientMissing {
    fn gradients(
        &mut self,
        inner: &mut dyn Learner,
        batch: &Batch,
        mode: Mode,
    ) -> Result<Gradients> {
        let mut gradients = inner.gradients(batch, mode)?;
        gradients.parameters.pop_first();
        Ok(gradients)
    }
}

/// Points away from what it should point to.
struct InputGradientNegated;

impl Sabotage for InputGradientNegated {
    fn input_gradient(
        &mut self,
        inner: &mut dyn Learner,
        inputs: &Inputs,
        weights: &Tensor,
    ) -> Result<Tensor> {
        Ok(inner.input_gradient(inputs, weights)?.neg()?)
    }
}
