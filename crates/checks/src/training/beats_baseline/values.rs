//! A regression against its baselines.

use seatrial_data::{Dataset, Part};
use seatrial_verdict::{Bound, Measurement, Series, Verdict};

use super::super::outputs::{Outputs, features_of, moments, train_on, validation_rows};
use super::{BeatsBaseline, controls, one_rule};
use crate::statistics::{mean, ratio_over_runs};
use crate::{Context, Outcome};

/// Squared errors: one list a run, one number a validation row.
type Errors = Vec<Vec<f64>>;

pub(super) fn judge(
    check: &BeatsBaseline,
    context: &Context,
    dataset: &Dataset,
    values: &[f32],
) -> Outcome {
    let (train, rows) = (dataset.part(Part::Train), validation_rows(dataset)?);
    let truth: Vec<f64> = rows.iter().map(|&row| f64::from(values[row])).collect();
    let (centre, _) = moments(train.iter().map(|&row| f64::from(values[row])));
    let asked = features_of(dataset, rows);
    let nothing = vec![0.0; asked.len()];
    let errors = |dataset: &Dataset, features: &[f32]| -> Outcome<Errors> {
        let runs = (0..context.runs(1)).map(|run| {
            let mut learner = train_on(context, run, dataset, check.steps)?;
            let said = Outputs::of(context, learner.as_mut(), features)?;
            let error = |(row, value): (usize, &f64)| (said.row(row)[0] - value).powi(2);
            Ok(truth.iter().enumerate().map(error).collect())
        });
        runs.collect()
    };
    let model = errors(dataset, &asked)?;
    let constant: Vec<f64> = truth.iter().map(|value| (value - centre).powi(2)).collect();
    let mut stream = context.streams(0).stream("shuffled-labels");
    let baselines = [
        ("the mean", vec![constant; model.len()]),
        (
            "zeroed input",
            errors(&controls::zeroed(dataset), &nothing)?,
        ),
        (
            "shuffled targets",
            errors(&controls::shuffled(dataset, &mut stream), &asked)?,
        ),
    ];
    let [of_mean, of_blind, of_taught_wrong] = [0, 1, 2].map(|at: usize| overall(&baselines[at].1));
    let best = baselines
        .iter()
        .min_by(|a, b| overall(&a.1).total_cmp(&overall(&b.1)));
    let (best, least) = best.map_or(("the mean", &model), |(name, errors)| (*name, errors));

    let ratio = ratio_over_runs(&model, least, check.false_alarm.get());
    let lead = 1.0 - overall(&model) / of_mean;
    let allowed = Bound::AtLeast(1.0 - controls::allowed(lead));
    let parts = (train, rows);
    let alone = one_rule::best_for_values(dataset, parts, values);
    let alone = alone.map(|alone| (dataset.features[alone.feature].as_str(), alone.score));
    let highest = check.single_feature_max.get();
    let measurements = vec![
        Measurement::new("mse_ratio", ratio.mean)
            .bound(Bound::AtMost(1.0 - check.margin.get()))
            .interval(ratio.low, ratio.high),
        Measurement::new("mse_ratio_zeroed_input_to_mean", of_blind / of_mean).bound(allowed),
        Measurement::new(
            "mse_ratio_shuffled_targets_to_mean",
            of_taught_wrong / of_mean,
        )
        .bound(allowed),
        Measurement::new(
            "single_feature_variance_explained",
            alone.map_or(f64::NAN, |(_, score)| score),
        )
        .bound(Bound::AtMost(highest)),
        Measurement::new("mse", overall(&model)),
        Measurement::new("mse_mean", of_mean),
        Measurement::new("mse_zeroed_input", of_blind),
        Measurement::new("mse_shuffled_targets", of_taught_wrong),
    ];
    let per_run = Series {
        name: "mse".into(),
        x: "run".into(),
        values: model.iter().map(|run| mean(run)).collect(),
    };
    let mut verdict = Verdict::judge(measurements, context.spanning()).with_series([per_run]);
    if let Some((column, score)) = alone.filter(|(_, score)| *score > highest) {
        verdict = verdict.against(format!(
            "column `{column}` alone explains {:.1}% of the variance of `{}`: it holds the \
             target, or was made from it",
            100.0 * score,
            dataset.label
        ));
    }
    if ratio.high > 1.0 - check.margin.get() {
        verdict = verdict.with_hint(format!(
            "on {} validation rows the best baseline is {best}, and the model's mean squared \
             error is {:.3} of its",
            rows.len(),
            ratio.mean
        ));
    }
    Ok(verdict)
}

fn overall(errors: &Errors) -> f64 {
    mean(&errors.iter().map(|run| mean(run)).collect::<Vec<_>>())
}
