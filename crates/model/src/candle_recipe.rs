//! From an architecture and a declaration to learners.

use std::collections::BTreeSet;

use candle_core::{DType, Device};
use candle_nn::VarBuilder;
use seatrial_rng::{Draws, Sequential, Streams};

use crate::candle_learner::CandleLearner;
use crate::init::{Requests, Variables};
use crate::network::Network;
use crate::optim::OptimizerDeclaration;
use crate::{
    CommonDeclaration, Initialisation, InputSchema, Learner, ModelError, OutputKind, OutputSchema,
    Overrides, Precision, Recipe, Result, Task,
};

/// A kind of network: what it takes and how it is built for a task.
pub trait Architecture: Send + Sync {
    /// What networks of this kind take and give for this task.
    ///
    /// # Errors
    /// When the architecture does not fit the task.
    fn schemas(&self, task: &Task) -> Result<(InputSchema, OutputSchema)>;

    /// A network whose variables all come from `vb`.
    ///
    /// Called twice for each learner, with the same outcome expected.
    ///
    /// # Errors
    /// Whatever candle reports.
    fn build(&self, task: &Task, vb: VarBuilder<'_>) -> candle_core::Result<Box<dyn Network>>;
}

/// Logits for a classification, one value for a regression.
pub fn usual_output(task: &Task) -> OutputSchema {
    match task.classes {
        Some(width) => OutputSchema {
            kind: OutputKind::Logits,
            width,
        },
        None => OutputSchema {
            kind: OutputKind::Values,
            width: 1,
        },
    }
}

/// Builds learners out of an [`Architecture`].
pub struct CandleRecipe<A> {
    identity: String,
    architecture: A,
    common: CommonDeclaration,
}

impl<A: Architecture> CandleRecipe<A> {
    /// Networks of this architecture, trained as `common` says. `identity` is
    /// what tells the architecture apart from every other, sizes included: a
    /// checkpoint of another is refused.
    pub fn new(identity: impl Into<String>, architecture: A, common: CommonDeclaration) -> Self {
        Self {
            identity: identity.into(),
            architecture,
            common,
        }
    }

    fn frozen(&self, variables: &Variables) -> Result<BTreeSet<String>> {
        let mut frozen = BTreeSet::new();
        for pattern in &self.common.frozen {
            let before = frozen.len();
            let matching = variables.iter().filter(|(name, _)| matches(pattern, name));
            frozen.extend(matching.map(|(name, _)| name.to_owned()));
            if frozen.len() == before {
                let names: Vec<_> = variables.iter().map(|(name, _)| name).collect();
                return Err(ModelError::Declaration(format!(
                    "frozen: `{pattern}` matches no parameter that is not frozen yet; there are {}",
                    names.join(", ")
                )));
            }
        }
        Ok(frozen)
    }

    /// What must be equal for training to go on as if it had not stopped.
    fn identity(
        &self,
        declaration: &OptimizerDeclaration,
        overrides: &Overrides,
    ) -> Result<String> {
        let optimizer = serde_json::to_string(declaration)
            .map_err(|error| ModelError::Declaration(error.to_string()))?;
        let regularised = if overrides.no_regularisation {
            ", unregularised"
        } else {
            ""
        };
        Ok(format!(
            "{}, trained by {optimizer}{regularised}",
            self.identity
        ))
    }

    fn optimizer(&self, overrides: &Overrides) -> OptimizerDeclaration {
        let declaration = self.common.optimizer.clone();
        if overrides.no_regularisation {
            declaration.without_decay()
        } else {
            declaration
        }
    }
}

impl<A: Architecture> Recipe for CandleRecipe<A> {
    fn build(
        &self,
        task: &Task,
        streams: &Streams,
        overrides: &Overrides,
    ) -> Result<Box<dyn Learner>> {
        let dtype = match overrides.precision {
            Precision::Single => DType::F32,
            Precision::Double => DType::F64,
        };
        let (input, output) = self.architecture.schemas(task)?;
        let requests = Requests::default();
        let vb = VarBuilder::from_backend(Box::new(requests.clone()), dtype, Device::Cpu);
        self.architecture.build(task, vb)?;
        let mut draws = match self.common.initialisation {
            Initialisation::Named => Draws::Named(streams.clone()),
            Initialisation::Sequential => Draws::Sequential(Sequential::new(streams)),
        };
        let variables = Variables::draw(&requests.list(), &mut draws, overrides.construction)?;
        let vb = VarBuilder::from_backend(Box::new(variables.clone()), dtype, Device::Cpu);
        let network = self.architecture.build(task, vb)?;
        let declaration = self.optimizer(overrides);
        Ok(Box::new(CandleLearner {
            network,
            frozen: self.frozen(&variables)?,
            variables,
            input,
            output,
            dtype,
            optimizer: match overrides.precision {
                Precision::Single => declaration.start::<f32>(),
                Precision::Double => declaration.start::<f64>(),
            },
            identity: self.identity(&declaration, overrides)?,
            declaration,
            streams: streams.clone(),
            steps: 0,
            drops: !overrides.no_regularisation,
        }))
    }

    fn batch(&self) -> usize {
        self.common.batch.get()
    }
}

/// Whether a name fits a pattern in which `*` stands for any run of characters.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|name| {
            (0..=name.len())
                .filter(|&at| name.is_char_boundary(at))
                .any(|at| matches(rest, &name[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_run_of_characters() {
        assert!(matches("mlp.0.*", "mlp.0.weight"));
        assert!(matches("*", "mlp.0.weight"));
        assert!(matches("*.weight*", "lstm.cell.weight_ih"));
        assert!(matches("mlp.0.weight", "mlp.0.weight"));
        assert!(!matches("mlp.0.*", "mlp.1.weight"));
        assert!(!matches("weight", "mlp.0.weight"));
    }
}
