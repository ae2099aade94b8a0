//! A regression against its baselines.

use seatrial_data::{Dataset, Part};
use seatrial_verdict::{Bound, Measurement, Series, Verdict};

use super::super::outputs::{
    Outputs, Train, features_of, moments, train_on, trained, validation_rows,
};
use super::{BeatsBaseline, controls, one_rule};
use crate::statistics::{mean, ratio_over_runs};
use crate::{Context, Outcome};

pub(super) fn judge(
    check: &BeatsBaseline,
    context: &Context,
    dataset: &Dataset,
    values: &[f32],
) -> Outcome {
    let (train, rows) = (dataset.part(Part::Train), validation_rows(dataset)?);
    let [model, of_mean, blind, taught_wrong] = &Squares::all(check, context, dataset, values)?;
    let baselines = [of_mean, blind, taught_wrong];
    let best = baselines
        .into_iter()
        .min_by(|a, b| a.mean().total_cmp(&b.mean()))
        .unwrap_or(of_mean);
    let ratio = ratio_over_runs(&model.runs, &best.runs, check.false_alarm.get());
    let goal = 1.0 - check.margin.get();
    let lead = 1.0 - model.mean() / of_mean.mean();
    let allowed = Bound::AtLeast(1.0 - controls::allowed(lead));
    let alone = one_rule::best_for_values(dataset, (train, rows), values);
    let (column, alone) = one_rule::named(dataset, alone);
    let highest = check.single_feature_max.get();

    let mut measurements = vec![
        Measurement::new("mse_ratio", ratio.mean)
            .bound(Bound::AtMost(goal))
            .interval(ratio.low, ratio.high),
    ];
    for control in [blind, taught_wrong] {
        let name = format!("mse_ratio_{}_to_mean", control.name);
        let share = control.mean() / of_mean.mean();
        measurements.push(Measurement::new(name, share).bound(allowed));
    }
    measurements.push(
        Measurement::new("single_feature_variance_explained", alone).bound(Bound::AtMost(highest)),
    );
    let shown = [model, of_mean, blind, taught_wrong];
    measurements.extend(
        shown.map(|squares| Measurement::new(format!("mse_{}", squares.name), squares.mean())),
    );
    let of_runs = model.runs.iter().map(|run| mean(run)).collect();
    let per_run = Series::over("run", "mse", of_runs);
    let mut verdict = Verdict::judge(measurements, context.spanning()).with_series([per_run]);
    if alone > highest {
        verdict = verdict.against(format!(
            "column `{column}` alone explains {:.1}% of the variance of `{}`: it holds the \
             target, or was made from it",
            100.0 * alone,
            dataset.label
        ));
    }
    if ratio.high > goal {
        verdict = verdict.with_hint(format!(
            "the best baseline is `{}`; on {} validation rows the model's mean squared error is \
             {:.3} times its",
            best.name,
            rows.len(),
            ratio.mean
        ));
    }
    let (way, reach) = (goal - ratio.mean, ratio.high - ratio.mean);
    if way > 0.0 && reach > way {
        let needed = (rows.len() as f64 * (reach / way).powi(2)).ceil();
        verdict = verdict.with_hint(format!("about {needed} validation rows would do"));
    }
    Ok(verdict)
}

/// Squared errors: one list a run, one number a validation row.
struct Squares {
    name: &'static str,
    runs: Vec<Vec<f64>>,
}

impl Squares {
    /// Of the model and its baselines: the mean, zeroed input, shuffled targets.
    fn all(
        check: &BeatsBaseline,
        context: &Context,
        dataset: &Dataset,
        values: &[f32],
    ) -> Outcome<[Self; 4]> {
        let rows = validation_rows(dataset)?;
        let truth: Vec<f64> = rows.iter().map(|&row| f64::from(values[row])).collect();
        let errors = |name, dataset: &Dataset, train: Train| -> Outcome<Self> {
            let asked = features_of(dataset, rows);
            let runs = (0..context.runs(1)).map(|run| {
                let mut learner = train(context, run, dataset, check.steps)?;
                let said = Outputs::of(context, learner.as_mut(), &asked)?;
                let square = |(row, value): (usize, &f64)| (said.row(row)[0] - value).powi(2);
                Ok(truth.iter().enumerate().map(square).collect())
            });
            let runs = runs.collect::<Outcome<_>>()?;
            Ok(Self { name, runs })
        };
        let train = dataset.part(Part::Train).iter();
        let (centre, _) = moments(train.map(|&row| f64::from(values[row])));
        let constant: Vec<f64> = truth.iter().map(|value| (value - centre).powi(2)).collect();
        let of_mean = Self {
            name: "mean",
            runs: vec![constant; context.runs(1)],
        };
        let mut stream = context.streams(0).stream("shuffled-labels");
        let shuffled = controls::shuffled(dataset, &mut stream);
        Ok([
            errors("model", dataset, trained)?,
            of_mean,
            errors("zeroed_input", &controls::zeroed(dataset), train_on)?,
            errors("shuffled_targets", &shuffled, train_on)?,
        ])
    }

    fn mean(&self) -> f64 {
        mean(&self.runs.iter().map(|run| mean(run)).collect::<Vec<_>>())
    }
}
