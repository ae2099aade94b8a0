//! How a learner comes to be.

use seatrial_rng::Streams;

use crate::{Learner, Result};

/// What a dataset asks of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Names of the features, in order.
    pub features: Vec<String>,
    /// Lowest and highest feature value in the training part.
    pub range: (f64, f64),
    /// Number of classes; `None` for a regression.
    pub classes: Option<usize>,
}

/// The order in which a learner's initial numbers are drawn.
///
/// Every order gives the same learner when numbers go by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Construction {
    /// As the model asks for them.
    #[default]
    Declared,
    /// Last asked, first drawn.
    Reversed,
    /// As declared, with one more component drawn before all others and
    /// then left out of the model.
    WithExtra,
}

/// The precision a learner computes in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// `f32`.
    #[default]
    Single,
    /// `f64`, for comparison with finite differences.
    Double,
}

/// What a check asks a recipe to do differently from its declaration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overrides {
    /// Leave out every regularisation: dropout and weight decay.
    pub no_regularisation: bool,
    /// The precision to compute in.
    pub precision: Precision,
    /// The order in which initial numbers are drawn.
    pub construction: Construction,
}

/// Builds learners that are alike but for their seed and overrides.
pub trait Recipe: Send + Sync {
    /// A new learner for this task, from these streams.
    ///
    /// # Errors
    /// When the declaration does not fit the task, or an override cannot be
    /// honoured: never silently ignored.
    fn build(
        &self,
        task: &Task,
        streams: &Streams,
        overrides: &Overrides,
    ) -> Result<Box<dyn Learner>>;

    /// Examples in a batch of this model's training.
    fn batch(&self) -> usize;
}
