//! Gradients of a batch, and of the batch with every row twice.

use candle_core::Tensor;
use seatrial_data::Part;
use seatrial_model::{Batch, Mode, Overrides};
use seatrial_verdict::{Bound, Measurement, Verdict};

use super::Metamorphic;
use crate::context::{numbers, sample};
use crate::{Context, Failure, Outcome};

/// Enough rows for a gradient of every parameter, few enough to be quick.
const ROWS: usize = 32;

pub(super) fn rows(check: &Metamorphic, context: &Context) -> Outcome {
    let dataset = context.dataset()?;
    let overrides = Overrides::default();
    let batch = sample(&dataset, Part::Train, ROWS, &overrides)?;
    let doubled = twice(&batch)?;
    let mut learner = context.learner(0, &overrides)?;
    // In evaluation mode: dropout would draw other masks for other rows.
    let once = learner.gradients(&batch, Mode::Evaluation)?;
    let twice = learner.gradients(&doubled, Mode::Evaluation)?;
    let (mut largest, mut cause) = (0.0_f64, String::new());
    let mut compared = 0;
    for (name, gradient) in &once.parameters {
        let Some(other) = twice.parameters.get(name) else {
            let what = format!("`{name}` has a gradient of the batch and none of the doubled one");
            return Ok(Verdict::fail(what));
        };
        let (one, two) = (numbers(gradient)?, numbers(other)?);
        let apart: Vec<f64> = one.iter().zip(&two).map(|(one, two)| two - one).collect();
        let (size, apart, ratio) = (norm(&one), norm(&apart), norm(&two) / norm(&one));
        // A parameter that gets no gradient either way is as it should be.
        let relative = if size == 0.0 && apart == 0.0 {
            0.0
        } else {
            apart / size
        };
        compared += usize::from(size > 0.0);
        if relative > largest || relative.is_nan() {
            largest = relative;
            cause = format!(
                "`{name}`: the gradient of the doubled batch is {ratio:.3} times that of the batch"
            );
        }
    }
    let loss = (twice.loss - once.loss).abs() / once.loss.abs().max(f64::MIN_POSITIVE);
    let bound = Bound::AtMost(check.tolerance.get());
    let measurements = vec![
        Measurement::new("gradient_difference_max", largest).bound(bound),
        Measurement::new("loss_difference", loss).bound(bound),
        Measurement::new("parameters_compared", compared as f64)
            .unit("parameters")
            .bound(Bound::AtLeast(1.0)),
    ];
    let mut verdict = Verdict::judge(measurements, context.spanning());
    if largest > check.tolerance.get() {
        verdict = verdict
            .with_hint(cause)
            .with_hint("is the loss summed over the examples instead of averaged?");
    }
    Ok(verdict)
}

/// Every row of a batch, and then every row again.
fn twice(batch: &Batch) -> Outcome<Batch> {
    use seatrial_model::{Inputs, Targets};
    let twice = |tensor: &Tensor| Ok::<_, Failure>(Tensor::cat(&[tensor, tensor], 0)?);
    Ok(Batch {
        inputs: Inputs::new(twice(&batch.inputs.features)?),
        targets: match &batch.targets {
            Targets::Classes(classes) => Targets::Classes(twice(classes)?),
            Targets::Values(values) => Targets::Values(twice(values)?),
        },
    })
}

fn norm(numbers: &[f64]) -> f64 {
    numbers
        .iter()
        .map(|number| number * number)
        .sum::<f64>()
        .sqrt()
}
