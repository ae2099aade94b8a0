//! `seed-matters`: other seeds give other results, but not wildly other ones.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use seatrial_data::Part;
use seatrial_model::{Learner, Mode, Overrides};
use seatrial_rng::{Fingerprint, Streams};
use seatrial_spec::{Count, NonNegative, SubjectKind};
use seatrial_verdict::{Bound, Measurement, Series, Verdict};
use serde::Deserialize;

use crate::evidence::constant;
use crate::sameness::fingerprint_of_all;
use crate::statistics::mean;
use crate::{About, Chapter, Check, Context, Fault, Outcome, Planted, Sound};

/// Other seeds give other parameters, and results that differ little.
///
/// The model is trained once for each of the case's `runs` (five unless it
/// says otherwise), each from a seed of its own. All
/// runs must start from different parameters and end with different ones:
/// otherwise averages over runs are averages of one run. And the loss on the
/// validation rows must not depend on the seed by more than a bound: otherwise
/// one lucky seed decides what is shipped.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SeedMatters {
    /// Steps of each training. Twenty by default: enough for the runs to come
    /// away from their initial loss.
    steps: Count,
    /// How far apart the best and the worst run's validation loss may lie, as
    /// a share of the mean loss before training. One half by default: after a
    /// few steps runs still carry the luck of their start, and training that
    /// diverges lies apart by many times its first loss.
    spread_max: NonNegative,
    /// Whether runs must start from different parameters. Set to false for a
    /// model that by design starts from constants, such as all zeros.
    initial: bool,
}

impl Default for SeedMatters {
    fn default() -> Self {
        Self {
            steps: constant(20.0),
            spread_max: constant(0.5),
            initial: true,
        }
    }
}

/// Runs when the case does not say: few enough for every commit.
const RUNS: usize = 5;

/// One training.
struct Run {
    initial: Fingerprint,
    trained: Fingerprint,
    loss_before: f64,
    loss_after: f64,
}

impl Check for SeedMatters {
    const ABOUT: About = About {
        name: "seed-matters",
        chapter: Chapter::Reproducibility,
        figure: include_str!("figures/seed-matters.txt"),
        needs: &[SubjectKind::Model, SubjectKind::Dataset],
        method: "Exact for sameness: fingerprints (BLAKE3) of all parameters. The spread is the \
                 range of the runs' validation losses over their mean loss before training.",
        error_rates: "Two seeds never give the same random parameters by chance. The range \
                      describes the runs of this case and no others: it is no estimate, grows \
                      with the number of runs, and is deterministic in the case's seed.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let count = context.runs(RUNS).max(2);
        let runs: Vec<Run> = (0..count)
            .map(|run| self.train(context, run))
            .collect::<Outcome<_>>()?;
        let distinct =
            |word: fn(&Run) -> Fingerprint| runs.iter().map(word).collect::<BTreeSet<_>>().len();
        let (initial, trained) = (distinct(|run| run.initial), distinct(|run| run.trained));
        let losses: Vec<f64> = runs.iter().map(|run| run.loss_after).collect();
        let before: Vec<f64> = runs.iter().map(|run| run.loss_before).collect();
        let spread = range(&losses) / mean(&before);

        let different = |name, value: usize, judged: bool| {
            let measurement = Measurement::new(name, value as f64).unit("runs");
            match judged {
                true => measurement.bound(Bound::Equal(count as f64)),
                false => measurement,
            }
        };
        let verdict = Verdict::judge(
            vec![
                different("different_initial_parameters", initial, self.initial),
                different("different_trained_parameters", trained, true),
                Measurement::new("loss_spread", spread).bound(Bound::AtMost(self.spread_max.get())),
                Measurement::new("validation_loss_mean", mean(&losses)),
            ],
            context.spanning(),
        )
        .with_series([Series::over("run", "validation loss", losses.clone())]);
        let mut reasons = Vec::new();
        if self.initial && initial < count {
            reasons.push(format!(
                "{count} seeds give {initial} different initial models: initial parameters ignore \
                 the seed, or are constants (then say `initial = false`)"
            ));
        }
        if trained < count {
            reasons.push(format!(
                "{count} seeds give {trained} different trained models: training ignores the seed"
            ));
        }
        if !Bound::AtMost(self.spread_max.get()).allows(spread) {
            let losses: Vec<_> = losses.iter().map(|loss| format!("{loss:.4}")).collect();
            reasons.push(format!(
                "the validation loss depends on the seed: {}, from {:.4} before training. Is the \
                 learning rate too high, or the validation part too small?",
                losses.join(", "),
                mean(&before)
            ));
        }
        Ok(match reasons.is_empty() {
            true => verdict,
            false => verdict.against(reasons.join("\n")),
        })
    }

    fn planted() -> Planted {
        Planted {
            faults: FAULTS,
            sound: SOUND,
        }
    }
}

impl SeedMatters {
    fn train(&self, context: &Context, run: usize) -> Outcome<Run> {
        let dataset = context.dataset()?;
        let rows = dataset.part(Part::Train);
        // Another root seed, not another run's name: both must matter, and only
        // the seed is what a case sets.
        let streams = Streams::new(context.case.seed.wrapping_add(run as u64)).child("run/0");
        let mut trainer = context.trainer_from(&streams, &Overrides::default(), &dataset, rows)?;
        let validation = trainer.part(Part::Validation)?;
        let print = |learner: &dyn Learner| fingerprint_of_all(&learner.parameters()?);
        let initial = print(trainer.learner.as_ref())?;
        let loss_before = trainer.learner.loss(&validation, Mode::Evaluation)?;
        context.train(&mut trainer, self.steps.get())?;
        Ok(Run {
            initial,
            trained: print(trainer.learner.as_ref())?,
            loss_before,
            loss_after: trainer.learner.loss(&validation, Mode::Evaluation)?,
        })
    }
}

/// Largest minus smallest; NaN where any is.
fn range(values: &[f64]) -> f64 {
    if values.iter().any(|value| value.is_nan()) {
        return f64::NAN;
    }
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let smallest = values.iter().copied().fold(f64::INFINITY, f64::min);
    largest - smallest
}

const FAULTS: &[Fault] = &[
    Fault {
        name: "a fixed seed inside the model",
        spec: r#"
            [model.broken]
            family = "broken"
            of = { family = "mlp", hidden = [8] }
            fault = "seed-ignored"
            [test.x]
            check = "seed-matters"
            dataset = "blobs"
            model = "broken"
        "#,
        says: "5 seeds give 1 different initial models: initial parameters ignore the seed",
    },
    Fault {
        name: "constant initialisation",
        spec: r#"
            [model.broken]
            family = "broken"
            of = { family = "lstm", sequence = [4, 4], hidden = 8 }
            fault = "initialised-with-constants"
            [test.x]
            check = "seed-matters"
            dataset = "blobs"
            model = "broken"
            steps = 3
            runs = 3
        "#,
        says: "or are constants",
    },
    Fault {
        name: "a learning rate far too high",
        spec: r#"
            [model.wild]
            family = "mlp"
            hidden = [32]
            optimizer = { kind = "adamw", learning_rate = 10 }
            [test.x]
            check = "seed-matters"
            dataset = "blobs"
            model = "wild"
            runs = 3
        "#,
        says: "Is the learning rate too high",
    },
];

const SOUND: &[Sound] = &[
    Sound {
        name: "mlp",
        spec: r#"
            [test.x]
            check = "seed-matters"
            dataset = "blobs"
            model = "mlp"
        "#,
    },
    Sound {
        name: "a regression",
        spec: r#"
            [test.x]
            check = "seed-matters"
            dataset = "line"
            model = "linear"
        "#,
    },
    Sound {
        name: "gru",
        spec: r#"
            [test.x]
            check = "seed-matters"
            dataset = "blobs"
            model = "gru"
            runs = 3
        "#,
    },
];
