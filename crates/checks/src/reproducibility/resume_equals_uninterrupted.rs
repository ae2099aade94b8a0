//! `resume-equals-uninterrupted`: an interruption leaves no trace.

use schemars::JsonSchema;
use seatrial_data::Part;
use seatrial_model::{Overrides, Parameter, StepReport, Trainer};
use seatrial_spec::{Count, SubjectKind};
use seatrial_verdict::{Bound, Figure, Measurement, Verdict};
use serde::Deserialize;

use crate::damage::{load_damaged, scratch_folder};
use crate::evidence::constant;
use crate::sameness::{Difference, described, differences, differing, grid};
use crate::{About, Chapter, Check, Context, Fault, Outcome, Planted, Sound};

/// Training that was interrupted and resumed ends where uninterrupted training ends, to the bit.
///
/// The model is trained for twice `steps`. Then it is trained for `steps`,
/// saved, loaded into a new model that was built from another seed, and
/// trained on. After every step, parameters must be the same in both. Damaged
/// checkpoints (cut short, one bit flipped) must be refused and leave the
/// model as it was.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ResumeEqualsUninterrupted {
    /// Steps before the interruption, and again after it. Three by default:
    /// momentum and schedules have then moved away from their start.
    steps: Count,
    /// Whether damaged checkpoints are tried too.
    damage: bool,
}

impl Default for ResumeEqualsUninterrupted {
    fn default() -> Self {
        Self {
            steps: constant(3.0),
            damage: true,
        }
    }
}

/// Where a learner stood after a step, and what that step reported.
struct Stand {
    parameters: Vec<Parameter>,
    report: StepReport,
}

impl Check for ResumeEqualsUninterrupted {
    const ABOUT: About = About {
        name: "resume-equals-uninterrupted",
        chapter: Chapter::Reproducibility,
        figure: include_str!("figures/resume-equals-uninterrupted.txt"),
        needs: &[SubjectKind::Model, SubjectKind::Dataset],
        method: "Exact: parameters are compared to the bit after every step. The steps' reported \
                 losses and update norms tell what was not restored.",
        error_rates: "No false alarms for reproducible training. Misses state that does not show \
                      within the steps taken, and damage at places that were not tried.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let steps = self.steps.get();
        let dataset = context.dataset()?;
        let subject = context.subject()?;
        let train = |learner_run: usize| -> Outcome<Trainer<'_>> {
            let overrides = Overrides::default();
            let streams = context.streams(learner_run);
            // The order of batches belongs to the training, not to the learner.
            Ok(Trainer::new(
                subject.recipe.build(&subject.task, &streams, &overrides)?,
                &dataset,
                dataset.part(Part::Train),
                subject.recipe.batch(),
                &context.streams(0),
                overrides.precision,
            ))
        };
        let uninterrupted = stands(context, &mut train(0)?, 2 * steps)?;

        let folder = scratch_folder()?;
        let saved = folder.path().join("checkpoint");
        let mut interrupted = train(0)?;
        let first_half = stands(context, &mut interrupted, steps)?;
        interrupted.learner.save(&saved)?;
        let untouched = interrupted.learner.parameters()?;

        let mut resumed = train(1)?;
        let damage = match self.damage {
            true => {
                let mut stream = context.streams(0).stream("damage");
                let learner = resumed.learner.as_mut();
                Some(load_damaged(context, learner, &saved, &mut stream)?)
            }
            false => None,
        };
        resumed.learner.load(&saved)?;
        resumed.resume_at(steps);
        let loaded = resumed.learner.parameters()?;
        let second_half = stands(context, &mut resumed, steps)?;

        let before = part(&uninterrupted[..steps], &first_half)?;
        let at_save = differences(&untouched, &loaded)?;
        let after = part(&uninterrupted[steps..], &second_half)?;
        let numbers = before
            .iter()
            .chain(&after)
            .map(|parting| differing(&parting.tensors));
        let mut measurements = vec![
            Measurement::new(
                "steps_compared",
                (first_half.len() + second_half.len()) as f64,
            )
            .unit("steps")
            .bound(Bound::Equal(2.0 * steps as f64)),
            Measurement::new("parameters_compared", loaded.len() as f64)
                .unit("parameters")
                .bound(Bound::AtLeast(1.0)),
            Measurement::new(
                "differing_numbers",
                numbers.sum::<f64>() + differing(&at_save),
            )
            .unit("numbers")
            .bound(Bound::Equal(0.0)),
        ];
        measurements.extend(damage.iter().flat_map(|damage| damage.measurements()));
        let verdict = Verdict::judge(measurements, context.spanning()).with_figures(parted(
            &uninterrupted,
            &first_half,
            &second_half,
        )?);
        let verdict = match damage {
            Some(damage) => damage.against(verdict),
            None => verdict,
        };
        Ok(if let Some(parting) = before {
            verdict.against(format!(
                "two trainings with one seed part before the interruption, after step {}: {}. \
                 The check `reproducible` says more",
                parting.step + 1,
                described(&parting.tensors)
            ))
        } else if !at_save.is_empty() {
            verdict.against(format!(
                "after loading, {}: loading left what was there before, or saving left it out",
                described(&at_save)
            ))
        } else if let Some(parting) = after {
            let step = steps + parting.step;
            let cause = cause(
                &uninterrupted[step].report,
                &second_half[parting.step].report,
            );
            verdict.against(format!(
                "parameters are the same after loading, and part after step {} of {} (interrupted \
                 after {steps}): {}\n{cause}",
                step + 1,
                2 * steps,
                described(&parting.tensors)
            ))
        } else {
            verdict
        })
    }

    fn planted() -> Planted {
        Planted {
            faults: FAULTS,
            sound: SOUND,
        }
    }
}

fn stands(context: &Context, trainer: &mut Trainer, steps: usize) -> Outcome<Vec<Stand>> {
    let stand = |_| {
        context.keep_going()?;
        let report = trainer.step()?;
        let parameters = trainer.learner.parameters()?;
        Ok(Stand { parameters, report })
    };
    (0..steps).map(stand).collect()
}

/// What differs, step by step. The interruption lies in the middle.
fn parted(
    uninterrupted: &[Stand],
    first_half: &[Stand],
    second_half: &[Stand],
) -> Outcome<Option<Figure>> {
    let interrupted = first_half.iter().chain(second_half);
    let mut moments = Vec::new();
    for (step, (a, b)) in (1..).zip(uninterrupted.iter().zip(interrupted)) {
        moments.push((
            format!("{step}"),
            differences(&a.parameters, &b.parameters)?,
        ));
    }
    let names = uninterrupted.first().into_iter();
    let names = names.flat_map(|stand| stand.parameters.iter().map(|one| one.name.as_str()));
    let title = format!(
        "largest difference, interrupted after step {} against uninterrupted",
        first_half.len()
    );
    Ok(grid(title, &moments, names))
}

/// The first stand, from 0, at which two trainings differ.
struct Parting {
    step: usize,
    tensors: Vec<Difference>,
}

fn part(a: &[Stand], b: &[Stand]) -> Outcome<Option<Parting>> {
    for (step, (a, b)) in a.iter().zip(b).enumerate() {
        let tensors = differences(&a.parameters, &b.parameters)?;
        if !tensors.is_empty() {
            return Ok(Some(Parting { step, tensors }));
        }
    }
    Ok(None)
}

/// What was not restored, from one step taken by both from the same parameters.
fn cause(uninterrupted: &StepReport, resumed: &StepReport) -> String {
    if uninterrupted.loss.to_bits() != resumed.loss.to_bits() {
        return format!(
            "The loss of that step differs already ({} and {}): not restored is what decides the \
             batch or the forward pass, such as the data order, the step that dropout masks go \
             by, or a running statistic",
            uninterrupted.loss, resumed.loss
        );
    }
    let ratios: Vec<f64> = uninterrupted
        .update_norms
        .iter()
        .filter_map(|(name, norm)| Some(resumed.update_norms.get(name)? / norm))
        .filter(|ratio| ratio.is_finite())
        .collect();
    let largest = ratios.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let smallest = ratios.iter().copied().fold(f64::INFINITY, f64::min);
    let uniform = ratios.len() > 1 && largest - smallest < 1e-3 * largest;
    if uniform && (largest - 1.0).abs() > 1e-3 {
        format!(
            "The loss of that step is the same, and every update is {largest:.3} times what it \
             was: the step count that the learning rate's schedule goes by was not restored"
        )
    } else {
        "The loss of that step is the same, the updates are not: the optimiser's state (momentum, \
         Adam's moments) was not restored"
            .to_owned()
    }
}

const FAULTS: &[Fault] = &[
    Fault {
        name: "optimiser state lost",
        spec: r#"
            [model.broken]
            family = "broken"
            of = { family = "mlp", hidden = [8] }
            fault = "only-parameters-restored"
            [test.x]
            check = "resume-equals-uninterrupted"
            dataset = "blobs"
            model = "broken"
            damage = false
        "#,
        says: "the optimiser's state (momentum, Adam's moments) was not restored",
    },
    Fault {
        name: "step count lost under a schedule",
        spec: r#"
            [model.broken]
            family = "broken"
            of = { family = "mlp", hidden = [8] }
            fault = "only-parameters-restored"
            optimizer = { kind = "sgd", learning_rate = 0.1, warmup = 10 }
            [test.x]
            check = "resume-equals-uninterrupted"
            dataset = "blobs"
            model = "broken"
            damage = false
        "#,
        says: "the step count that the learning rate's schedule goes by was not restored",
    },
    Fault {
        name: "dropout starting over",
        spec: r#"
            [model.broken]
            family = "broken"
            of = { family = "mlp", hidden = [8], dropout = 0.5 }
            fault = "only-parameters-restored"
            [test.x]
            check = "resume-equals-uninterrupted"
            dataset = "blobs"
            model = "broken"
            damage = false
        "#,
        says: "the step that dropout masks go by",
    },
    Fault {
        name: "data order lost",
        spec: r#"
            [model.broken]
            family = "broken"
            of = { family = "logistic" }
            fault = "own-data-order-not-saved"
            [test.x]
            check = "resume-equals-uninterrupted"
            dataset = "blobs"
            model = "broken"
            damage = false
        "#,
        says: "such as the data order",
    },
    Fault {
        name: "a damaged checkpoint loaded by half",
        spec: r#"
            [model.broken]
            family = "broken"
            of = { family = "mlp", hidden = [8] }
            fault = "refused-load-leaves-traces"
            [test.x]
            check = "resume-equals-uninterrupted"
            dataset = "blobs"
            model = "broken"
        "#,
        says: "was refused, but not before parts of it were taken over",
    },
];

const SOUND: &[Sound] = &[
    Sound {
        name: "mlp with dropout and a schedule",
        spec: r#"
            [model.dropping]
            family = "mlp"
            hidden = [16]
            dropout = 0.2
            optimizer = { kind = "adamw", learning_rate = 0.01, warmup = 10 }
            [test.x]
            check = "resume-equals-uninterrupted"
            dataset = "blobs"
            model = "dropping"
        "#,
    },
    Sound {
        name: "lstm",
        spec: r#"
            [test.x]
            check = "resume-equals-uninterrupted"
            dataset = "blobs"
            model = "lstm"
        "#,
    },
    Sound {
        name: "a regression with momentum",
        spec: r#"
            [model.rolling]
            family = "linear"
            optimizer = { kind = "sgd", learning_rate = 0.01, momentum = 0.9 }
            [test.x]
            check = "resume-equals-uninterrupted"
            dataset = "line"
            model = "rolling"
        "#,
    },
];
