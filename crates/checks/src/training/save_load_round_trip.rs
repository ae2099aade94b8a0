//! `save-load-round-trip`: what was saved is what is loaded.

use candle_core::Tensor;
use schemars::JsonSchema;
use seatrial_data::Part;
use seatrial_model::{Inputs, Learner, Overrides, Parameter};
use seatrial_spec::{Count, SubjectKind};
use seatrial_verdict::{Bound, Measurement, Verdict};
use serde::Deserialize;

use crate::context::sample;
use crate::damage::{load_damaged, scratch_folder};
use crate::evidence::{constant, evaluate};
use crate::sameness::{described, difference, differences, differing};
use crate::{About, Chapter, Check, Context, Fault, Outcome, Planted, Sound};

/// A saved model, loaded into another one, gives the same outputs, to the bit.
///
/// The model is trained for some steps and saved. A second model, built from
/// another seed, loads it: its parameters and its outputs must then be the
/// same. Saving must not change the model, a second save into the same place
/// must replace the first, and a damaged checkpoint (cut short, one bit
/// flipped) must be refused with an error and leave the model as it was.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SaveLoadRoundTrip {
    /// Steps to train before saving. Two by default: the optimiser and any
    /// running statistics have then left their first state.
    steps: Count,
    /// Validation rows whose outputs are compared; 32 by default.
    rows: Count,
    /// Whether damaged checkpoints are tried too.
    damage: bool,
}

impl Default for SaveLoadRoundTrip {
    fn default() -> Self {
        Self {
            steps: constant(2.0),
            rows: constant(32.0),
            damage: true,
        }
    }
}

/// A learner as others see it.
struct Appearance {
    parameters: Vec<Parameter>,
    outputs: Tensor,
}

impl Appearance {
    fn of(learner: &mut dyn Learner, inputs: &Inputs) -> Outcome<Self> {
        Ok(Self {
            parameters: learner.parameters()?,
            outputs: evaluate(learner, inputs)?,
        })
    }
}

/// What was compared, and what was found.
#[derive(Default)]
struct Findings {
    numbers_of_parameters: f64,
    numbers_of_outputs: f64,
    reasons: Vec<String>,
}

impl Findings {
    fn compare(&mut self, expected: &Appearance, seen: &Appearance, when: &str) -> Outcome<()> {
        let found = differences(&expected.parameters, &seen.parameters)?;
        self.numbers_of_parameters += differing(&found);
        if !found.is_empty() {
            let found = described(&found);
            self.reasons
                .push(format!("{when}, parameters differ: {found}"));
        }
        if let Some(output) = difference("outputs", &expected.outputs, &seen.outputs)? {
            self.numbers_of_outputs += output.differing as f64;
            let why = match found.is_empty() {
                true => ", though parameters do not: state that is no parameter is not saved",
                false => "",
            };
            self.reasons
                .push(format!("{when}, outputs differ{why}: {output}"));
        }
        Ok(())
    }
}

impl Check for SaveLoadRoundTrip {
    const ABOUT: About = About {
        name: "save-load-round-trip",
        chapter: Chapter::Training,
        figure: include_str!("figures/save-load-round-trip.txt"),
        needs: &[SubjectKind::Model, SubjectKind::Dataset],
        method: "Exact: parameters and evaluation outputs are compared to the bit.",
        error_rates: "No false alarms for a model whose evaluation is a function of its input. \
                      Misses state that shows neither in outputs nor in parameters, such as the \
                      optimiser's: `resume-equals-uninterrupted` finds that.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let dataset = context.dataset()?;
        let overrides = Overrides::default();
        let rows = sample(&dataset, Part::Validation, self.rows.get(), &overrides)?;
        let mut trainer = context.trainer(0, &overrides, &dataset, dataset.part(Part::Train))?;
        context.train(&mut trainer, self.steps.get())?;
        let look = |learner: &mut dyn Learner| Appearance::of(learner, &rows.inputs);

        let folder = scratch_folder()?;
        let saved = folder.path().join("checkpoint");
        let mut other = context.learner(1, &overrides)?;
        let mut findings = Findings::default();

        // A first save, to be replaced by the second.
        trainer.learner.save(&saved)?;
        context.train(&mut trainer, 1)?;
        let trained = look(trainer.learner.as_mut())?;
        trainer.learner.save(&saved)?;
        findings.compare(&trained, &look(trainer.learner.as_mut())?, "after saving")?;
        let damage = match self.damage {
            true => {
                let mut stream = context.streams(0).stream("damage");
                Some(load_damaged(context, other.as_mut(), &saved, &mut stream)?)
            }
            false => None,
        };
        other.load(&saved)?;
        findings.compare(
            &trained,
            &look(other.as_mut())?,
            "after saving twice and loading",
        )?;
        let again = folder.path().join("again");
        other.save(&again)?;
        let mut third = context.learner(2, &overrides)?;
        third.load(&again)?;
        findings.compare(
            &trained,
            &look(third.as_mut())?,
            "after a second round trip",
        )?;

        let outputs = trained.outputs.elem_count();
        let mut measurements = vec![
            Measurement::new("parameters_compared", trained.parameters.len() as f64)
                .unit("parameters")
                .bound(Bound::AtLeast(1.0)),
            Measurement::new("outputs_compared", outputs as f64)
                .unit("numbers")
                .bound(Bound::AtLeast(1.0)),
            Measurement::new(
                "differing_parameter_numbers",
                findings.numbers_of_parameters,
            )
            .unit("numbers")
            .bound(Bound::Equal(0.0)),
            Measurement::new("differing_outputs", findings.numbers_of_outputs)
                .unit("numbers")
                .bound(Bound::Equal(0.0)),
        ];
        measurements.extend(damage.iter().flat_map(|damage| damage.measurements()));
        let mut verdict = Verdict::judge(measurements, context.spanning());
        if let Some(damage) = damage {
            verdict = damage.against(verdict);
        }
        Ok(match findings.reasons.is_empty() {
            true => verdict,
            false => verdict.against(findings.reasons.join("\n")),
        })
    }

    fn planted() -> Planted {
        Planted {
            faults: FAULTS,
            sound: SOUND,
        }
    }
}

const FAULTS: &[Fault] = &[
    Fault {
        name: "a parameter that loading leaves stale",
        spec: r#"
            [model.broken]
            family = "broken"
            of = { family = "mlp", hidden = [8] }
            fault = "stale-parameter-on-load"
            [test.x]
            check = "save-load-round-trip"
            dataset = "blobs"
            model = "broken"
            damage = false
        "#,
        says: "after saving twice and loading, parameters differ: `mlp.0.bias`",
    },
    Fault {
        name: "a running statistic that is not saved",
        spec: r#"
            [model.broken]
            family = "broken"
            of = { family = "logistic" }
            fault = "running-statistic-not-saved"
            [test.x]
            check = "save-load-round-trip"
            dataset = "blobs"
            model = "broken"
            damage = false
        "#,
        says: "outputs differ, though parameters do not: state that is no parameter is not saved",
    },
    Fault {
        name: "a save that keeps what was there",
        spec: r#"
            [model.broken]
            family = "broken"
            of = { family = "logistic" }
            fault = "first-checkpoint-kept"
            [test.x]
            check = "save-load-round-trip"
            dataset = "blobs"
            model = "broken"
            damage = false
        "#,
        says: "after saving twice and loading, parameters differ",
    },
    Fault {
        name: "errors of loading swallowed",
        spec: r#"
            [model.broken]
            family = "broken"
            of = { family = "mlp", hidden = [8] }
            fault = "load-errors-swallowed"
            [test.x]
            check = "save-load-round-trip"
            dataset = "blobs"
            model = "broken"
        "#,
        says: "cut in half was loaded without an error",
    },
];

const SOUND: &[Sound] = &[
    Sound {
        name: "mlp",
        spec: r#"
            [test.x]
            check = "save-load-round-trip"
            dataset = "blobs"
            model = "mlp"
        "#,
    },
    Sound {
        name: "cnn",
        spec: r#"
            [test.x]
            check = "save-load-round-trip"
            dataset = "blobs"
            model = "cnn"
        "#,
    },
    Sound {
        name: "a regression",
        spec: r#"
            [test.x]
            check = "save-load-round-trip"
            dataset = "line"
            model = "linear"
        "#,
    },
];
