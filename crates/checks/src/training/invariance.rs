//! `invariance`: what should not matter does not.

mod planted;
mod variants;

use schemars::JsonSchema;
use seatrial_data::Dataset;
use seatrial_spec::{Count, Fraction, NonNegative, Positive, SpecPath, SubjectKind};
use seatrial_verdict::{Bound, Measurement, Verdict};
use serde::Deserialize;

use super::behaviour::{class_names, largest_move, output_name, readable, unit_of_outputs};
use super::outputs::{Outputs, trained};
use crate::evidence::constant;
use crate::{About, Chapter, Check, Context, Outcome, Planted};
use variants::Variants;

/// After training, changes that should not matter do not change the answer.
///
/// Either name `features` and how to `perturb` them, and every validation row
/// is compared with itself perturbed; or give a `table` of pairs of rows that
/// should be treated alike.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Invariance {
    /// Names and globs of the features to perturb, all at once.
    features: Vec<String>,
    /// What is done to them: `{ noise = 0.1 }`, `{ shift = 5 }`, `{ set = 0 }`
    /// or `{ scale = 1.1 }`.
    perturb: Option<Perturb>,
    /// A CSV file of rows that belong together: the columns of the dataset's
    /// features, in its unit, and a column `pair`. Two rows with the same
    /// `pair` must be treated alike. Other columns are not read.
    table: Option<SpecPath>,
    /// Training steps before the model is asked.
    steps: Count,
    /// The largest change of any output of any row. A probability counts as it
    /// is; a value of a regression in standard deviations of the training
    /// targets. The default of 0.05 is a change that nobody would act on.
    change_max: NonNegative,
    /// The part of rows whose decision may change. The default of 0.01 leaves
    /// room for rows on the border between two classes.
    flip_max: Fraction,
}

/// What is done to a feature.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Perturb {
    /// Adds normal noise of this many standard deviations of the feature.
    Noise(Positive),
    /// Adds this much, in the unit of the file.
    Shift(f64),
    /// Replaces the value by this one, in the unit of the file.
    Set(f64),
    /// Multiplies the value, in the unit of the file.
    Scale(f64),
}

impl Default for Invariance {
    fn default() -> Self {
        Self {
            features: Vec::new(),
            perturb: None,
            table: None,
            steps: constant(200.0),
            change_max: constant(0.05),
            flip_max: constant(0.01),
        }
    }
}

impl Check for Invariance {
    const ABOUT: About = About {
        name: "invariance",
        chapter: Chapter::Training,
        figure: include_str!("figures/invariance.txt"),
        needs: &[SubjectKind::Model, SubjectKind::Dataset],
        method: "The invariance test of Ribeiro et al. (2020, CheckList): each row and its \
                 variant are asked in evaluation mode and compared. Two controls show that \
                 there was something to see: at least one input differs from its variant \
                 (rows that do not are left out, and for a table every pair must differ), and \
                 over all rows the outputs vary by more than `change_max`, for a model that \
                 says the same of everything is invariant to everything.",
        error_rates: "Exact for the rows, noise and seeds it was measured on, and no claim \
                      beyond them: there is no interval. A model that depends on a feature only \
                      where no row lies is missed.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let dataset = context.dataset()?;
        let variants = Variants::of(self, context, &dataset)?;
        let unit = unit_of_outputs(&dataset);
        let (mut change, mut flips, mut worst) = (0.0_f64, 0, None);
        let mut varies = f64::INFINITY;
        let runs = context.runs(1);
        for run in 0..runs {
            let mut learner = trained(context, run, &dataset, self.steps)?;
            let before = Outputs::of(context, learner.as_mut(), &variants.before)?;
            let after = Outputs::of(context, learner.as_mut(), &variants.after)?;
            for row in 0..before.rows() {
                let (_, from, to) = largest_move(&before, &after, row);
                let moved = (to - from).abs() / unit;
                if moved > change || moved.is_nan() || worst.is_none() {
                    change = moved;
                    let text = variants.describe(&dataset, row);
                    worst = Some(format!("{text} {}", moves(&dataset, &before, &after, row)));
                }
                flips += usize::from(before.decision(row) != after.decision(row));
            }
            varies = varies.min(spread(&before) / unit);
        }
        let asked = runs * variants.rows();
        let mut measurements = vec![
            Measurement::new("rows_changed", variants.rows() as f64)
                .unit("rows")
                .bound(Bound::AtLeast(1.0)),
            Measurement::new("output_change_max", change)
                .bound(Bound::AtMost(self.change_max.get())),
            Measurement::new("output_range_over_rows", varies)
                .bound(Bound::Above(self.change_max.get())),
        ];
        if !class_names(&dataset).is_empty() {
            measurements.push(
                Measurement::new("decisions_changed", flips as f64 / asked as f64)
                    .bound(Bound::AtMost(self.flip_max.get())),
            );
        }
        let mut verdict = Verdict::judge(measurements, context.spanning());
        if change > self.change_max.get() || flips > 0 {
            verdict = verdict.with_hint(worst.unwrap_or_default());
        }
        if varies <= self.change_max.get() {
            verdict = verdict.with_hint(
                "the model says the same of every row: that nothing moves it proves nothing",
            );
        }
        Ok(verdict)
    }

    fn planted() -> Planted {
        planted::PLANTED
    }
}

/// How one row's answer moved: `moves P(yes) from 0.31 to 0.62`.
fn moves(dataset: &Dataset, before: &Outputs, after: &Outputs, row: usize) -> String {
    let (output, from, to) = largest_move(before, after, row);
    let name = output_name(dataset, output);
    format!("moves {name} from {from:.4} to {to:.4}")
}

/// The largest range over rows that any output has.
fn spread(outputs: &Outputs) -> f64 {
    let width = outputs.row(0).len();
    let range = |output: usize| {
        let over = (0..outputs.rows()).map(|row| outputs.row(row)[output]);
        over.clone().fold(f64::NEG_INFINITY, f64::max) - over.fold(f64::INFINITY, f64::min)
    };
    (0..width).map(range).fold(0.0, f64::max)
}

/// How a feature differs, in the file's unit: "`age` 41.2 → 43".
fn differences(dataset: &Dataset, before: &[f32], after: &[f32]) -> String {
    let differing = (0..before.len()).filter(|&feature| before[feature] != after[feature]);
    let shown = differing.map(|feature| {
        let [from, to] = [before, after].map(|row| readable(dataset, feature, row[feature]));
        format!("`{}` {from:.4} → {to:.4}", dataset.features[feature])
    });
    let all: Vec<String> = shown.collect();
    match all.len() {
        0..=3 => all.join(", "),
        more => format!("{} and {} further features", all[..3].join(", "), more - 3),
    }
}
