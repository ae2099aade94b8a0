//! How a trained model's answers move when its input is changed: shared by
//! `invariance` and `directional`.

use seatrial_data::{Dataset, Part, Target};

use super::outputs::{Outputs, moments};
use crate::check::{Failure, Outcome};

/// The classes that a dataset names; none for a regression.
pub(super) fn class_names(dataset: &Dataset) -> &[String] {
    match &dataset.target {
        Target::Classes { names, .. } => names,
        Target::Values(_) => &[],
    }
}

/// What one unit of an output is: a probability as it is, a value by the
/// standard deviation of the training targets.
pub(super) fn unit_of_outputs(dataset: &Dataset) -> f64 {
    match &dataset.target {
        Target::Classes { .. } => 1.0,
        Target::Values(values) => {
            let train = dataset.part(Part::Train).iter();
            moments(train.map(|&row| f64::from(values[row]))).1
        }
    }
}

/// The output that moved most between two answers to a row: its place and its
/// two values.
pub(super) fn largest_move(before: &Outputs, after: &Outputs, row: usize) -> (usize, f64, f64) {
    let both = before.row(row).iter().zip(after.row(row));
    let moves = both.enumerate().map(|(at, (&b, &a))| (at, b, a));
    let by = |(_, b, a): &(usize, f64, f64)| (a - b).abs();
    moves
        .max_by(|x, y| by(x).total_cmp(&by(y)))
        .unwrap_or((0, f64::NAN, f64::NAN))
}

/// What an output is called: `P(yes)`, or the label's name.
pub(super) fn output_name(dataset: &Dataset, output: usize) -> String {
    match class_names(dataset).get(output) {
        Some(class) => format!("P({class})"),
        None => format!("`{}`", dataset.label),
    }
}

/// A feature's value in the unit of the file, for people; as models see it
/// where scaling lost it.
pub(super) fn readable(dataset: &Dataset, feature: usize, value: f32) -> f64 {
    let raw = dataset.unscaled(feature, value);
    raw.unwrap_or(f64::from(value))
}

/// Adds a difference in the file's unit to a feature of a row.
///
/// # Errors
/// When the feature is constant in training: the model never saw it vary, and
/// scaling made it zero.
pub(super) fn shift(dataset: &Dataset, feature: usize, row: &mut [f32], by: f64) -> Outcome<()> {
    let factor = changeable(dataset, feature)?;
    row[feature] = (f64::from(row[feature]) + factor * by) as f32;
    Ok(())
}

/// How much one unit of the file is to the model, unless that is nothing.
pub(super) fn changeable(dataset: &Dataset, feature: usize) -> Outcome<f64> {
    let factor = dataset.scale_of(feature);
    if factor == 0.0 {
        let name = &dataset.features[feature];
        return Err(Failure::Case(format!(
            "feature `{name}` is constant in the training part: changing it cannot reach the model"
        )));
    }
    Ok(factor)
}
