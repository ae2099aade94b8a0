//! `no-drift`: two datasets come from one world.

mod planted;

use schemars::JsonSchema;
use seatrial_spec::{Count, Fraction, Misfit, NonNegative, Shape};
use seatrial_validation::drift::Measure;
use serde::Deserialize;

use super::drift::{MeasureName, Rules, look};
use super::profiles;
use super::subject::{DatasetName, PackageName, PipelineName, judged};
use crate::check::Failure;
use crate::evidence::{conclude, constant};
use crate::{About, Chapter, Check, Context, Outcome, Planted};

/// The rows of `current` look as those of `reference` do, column by column and
/// as a whole.
///
/// A column has moved when its shift is both large and no accident: by a measure
/// from which is taken what two samples of so few rows would show anyway, and by
/// a test, corrected over all columns. The label is a column too. Numbers are
/// compared as numbers, everything else as categories. Of moments, which move by
/// themselves, it is compared whether they are given, and at what hours of the day,
/// where those of both sides span a week. With a `package` or a `pipeline`, its
/// predictions are compared too.
/// Rows as a whole have moved when a classifier can tell old from new, even if no
/// column shows it: it sees numbers, frequent categories, the label and what is
/// missing, and how any two of these go together.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NoDrift {
    /// The dataset as it was.
    reference: Option<DatasetName>,
    /// The dataset as it is.
    current: Option<DatasetName>,
    /// A package that a pipeline made: what it says of the rows of either dataset
    /// is compared too, as further columns.
    package: Option<PackageName>,
    /// A pipeline, whose package is asked in the same way.
    pipeline: Option<PipelineName>,
    /// Columns that are not compared, such as identifiers.
    except: Vec<String>,
    /// How the shift of a column of numbers is measured.
    measure_numbers: MeasureName,
    /// How the shift of a column of categories is measured.
    measure_categories: MeasureName,
    /// The largest shift that is none. Each measure has its own default: 0.1 for
    /// `kolmogorov_smirnov`, `jensen_shannon`, `hellinger` and `chi_square`, 0.05
    /// for `l_infinity`, 0.2 for `psi`, 0.25 for `wasserstein`.
    effect_max: Option<NonNegative>,
    /// The fewest rows of either side. With fewer than the default of 100, even a
    /// shift by a third could not be told from luck.
    rows_min: Count,
    /// How well a classifier may tell old rows from new: the largest area under
    /// its ROC curve. 0.5 is not at all; 0.6 leaves room for what harms no model.
    joint_auc_max: Fraction,
    /// The chance that two samples of one world are told apart.
    false_alarm: Fraction,
}

impl Default for NoDrift {
    fn default() -> Self {
        Self {
            reference: None,
            current: None,
            package: None,
            pipeline: None,
            except: Vec::new(),
            measure_numbers: MeasureName::KolmogorovSmirnov,
            measure_categories: MeasureName::JensenShannon,
            effect_max: None,
            rows_min: constant(100.0),
            joint_auc_max: constant(0.6),
            false_alarm: constant(0.01),
        }
    }
}

impl Check for NoDrift {
    const ABOUT: About = About {
        name: "no-drift",
        chapter: Chapter::Quality,
        figure: include_str!("figures/no-drift.txt"),
        needs: &[],
        method: "Effect sizes less their expectation between two samples of one distribution; \
                 the tests of Kolmogorov and Smirnov and of chi-square, corrected by Holm; for \
                 rows as a whole Fisher's discriminant on columns, categories and products of \
                 two, judged on rows that it was not fitted on (Lopez-Paz and Oquab, 2017), \
                 with DeLong's interval.",
        error_rates: "Two samples of one distribution are told apart with a chance of at most \
                      `false_alarm`, whatever the number of rows and columns. The smallest shift \
                      that so many rows can tell from none is shown.",
    };

    fn shape() -> Shape {
        Shape::of::<Self>().holding(|check: &Self| {
            let both = check.package.is_some() && check.pipeline.is_some();
            let message =
                "`package` and `pipeline` are both named, here or by default: one is asked";
            both.then(|| Misfit::at("pipeline", message))
                .into_iter()
                .collect()
        })
    }

    fn run(&self, context: &Context) -> Outcome {
        if self.reference.is_none() || self.current.is_none() {
            let message = "name both datasets: `reference` and `current`";
            return Err(Failure::Case(message.into()));
        }
        judged(context, self.compare(context))
    }

    fn planted() -> Planted {
        planted::PLANTED
    }
}

impl NoDrift {
    fn compare(&self, context: &Context) -> Outcome {
        let reference = profiles::of(context, "reference", &self.except)?;
        let current = profiles::of(context, "current", &self.except)?;
        let rules = Rules {
            of_numbers: Measure::from(self.measure_numbers),
            of_categories: Measure::from(self.measure_categories),
            effect_max: self.effect_max.map(NonNegative::get),
            rows_min: self.rows_min.get(),
            joint_auc_max: self.joint_auc_max.get(),
            false_alarm: self.false_alarm.get(),
            sides: ["reference", "current"],
        };
        let found = look(context, &reference, &current, &rules)?;
        let verdict = conclude(context, found.measurements, found.moved);
        Ok(verdict.with_figures(found.figures))
    }
}
