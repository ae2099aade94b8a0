//! Losses.

use candle_core::{Result, Tensor, bail};

use crate::{OutputKind, Targets};

/// The loss summed over the examples at hand, divided by `examples`: all those
/// of a step, of which these may be a part.
pub(crate) fn loss(
    kind: OutputKind,
    outputs: &Tensor,
    targets: &Targets,
    examples: usize,
) -> Result<Tensor> {
    let share = outputs.dims()[0] as f64 / examples as f64;
    let loss = match (kind, targets) {
        (OutputKind::Logits, Targets::Classes(classes)) => {
            candle_nn::loss::cross_entropy(outputs, classes)?
        }
        (OutputKind::Probabilities, Targets::Classes(classes)) => {
            candle_nn::loss::nll(&outputs.log()?, classes)?
        }
        (OutputKind::Values, Targets::Values(values)) => candle_nn::loss::mse(outputs, values)?,
        _ => bail!("targets do not fit the outputs"),
    };
    loss.affine(share, 0.0)
}
