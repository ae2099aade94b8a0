//! What several checks ask of a learner: inputs to try, losses of single
//! examples, what differs between two tensors, how training went.
//!
//! What does not live here: opinions. Each check decides what its evidence means.

mod compare;
mod course;
mod inputs;
mod losses;

pub(crate) use compare::{compare, moved, unravel};
pub(crate) use course::course;
pub(crate) use inputs::{draw_rows, from_numbers, random_batch, random_features, random_targets};
pub(crate) use losses::{example_losses, loss_unit, mean_loss};

use candle_core::Tensor;
use seatrial_model::{
    Construction, Inputs, Learner, Mode, ModelError, Overrides, Precision, Probe,
};
use seatrial_verdict::{Measurement, Verdict};

use crate::check::Outcome;
use crate::context::Context;

/// A model without dropout and weight decay, and otherwise as declared.
pub(crate) const UNREGULARISED: Overrides = Overrides {
    no_regularisation: true,
    precision: Precision::Single,
    construction: Construction::Declared,
};

/// How much larger than training data huge numbers are.
pub(crate) const HUGE: f64 = 1e3;

/// Enough to see a pattern.
const LINES_MAX: usize = 12;

/// Passes if all measurements are within their bounds and nothing was found;
/// else says what was found, first.
pub(crate) fn conclude(
    context: &Context,
    measurements: Vec<Measurement>,
    mut found: Vec<String>,
) -> Verdict {
    let verdict = Verdict::judge(measurements, context.spanning());
    if found.is_empty() {
        return verdict;
    }
    let more = found.len().saturating_sub(LINES_MAX);
    found.truncate(LINES_MAX);
    if more > 0 {
        found.push(format!("and {more} more like these"));
    }
    verdict.against(found.join("\n"))
}

/// Refuses a component that the model does not name.
///
/// # Errors
/// With the names there are.
pub(crate) fn known_component(learner: &dyn Learner, name: &str) -> Outcome<()> {
    let known = learner.components();
    if known.iter().any(|component| component == name) {
        return Ok(());
    }
    let name = name.to_owned();
    Err(ModelError::NoComponent { name, known }.into())
}

/// Outputs in evaluation mode.
///
/// # Errors
/// As [`Learner::forward`].
pub(crate) fn evaluate(learner: &mut dyn Learner, inputs: &Inputs) -> Outcome<Tensor> {
    Ok(learner.forward(inputs, Mode::Evaluation, &mut Probe::counting())?)
}

/// A number of this code, not of a user, as a ranged value of a spec.
pub(crate) fn constant<N: TryFrom<f64, Error = String>>(value: f64) -> N {
    N::try_from(value).unwrap_or_else(|misfit| unreachable!("{misfit}"))
}

/// Such as "`lstm.cell`, `lstm.head`", for messages.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
