//! `matches-recorded`: the refactoring test.

mod features;
mod summary;
mod training;

use schemars::JsonSchema;
use seatrial_spec::{Count, NonNegative, SubjectKind, SubjectName};
use seatrial_verdict::Verdict;
use serde::{Deserialize, Serialize};

use crate::evidence::constant;
use crate::recorded::Recorded;
use crate::{About, Chapter, Check, Context, Failure, Fault, Outcome, Planted, Recording, Sound};
use features::{Features, Findings};
use training::{Metrics, Parameters};

/// Features, parameters or metrics are what they were when they were recorded.
///
/// The test for refactoring: what should not change is compared with values
/// that are kept in git, in a file beside the spec (`training.recorded.toml`
/// beside `training.toml`). Small differences between processors pass, real
/// changes do not, and the message names the first column, parameter or metric
/// that changed. When a change is meant, run the case again with
/// `SEATRIAL_RECORD=1` and commit the new values.
///
/// Record a model that `sgd` trains where processors differ: `adamw` makes a
/// whole step of a gradient that is rounding alone.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MatchesRecorded {
    /// What is compared: `features`, `parameters` after some steps of
    /// training, `metrics` on the validation rows after the same steps. When
    /// left out: features, and with a `model` all three.
    what: Vec<What>,
    /// The model to train, for parameters and metrics.
    model: Option<ModelName>,
    /// Steps of training; five by default: every parameter has moved, and
    /// differences between processors have not yet grown.
    steps: Count,
    /// Rows whose features are recorded as they are, evenly spread over the
    /// dataset; 8 by default. All rows count through sums over each column
    /// and each block of rows.
    rows: Count,
    /// How far a feature may be from the recorded one, as a share of the
    /// largest in its column. By default 1e-6: about ten times the rounding of
    /// single precision.
    feature_tolerance: NonNegative,
    /// How far a parameter may be from the recorded one, as a share of the
    /// largest in its tensor. By default 1e-4: rounding that a few steps have
    /// amplified.
    parameter_tolerance: NonNegative,
    /// How far the loss may be from the recorded one, as a share of it, by
    /// default 1e-3. The accuracy may be off by as much and by one row.
    metric_tolerance: NonNegative,
}

/// A model's name.
type ModelName = SubjectName<{ SubjectKind::Model as usize }>;

/// What can be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum What {
    /// The rows as the model sees them, their labels and parts.
    Features,
    /// The model's parameters after training.
    Parameters,
    /// Loss and accuracy on the validation rows after training.
    Metrics,
}

impl Default for MatchesRecorded {
    fn default() -> Self {
        Self {
            what: Vec::new(),
            model: None,
            steps: constant(5.0),
            rows: constant(8.0),
            feature_tolerance: constant(1e-6),
            parameter_tolerance: constant(1e-4),
            metric_tolerance: constant(1e-3),
        }
    }
}

/// What is recorded of one case.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Values {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    features: Option<Features>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parameters: Option<Parameters>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    metrics: Option<Metrics>,
}

impl Check for MatchesRecorded {
    const ABOUT: About = About {
        name: "matches-recorded",
        chapter: Chapter::Reproducibility,
        figure: include_str!("figures/matches-recorded.txt"),
        needs: &[SubjectKind::Dataset],
        method: "Columns and tensors are compared by mean, deviation, largest size, some of their \
                 numbers, and a random projection of all of them (Johnson and Lindenstrauss, \
                 1984), relative to their largest number; rows in blocks, by a projection of each.",
        error_rates: "A false alarm needs rounding beyond the tolerances. A change in one row is \
                      missed when it is smaller than the tolerance times the rows of its block \
                      (a 32nd of all), a change in one parameter when it is smaller than the \
                      tolerance times its tensor's size and at no recorded place.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let file = Recorded::beside(context.spec_file());
        let what = self.what();
        if context.host.recording() == Recording::Rewrite {
            let seen = self.see(context, &what, self.rows.get())?;
            seen.refuse_what_is_not_finite()?;
            file.write(&context.case.id, &seen)?;
        }
        let how = "put SEATRIAL_RECORD=1 before the command that replays the case";
        let Some(recorded) = file.read::<Values>(&context.case.id)? else {
            return Ok(Verdict::fail(format!(
                "nothing is recorded for this case in {}. Record what is seen, and commit it: {how}",
                file.name()
            )));
        };
        let rows = recorded
            .features
            .as_ref()
            .map_or(self.rows.get(), Features::values);
        let seen = self.see(context, &what, rows)?;
        let (mut reasons, mut measurements) = (Vec::new(), Vec::new());
        for &what in &what {
            match self.compare(what, &recorded, &seen) {
                Some((against, measured)) => {
                    reasons.extend(against);
                    measurements.extend(measured);
                }
                None => reasons.push(format!("no {} are recorded for this case", what.word())),
            }
        }
        let verdict = Verdict::judge(measurements, context.spanning());
        let meant = format!(
            "If the change is meant, record it and commit {}: {how}",
            file.name()
        );
        Ok(match reasons.is_empty() {
            true => verdict.with_hint(meant),
            false => verdict.against(reasons.join("\n")).with_hint(meant),
        })
    }

    fn planted() -> Planted {
        Planted {
            faults: FAULTS,
            sound: SOUND,
        }
    }
}

impl What {
    fn word(self) -> &'static str {
        match self {
            What::Features => "features",
            What::Parameters => "parameters",
            What::Metrics => "metrics",
        }
    }
}

impl MatchesRecorded {
    fn what(&self) -> Vec<What> {
        match (self.what.is_empty(), &self.model) {
            (false, _) => self.what.clone(),
            (true, None) => vec![What::Features],
            (true, Some(_)) => vec![What::Features, What::Parameters, What::Metrics],
        }
    }

    /// What there is to record now.
    fn see(&self, context: &Context, what: &[What], rows: usize) -> Outcome<Values> {
        let mut values = Values::default();
        if what.contains(&What::Features) {
            values.features = Some(Features::of(&*context.dataset()?, rows));
        }
        let trained = [What::Parameters, What::Metrics].map(|trained| what.contains(&trained));
        if trained != [false, false] {
            if self.model.is_none() {
                let reason = "`parameters` and `metrics` need a `model`, and the case names none";
                return Err(Failure::Case(reason.to_owned()));
            }
            let (parameters, metrics) = training::train(context, self.steps.get())?;
            values.parameters = trained[0].then_some(parameters);
            values.metrics = trained[1].then_some(metrics);
        }
        Ok(values)
    }

    /// `None` where nothing is recorded.
    fn compare(&self, what: What, recorded: &Values, seen: &Values) -> Option<Findings> {
        Some(match what {
            What::Features => recorded
                .features
                .as_ref()?
                .against(seen.features.as_ref()?, self.feature_tolerance.get()),
            What::Parameters => recorded
                .parameters
                .as_ref()?
                .against(seen.parameters.as_ref()?, self.parameter_tolerance.get()),
            What::Metrics => recorded
                .metrics
                .as_ref()?
                .against(seen.metrics.as_ref()?, self.metric_tolerance.get()),
        })
    }
}

impl Values {
    fn refuse_what_is_not_finite(&self) -> Outcome<()> {
        let finite = [
            (
                "features",
                self.features.as_ref().is_none_or(Features::is_finite),
            ),
            (
                "parameters",
                self.parameters.as_ref().is_none_or(Parameters::is_finite),
            ),
            (
                "metrics",
                self.metrics.as_ref().is_none_or(Metrics::is_finite),
            ),
        ];
        match finite.into_iter().find(|(_, finite)| !finite) {
            Some((what, _)) => Err(Failure::Case(format!(
                "{what} hold numbers that are not finite: nothing was recorded"
            ))),
            None => Ok(()),
        }
    }
}

const FAULTS: &[Fault] = &[
    Fault {
        name: "time of day taken in universal time",
        spec: r#"
            [dataset.sightings]
            path = "unicorn-local.csv"
            label = "unicorn"
            [test.x]
            check = "matches-recorded"
            dataset = "sightings"
            # then:
            [dataset.sightings]
            path = "unicorn-utc.csv"
            label = "unicorn"
            [test.x]
            check = "matches-recorded"
            dataset = "sightings"
        "#,
        says: "column `time_of_day_sin` (and 1 more columns): in row ",
    },
    Fault {
        name: "other rows in the parts",
        spec: r#"
            [dataset.split]
            generator = "blobs"
            rows = 400
            split = { train = 0.8, validation = 0.2 }
            [test.x]
            check = "matches-recorded"
            dataset = "split"
            # then:
            [dataset.split]
            generator = "blobs"
            rows = 400
            split = { train = 0.8, validation = 0.2, stratify = false }
            [test.x]
            check = "matches-recorded"
            dataset = "split"
        "#,
        says: "column `(part)`",
    },
    Fault {
        name: "another learning rate",
        spec: r#"
            [model.tuned]
            family = "mlp"
            hidden = [8]
            optimizer = { kind = "adamw", learning_rate = 0.01 }
            [test.x]
            check = "matches-recorded"
            dataset = "blobs"
            model = "tuned"
            what = ["parameters"]
            # then:
            [model.tuned]
            family = "mlp"
            hidden = [8]
            optimizer = { kind = "adamw", learning_rate = 0.0101 }
            [test.x]
            check = "matches-recorded"
            dataset = "blobs"
            model = "tuned"
            what = ["parameters"]
        "#,
        says: "parameter `mlp.0.bias` after 5 steps",
    },
    Fault {
        name: "training spoilt",
        spec: r#"
            [model.tuned]
            family = "lstm"
            sequence = [4, 4]
            hidden = 8
            [test.x]
            check = "matches-recorded"
            dataset = "blobs"
            model = "tuned"
            what = ["metrics"]
            # then:
            [model.tuned]
            family = "broken"
            of = { family = "lstm", sequence = [4, 4], hidden = 8 }
            fault = "loss-sign-flipped"
            [test.x]
            check = "matches-recorded"
            dataset = "blobs"
            model = "tuned"
            what = ["metrics"]
        "#,
        says: "validation_loss: ",
    },
    Fault {
        name: "nothing recorded",
        spec: r#"
            [test.x]
            check = "matches-recorded"
            dataset = "blobs"
        "#,
        says: "put SEATRIAL_RECORD=1 before the command that replays the case",
    },
];

const SOUND: &[Sound] = &[
    Sound {
        name: "everything of an mlp",
        spec: r#"
            [test.x]
            check = "matches-recorded"
            dataset = "blobs"
            model = "mlp"
            # then:
            [test.x]
            check = "matches-recorded"
            dataset = "blobs"
            model = "mlp"
        "#,
    },
    Sound {
        name: "a regression",
        spec: r#"
            [test.x]
            check = "matches-recorded"
            dataset = "line"
            model = "linear"
            # then:
            [test.x]
            check = "matches-recorded"
            dataset = "line"
            model = "linear"
        "#,
    },
    Sound {
        name: "features that were recorded with more rows than the case now asks for",
        spec: r#"
            [test.x]
            check = "matches-recorded"
            dataset = "unicorn"
            rows = 20
            # then:
            [test.x]
            check = "matches-recorded"
            dataset = "unicorn"
        "#,
    },
];
