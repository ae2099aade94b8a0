//! Losses of single examples, computed here from the outputs alone.
//!
//! A check that asks a model for its own loss would believe a loss that is
//! summed, doubled or of the wrong sign. These formulas are the textbook's,
//! in double precision.

use candle_core::Tensor;
use seatrial_model::{OutputKind, OutputSchema, Targets};

use crate::check::{Failure, Outcome};
use crate::context::numbers;
use crate::statistics::mean;

/// The loss of each example: cross-entropy in nats for classes, the mean
/// squared error over the outputs for values.
///
/// # Errors
/// When the targets do not fit the outputs.
pub(crate) fn example_losses(
    schema: OutputSchema,
    outputs: &Tensor,
    targets: &Targets,
) -> Outcome<Vec<f64>> {
    let values = numbers(outputs)?;
    let rows = values.chunks(schema.width.max(1));
    match (schema.kind, targets) {
        (OutputKind::Values, Targets::Values(targets)) => {
            let targets = numbers(targets)?;
            require(targets.len() == values.len())?;
            let squared = |(row, target): (&[f64], &[f64])| {
                let errors = row.iter().zip(target).map(|(y, t)| (y - t).powi(2));
                mean(&errors.collect::<Vec<_>>())
            };
            Ok(rows
                .zip(targets.chunks(schema.width.max(1)))
                .map(squared)
                .collect())
        }
        (OutputKind::Logits | OutputKind::Probabilities, Targets::Classes(classes)) => {
            let classes = classes.to_vec1::<u32>()?;
            require(classes.len() * schema.width == values.len())?;
            require(classes.iter().all(|&class| (class as usize) < schema.width))?;
            let loss = |(row, class): (&[f64], &u32)| match schema.kind {
                OutputKind::Probabilities => -row[*class as usize].ln(),
                _ => cross_entropy(row, *class as usize),
            };
            Ok(rows.zip(&classes).map(loss).collect())
        }
        _ => Err(misfit()),
    }
}

/// The mean of [`example_losses`].
///
/// # Errors
/// As there.
pub(crate) fn mean_loss(schema: OutputSchema, outputs: &Tensor, targets: &Targets) -> Outcome<f64> {
    Ok(mean(&example_losses(schema, outputs, targets)?))
}

/// −log softmax(logits)[class], without overflow.
pub(crate) fn cross_entropy(logits: &[f64], class: usize) -> f64 {
    let largest = logits.iter().fold(f64::NEG_INFINITY, |max, &x| max.max(x));
    let sum: f64 = logits.iter().map(|x| (x - largest).exp()).sum();
    sum.ln() + (largest - logits[class])
}

fn require(holds: bool) -> Outcome<()> {
    if holds { Ok(()) } else { Err(misfit()) }
}

fn misfit() -> Failure {
    Failure::Case("the targets of the dataset do not fit the outputs of the model".to_owned())
}

#[cfg(test)]
mod tests {
    use super::cross_entropy;

    #[test]
    fn equal_logits_cost_the_logarithm_of_the_classes_however_large() {
        for logit in [-1e6, 0.0, 1e6] {
            assert!((cross_entropy(&[logit; 4], 2) - 4_f64.ln()).abs() < 1e-12);
        }
        assert!(cross_entropy(&[f64::NAN, 0.0], 1).is_nan());
    }
}
