//! How training went.

use seatrial_model::{ModelError, Result, StepReport};

use crate::check::Outcome;
use crate::context::Context;

/// The training loss of each step, and what ended them early.
#[derive(Clone, Debug, Default)]
pub(crate) struct Course {
    /// Loss of each step that was taken.
    pub losses: Vec<f64>,
    /// The step, from 1, and reason why training could not go on.
    pub broke: Option<String>,
}

/// Takes up to `steps` steps. A loss or gradient that is not finite ends them:
/// that is evidence about the model, not a failure to measure.
///
/// # Errors
/// When a step fails for another reason or the case is stopped.
pub(crate) fn course(
    context: &Context,
    steps: usize,
    mut step: impl FnMut() -> Result<StepReport>,
) -> Outcome<Course> {
    let mut course = Course::default();
    for number in 1..=steps {
        context.keep_going()?;
        match step() {
            Ok(report) if report.loss.is_finite() => course.losses.push(report.loss),
            Ok(report) => {
                let reason = format!(
                    "training broke at step {number}: the loss is {}",
                    report.loss
                );
                course.broke = Some(reason);
                break;
            }
            Err(ModelError::NotFinite(reason)) => {
                course.broke = Some(format!("training broke at step {number}: {reason}"));
                break;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(course)
}
