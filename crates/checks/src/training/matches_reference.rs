//! `matches-reference`: the same numbers as another implementation's.

mod reference;

use std::collections::BTreeMap;

use candle_core::Tensor;
use schemars::JsonSchema;
use seatrial_model::{Batch, Learner, Mode, ModelError, Overrides};
use seatrial_spec::{Count, Positive, SpecPath, SubjectKind};
use seatrial_verdict::{Bound, Measurement, Verdict};
use serde::Deserialize;

use crate::context::numbers;
use crate::evidence::{constant, evaluate};
use crate::sameness::gap;
use crate::{About, Chapter, Check, Context, Fault, Outcome, Planted, Sound};
use reference::Reference;

/// The model, or one component of it, computes what another implementation computed.
///
/// A safetensors file, written by any framework, holds inputs and what came
/// of them. Its tensors: `input.0`, `input.1` … and `output.0` … of the model
/// or of the component; `parameter.NAME` to set before; and, for a whole
/// model, `target` with `loss`, `gradient.NAME` and `after.NAME`: the loss of
/// that batch, its derivatives, and parameters after `steps` steps on it.
/// `lengths` says how many elements of each sequence are real. NAME is the
/// name that this model gives a parameter.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MatchesReference {
    /// The safetensors file.
    reference: SpecPath,
    /// The component to run by itself, such as `lstm.cell`; the whole model
    /// when left out.
    component: Option<String>,
    /// Optimisation steps, all on the same batch, after which `after.NAME`
    /// was recorded; 1 by default.
    #[serde(default = "one")]
    steps: Count,
    /// How far any number may be from the recorded one, as a share of the
    /// largest in its tensor. By default 1e-4: other frameworks add up in
    /// another order and round otherwise, mistakes are far larger.
    #[serde(default = "tolerance")]
    tolerance: Positive,
}

fn one() -> Count {
    constant(1.0)
}

fn tolerance() -> Positive {
    constant(1e-4)
}

/// Gradients below this share of the largest one count as this large: what
/// ought to be zero differs by rounding alone.
const NEGLIGIBLE: f64 = 1e-3;

impl Check for MatchesReference {
    const ABOUT: About = About {
        name: "matches-reference",
        chapter: Chapter::Training,
        figure: include_str!("figures/matches-reference.txt"),
        needs: &[SubjectKind::Model, SubjectKind::Dataset],
        method: "Number by number, relative to the largest number of the tensor. Outputs and \
                 derivatives in evaluation mode, steps in training mode.",
        error_rates: "A false alarm needs rounding beyond the tolerance, or dropout in the steps. \
                      Misses whatever the recorded inputs do not reach.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let reference = Reference::read(self.reference.as_path(), self.component.is_none())?;
        let mut learner = context.learner(0, &Overrides::default())?;
        self.set_parameters(learner.as_mut(), &reference)?;
        let mut comparison = Comparison {
            tolerance: self.tolerance.get(),
            measurements: Vec::new(),
            reasons: Vec::new(),
        };
        self.outputs(learner.as_mut(), &reference, &mut comparison)?;
        if let Some(batch) = reference.batch()? {
            self.training(
                context,
                learner.as_mut(),
                &reference,
                &batch,
                &mut comparison,
            )?;
        }
        let verdict = Verdict::judge(comparison.measurements, context.spanning());
        Ok(match comparison.reasons.is_empty() {
            true => verdict,
            false => verdict.against(comparison.reasons.join("\n")),
        })
    }

    fn planted() -> Planted {
        Planted {
            faults: FAULTS,
            sound: SOUND,
        }
    }
}

impl MatchesReference {
    fn set_parameters(&self, learner: &mut dyn Learner, reference: &Reference) -> Outcome<()> {
        let names: Vec<String> = learner.parameters()?.into_iter().map(|p| p.name).collect();
        for (name, value) in &reference.parameters {
            learner
                .set_parameter(name, value)
                .map_err(|error| match error {
                    ModelError::NoParameter(_) => reference.refuse(&format!(
                        "it holds `parameter.{name}`; the model's parameters are {}",
                        names.join(", ")
                    )),
                    error => error.into(),
                })?;
        }
        let missing = names
            .iter()
            .find(|name| !reference.parameters.contains_key(*name));
        match missing.filter(|_| self.component.is_none()) {
            Some(name) => Err(reference.refuse(&format!(
                "it holds no `parameter.{name}`, without which outputs depend on the seed"
            ))),
            None => Ok(()),
        }
    }

    fn outputs(
        &self,
        learner: &mut dyn Learner,
        reference: &Reference,
        comparison: &mut Comparison,
    ) -> Outcome<()> {
        let outputs = match &self.component {
            Some(component) => learner.run_component(component, &reference.inputs)?,
            None => vec![evaluate(learner, &reference.model_inputs()?)?],
        };
        if outputs.len() < reference.outputs.len() {
            let (seen, expected) = (outputs.len(), reference.outputs.len());
            comparison
                .reasons
                .push(format!("{seen} outputs, {expected} are recorded"));
        }
        for (number, (expected, seen)) in reference.outputs.iter().zip(&outputs).enumerate() {
            comparison.compare(
                &format!("output.{number}"),
                expected,
                seen,
                f64::MIN_POSITIVE,
            )?;
        }
        Ok(())
    }

    fn training(
        &self,
        context: &Context,
        learner: &mut dyn Learner,
        reference: &Reference,
        batch: &Batch,
        comparison: &mut Comparison,
    ) -> Outcome<()> {
        let gradients = learner.gradients(batch, Mode::Evaluation)?;
        if let Some(expected) = &reference.loss {
            let seen = Tensor::new(gradients.loss, expected.device())?.reshape(expected.shape())?;
            comparison.compare("loss", expected, &seen, f64::MIN_POSITIVE)?;
        }
        comparison.compare_all("gradient", &reference.gradients, &gradients.parameters)?;
        if !reference.after.is_empty() {
            for _ in 0..self.steps.get() {
                context.keep_going()?;
                learner.step(std::slice::from_ref(batch))?;
            }
            let parameters = learner.parameters()?.into_iter().map(|p| (p.name, p.value));
            comparison.compare_all("after", &reference.after, &parameters.collect())?;
        }
        Ok(())
    }
}

/// What has been compared so far.
struct Comparison {
    tolerance: f64,
    measurements: Vec<Measurement>,
    reasons: Vec<String>,
}

impl Comparison {
    fn compare(
        &mut self,
        name: &str,
        expected: &Tensor,
        seen: &Tensor,
        scale_min: f64,
    ) -> Outcome<()> {
        let gap = gap(expected, seen, scale_min)?;
        let bound = Bound::AtMost(self.tolerance);
        self.measurements
            .push(Measurement::new(format!("{name}_gap"), gap.share).bound(bound));
        if !bound.allows(gap.share) {
            let share = gap.share;
            self.reasons.push(format!(
                "`{name}` {}: off by {share:.1e} of the tensor's largest number",
                gap.place
            ));
        }
        Ok(())
    }

    fn compare_all(
        &mut self,
        kind: &str,
        expected: &BTreeMap<String, Tensor>,
        seen: &BTreeMap<String, Tensor>,
    ) -> Outcome<()> {
        let mut largest = f64::MIN_POSITIVE;
        for tensor in expected.values() {
            largest = numbers(tensor)?.iter().fold(largest, |l, n| l.max(n.abs()));
        }
        for (name, expected) in expected {
            match seen.get(name) {
                Some(seen) => {
                    let name = format!("{kind}.{name}");
                    self.compare(&name, expected, seen, NEGLIGIBLE * largest)?;
                }
                None => self
                    .reasons
                    .push(format!("`{kind}.{name}` is recorded; the model has none")),
            }
        }
        Ok(())
    }
}

const FAULTS: &[Fault] = &[
    Fault {
        name: "another activation",
        spec: r#"
            [model.ported]
            family = "mlp"
            hidden = [6]
            activation = "tanh"
            [test.x]
            check = "matches-reference"
            dataset = "blobs"
            model = "ported"
            reference = "mlp.safetensors"
        "#,
        says: "`output.0` [",
    },
    Fault {
        name: "a sequence read backwards",
        spec: r#"
            [model.broken]
            family = "broken"
            of = { family = "gru", sequence = [4, 4], hidden = 5 }
            fault = "reads-backwards"
            [test.x]
            check = "matches-reference"
            dataset = "blobs"
            model = "broken"
            reference = "gru.safetensors"
        "#,
        says: "`output.0` [",
    },
    Fault {
        name: "a cell that forgets its state",
        spec: r#"
            [model.broken]
            family = "broken"
            of = { family = "lstm", sequence = [4, 4], hidden = 5 }
            fault = "state-not-passed"
            [test.x]
            check = "matches-reference"
            dataset = "blobs"
            model = "broken"
            reference = "lstm-cell.safetensors"
            component = "lstm.cell"
        "#,
        says: "`output.0` [",
    },
    Fault {
        name: "a gradient slightly off",
        spec: r#"
            [model.broken]
            family = "broken"
            of = { family = "mlp", hidden = [6] }
            fault = "gradient-slightly-off"
            [test.x]
            check = "matches-reference"
            dataset = "blobs"
            model = "broken"
            reference = "mlp.safetensors"
        "#,
        says: "`gradient.mlp.",
    },
    Fault {
        name: "another learning rate",
        spec: r#"
            [model.tuned]
            family = "logistic"
            optimizer = { kind = "adamw", learning_rate = 0.011 }
            [test.x]
            check = "matches-reference"
            dataset = "blobs"
            model = "tuned"
            reference = "logistic.safetensors"
            steps = 3
        "#,
        says: "`after.logistic.",
    },
];

const SOUND: &[Sound] = &[
    Sound {
        name: "logistic",
        spec: r#"
            [test.x]
            check = "matches-reference"
            dataset = "blobs"
            model = "logistic"
            reference = "logistic.safetensors"
            steps = 3
        "#,
    },
    Sound {
        name: "linear",
        spec: r#"
            [test.x]
            check = "matches-reference"
            dataset = "line"
            model = "linear"
            reference = "linear.safetensors"
            steps = 3
        "#,
    },
    Sound {
        name: "mlp",
        spec: r#"
            [model.small]
            family = "mlp"
            hidden = [6]
            [test.x]
            check = "matches-reference"
            dataset = "blobs"
            model = "small"
            reference = "mlp.safetensors"
            steps = 3
        "#,
    },
    Sound {
        name: "cnn",
        spec: r#"
            [model.small]
            family = "cnn"
            image = [4, 4]
            channels = [2]
            hidden = []
            [test.x]
            check = "matches-reference"
            dataset = "blobs"
            model = "small"
            reference = "cnn.safetensors"
            steps = 3
        "#,
    },
    Sound {
        name: "lstm",
        spec: r#"
            [model.small]
            family = "lstm"
            sequence = [4, 4]
            hidden = 5
            [test.x]
            check = "matches-reference"
            dataset = "blobs"
            model = "small"
            reference = "lstm.safetensors"
            steps = 3
        "#,
    },
    Sound {
        name: "an lstm's cell",
        spec: r#"
            [model.small]
            family = "lstm"
            sequence = [4, 4]
            hidden = 5
            [test.x]
            check = "matches-reference"
            dataset = "blobs"
            model = "small"
            reference = "lstm-cell.safetensors"
            component = "lstm.cell"
        "#,
    },
    Sound {
        name: "gru",
        spec: r#"
            [model.small]
            family = "gru"
            sequence = [4, 4]
            hidden = 5
            [test.x]
            check = "matches-reference"
            dataset = "blobs"
            model = "small"
            reference = "gru.safetensors"
            steps = 3
        "#,
    },
    Sound {
        name: "a gru's cell",
        spec: r#"
            [model.small]
            family = "gru"
            sequence = [4, 4]
            hidden = 5
            [test.x]
            check = "matches-reference"
            dataset = "blobs"
            model = "small"
            reference = "gru-cell.safetensors"
            component = "gru.cell"
        "#,
    },
    Sound {
        name: "transformer",
        spec: r#"
            [model.small]
            family = "transformer"
            sequence = [4, 4]
            d_model = 4
            heads = 2
            layers = 1
            optimizer = { kind = "sgd", learning_rate = 0.1 }
            [test.x]
            check = "matches-reference"
            dataset = "blobs"
            model = "small"
            reference = "transformer.safetensors"
            steps = 3
        "#,
    },
];
