//! What several checks ask of a learner: inputs to try, losses of single
//! examples, what differs between two tensors, how training went.
//!
//! What does not live here: opinions. Each check decides what its evidence means.

mod compare;
mod course;
mod inputs;
mod losses;

pub(crate) use compare::{compare, moved};
pub(crate) use course::course;
pub(crate) use inputs::{draw_rows, from_numbers, random_batch, random_features, random_targets};
pub(crate) use losses::{example_losses, mean_loss};

use candle_core::Tensor;
use seatrial_model::{Inputs, Learner, Mode, ModelError, Probe};

use crate::check::Outcome;

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
