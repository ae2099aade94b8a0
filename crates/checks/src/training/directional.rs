//! `directional`: more of a feature moves the answer the way it should.

use schemars::JsonSchema;
use seatrial_spec::{Count, Fraction, NonNegative, Positive, SubjectKind};
use seatrial_verdict::{Bound, Measurement, Verdict};
use serde::Deserialize;

use super::behaviour::{class_names, output_name, readable, shift, unit_of_outputs};
use super::outputs::{Outputs, features_of, trained, validation_rows};
use crate::check::Failure;
use crate::evidence::constant;
use crate::statistics::mean_over_runs;
use crate::{About, Chapter, Check, Context, Fault, Outcome, Planted, Sound};

/// After training, increasing a feature raises the answer, or lowers it, as it
/// should.
///
/// Every validation row is compared with itself with `by` added to `feature`.
/// More debt must raise the probability of a default; more income must not.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Directional {
    /// The feature to increase.
    feature: String,
    /// By how much, in the unit of the file; negative to decrease it. Choose a
    /// difference that clearly matters, and that rows of the data show.
    by: f64,
    /// Whether the answer must go `up` or `down`.
    effect: Effect,
    /// The class whose probability must move. Left out for a regression, whose
    /// value must move.
    class: Option<String>,
    /// Training steps before the model is asked.
    steps: Count,
    /// The part of rows that must not go the wrong way. The default of 0.95
    /// leaves room for rows where other features decide, or where training
    /// data is thin. A row whose answer does not move at all is not wrong.
    share_min: Fraction,
    /// What the mean effect must exceed, in the right direction: a probability
    /// as it is, a value in standard deviations of the training targets. At
    /// the default of 0 it must only be there beyond doubt.
    effect_min: NonNegative,
    /// The chance that a sound model fails on the mean effect because of the
    /// validation rows that it happened to be given.
    false_alarm: Positive,
}

/// Which way the answer goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// It rises.
    #[default]
    Up,
    /// It falls.
    Down,
}

impl Default for Directional {
    fn default() -> Self {
        Self {
            feature: String::new(),
            by: 1.0,
            effect: Effect::Up,
            class: None,
            steps: constant(200.0),
            share_min: constant(0.95),
            effect_min: constant(0.0),
            false_alarm: constant(1e-6),
        }
    }
}

impl Check for Directional {
    const ABOUT: About = About {
        name: "directional",
        chapter: Chapter::Training,
        figure: include_str!("figures/directional.txt"),
        needs: &[SubjectKind::Model, SubjectKind::Dataset],
        method: "The directional expectation test of Ribeiro et al. (2020, CheckList): each \
                 validation row is asked as it is and with the feature changed, in evaluation \
                 mode. The mean effect has a paired interval over rows and runs by Student's t, \
                 with degrees of freedom by Welch and Satterthwaite, and all of it must lie \
                 above `effect_min`: a model that ignores the feature has no effect at all.",
        error_rates: "The share of rows is exact for these rows and seeds. The mean effect of a \
                      sound model is called wrong with a chance of at most `false_alarm`, as far \
                      as Student's t holds; with too few rows to tell, it is inconclusive.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let dataset = context.dataset()?;
        let feature = dataset.matching(std::slice::from_ref(&self.feature))?;
        let &[feature] = &feature[..] else {
            return Err(Failure::Case(
                "`feature` names one feature, not several".into(),
            ));
        };
        let output = self.output(class_names(&dataset))?;
        let rows = validation_rows(&dataset)?;
        let before = features_of(&dataset, rows);
        let mut after = before.clone();
        for row in after.chunks_mut(dataset.features.len()) {
            shift(&dataset, feature, row, self.by)?;
        }
        if before == after {
            return Err(Failure::Case(
                "`by` changes nothing: nothing can be seen".into(),
            ));
        }
        let sign = if self.effect == Effect::Up { 1.0 } else { -1.0 };
        let scale = sign / unit_of_outputs(&dataset);
        let (mut effects, mut wrong) = (Vec::new(), Vec::new());
        for run in 0..context.runs(1) {
            let mut learner = trained(context, run, &dataset, self.steps)?;
            let from = Outputs::of(context, learner.as_mut(), &before)?;
            let to = Outputs::of(context, learner.as_mut(), &after)?;
            let effect = |row| (to.row(row)[output] - from.row(row)[output]) * scale;
            let of_run: Vec<f64> = (0..rows.len()).map(effect).collect();
            for (row, effect) in of_run.iter().enumerate().filter(|(_, e)| **e < 0.0) {
                wrong.push((*effect, row, from.row(row)[output], to.row(row)[output]));
            }
            effects.push(of_run);
        }
        let estimate = mean_over_runs(&effects, self.false_alarm.get());
        let asked = rows.len() * effects.len();
        let right = 1.0 - wrong.len() as f64 / asked as f64;
        let measurements = vec![
            Measurement::new("rows_not_wrong", right).bound(Bound::AtLeast(self.share_min.get())),
            Measurement::new("effect_mean", estimate.mean)
                .bound(Bound::Above(self.effect_min.get()))
                .interval(estimate.low, estimate.high),
            Measurement::new("effect_detectable", estimate.detectable()),
        ];
        let mut verdict = Verdict::judge(measurements, context.spanning());
        let (name, answer) = (&dataset.features[feature], output_name(&dataset, output));
        if estimate.low == 0.0 && estimate.high == 0.0 {
            verdict = verdict.with_hint(format!(
                "`{name}` has no effect on {answer} in any row: does the model read it?"
            ));
        }
        if let Some((_, row, from, to)) = wrong.iter().min_by(|a, b| a.0.total_cmp(&b.0)) {
            let way = if self.effect == Effect::Up {
                "up"
            } else {
                "down"
            };
            let value = before[row * dataset.features.len() + feature];
            verdict = verdict.with_hint(format!(
                "{} of {asked} answers go the wrong way; most of all row {} of the data: \
                 `{name}` {:.4} with {:+} moves {answer} from {from:.4} to {to:.4}, and it \
                 should go {way}",
                wrong.len(),
                rows[*row] + 1,
                readable(&dataset, feature, value),
                self.by
            ));
        }
        Ok(verdict)
    }

    fn planted() -> Planted {
        PLANTED
    }
}

impl Directional {
    /// The place of the output that must move.
    fn output(&self, classes: &[String]) -> Outcome<usize> {
        match (&self.class, classes) {
            (None, []) => Ok(0),
            (Some(_), []) => Err(Failure::Case("a regression has no `class`".into())),
            (None, _) => Err(Failure::Case(format!(
                "name the `class` whose probability must move: one of `{}`",
                classes.join("`, `")
            ))),
            (Some(class), _) => {
                let at = classes.iter().position(|known| known == class);
                at.ok_or_else(|| {
                    let known = classes.join("`, `");
                    Failure::Case(format!("no class is named `{class}`; there are `{known}`"))
                })
            }
        }
    }
}

const PLANTED: Planted = Planted {
    faults: &[
        Fault {
            name: "an effect that goes the other way",
            spec: r#"
                [test.x]
                check = "directional"
                dataset = "loans"
                model = "logistic"
                feature = "income"
                by = 10
                effect = "up"
                class = "yes"
            "#,
            says: "`income`",
        },
        Fault {
            name: "a model that does not read the feature",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [16] }
                fault = "first-feature-ignored"
                [test.x]
                check = "directional"
                dataset = "loans"
                model = "broken"
                feature = "income"
                by = 10
                effect = "down"
                class = "yes"
            "#,
            says: "`income` has no effect on P(yes) in any row",
        },
        Fault {
            name: "outputs that stand beside their classes",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "logistic" }
                fault = "argmax-off-by-one"
                [test.x]
                check = "directional"
                dataset = "loans"
                model = "broken"
                feature = "debt"
                by = 8
                effect = "up"
                class = "yes"
            "#,
            says: "moves P(yes)",
        },
    ],
    sound: &[
        Sound {
            name: "logistic: more debt, more defaults",
            spec: r#"
                [test.x]
                check = "directional"
                dataset = "loans"
                model = "logistic"
                feature = "debt"
                by = 8
                class = "yes"
            "#,
        },
        Sound {
            name: "mlp: more income, fewer defaults",
            spec: r#"
                [test.x]
                check = "directional"
                dataset = "loans"
                model = "mlp"
                feature = "income"
                by = 10
                effect = "down"
                class = "yes"
                runs = 2
                steps = 60
            "#,
        },
    ],
};
