//! `validation-is-current`: the validation set still looks like the world.

mod covered;
mod planted;

use schemars::JsonSchema;
use seatrial_spec::{Count, Fraction, NonNegative, SubjectKind, SubjectName};
use seatrial_validation::drift::Measure;
use serde::Deserialize;

use super::drift::{Rules, look};
use super::profiles;
use super::subject::{PredictionsName, judged, named_predictions};
use crate::check::Failure;
use crate::evidence::{conclude, constant};
use crate::{About, Chapter, Check, Context, Outcome, Planted};

/// The validation set, the case's `dataset`, looks as the live data does.
///
/// Numbers that were reached on a validation set say nothing about a world that
/// has moved on. When it has, this names the columns and fails, and so the gate
/// blesses nothing on the stale set; `seatrial refresh-validation` makes the next
/// one from live data, on which the same thresholds must hold. Where versions are
/// judged by a table of predictions, name it: predictions of the last set say
/// nothing of the next, and fail.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ValidationIsCurrent {
    /// The dataset of live rows.
    live: Option<SubjectName<{ SubjectKind::Dataset as usize }>>,
    /// A table of predictions that must be of the rows of the set, no more and no
    /// fewer: its key is a column of the set.
    predictions: Option<PredictionsName>,
    /// Columns that are not compared, such as identifiers.
    except: Vec<String>,
    /// The largest shift that is none, as in `no-drift`.
    effect_max: Option<NonNegative>,
    /// The fewest rows of either side, as in `no-drift`.
    rows_min: Count,
    /// How well a classifier may tell old rows from new, as in `no-drift`.
    joint_auc_max: Fraction,
    /// The chance that a set which is current is called stale.
    false_alarm: Fraction,
}

impl Default for ValidationIsCurrent {
    fn default() -> Self {
        Self {
            live: None,
            predictions: None,
            except: Vec::new(),
            effect_max: None,
            rows_min: constant(100.0),
            joint_auc_max: constant(0.6),
            false_alarm: constant(0.01),
        }
    }
}

impl Check for ValidationIsCurrent {
    const ABOUT: About = About {
        name: "validation-is-current",
        chapter: Chapter::Quality,
        figure: include_str!("figures/validation-is-current.txt"),
        needs: &[SubjectKind::Dataset],
        method: "As `no-drift`, by the distance of Kolmogorov and Smirnov for numbers and that \
                 of Jensen and Shannon for categories.",
        error_rates: "A set that is current is called stale with a chance of at most \
                      `false_alarm`.",
    };

    fn run(&self, context: &Context) -> Outcome {
        if self.live.is_none() {
            return Err(Failure::Case("name the dataset of `live` rows".into()));
        }
        judged(context, self.compare(context))
    }

    fn planted() -> Planted {
        planted::PLANTED
    }
}

impl ValidationIsCurrent {
    fn compare(&self, context: &Context) -> Outcome {
        let validation = profiles::of(context, SubjectKind::Dataset.word(), &self.except)?;
        let live = profiles::of(context, "live", &self.except)?;
        let rules = Rules {
            of_numbers: Measure::KolmogorovSmirnov,
            of_categories: Measure::JensenShannon,
            effect_max: self.effect_max.map(NonNegative::get),
            rows_min: self.rows_min.get(),
            joint_auc_max: self.joint_auc_max.get(),
            false_alarm: self.false_alarm.get(),
            sides: ["validation", "live"],
        };
        let found = look(context, &validation, &live, &rules)?;
        let stale = !found.moved.is_empty();
        let mut wrong = found.moved;
        if let Some(predictions) = named_predictions(context)? {
            wrong.extend(covered::misfits(context, &predictions)?);
        }
        let verdict = conclude(context, found.measurements, wrong);
        let verdict = verdict.with_figures(found.figures);
        if !stale {
            return Ok(verdict);
        }
        let id = &context.case.id;
        Ok(verdict.with_hint(format!(
            "the validation set is stale: nothing that was measured on it says how good a version \
             is now. Make the next one: seatrial refresh-validation '{id}'"
        )))
    }
}
