//! Training on the same rows with features or classes in another order.

use seatrial_data::{Dataset, Target};
use seatrial_verdict::{Bound, Measurement, Verdict};

use super::super::behaviour::unit_of_outputs;
use super::super::outputs::{Outputs, features_of, train_on, validation_rows};
use super::Metamorphic;
use crate::statistics::{Estimate, mean_over_runs};
use crate::{Context, Failure, Outcome};

/// How often each is trained unless the case says so: an order may by chance
/// be one that changes nothing.
const RUNS: usize = 3;

/// Below this many rows, Student's t says nothing at such small error rates:
/// a few equal differences would look like certainty.
const ROWS_MIN: usize = 20;

/// Columns in another order.
pub(super) fn features(check: &Metamorphic, context: &Context) -> Outcome {
    let dataset = context.dataset()?;
    let rows = enough_rows(&dataset)?;
    let weights = weights(&dataset, rows);
    let mut differences = Vec::new();
    for run in 0..context.runs(RUNS) {
        let mut order: Vec<usize> = (0..dataset.features.len()).collect();
        context
            .streams(run)
            .stream("feature-order")
            .shuffle(&mut order);
        let mut permuted = (*dataset).clone();
        let all: Vec<usize> = (0..dataset.rows()).collect();
        let values = all
            .iter()
            .flat_map(|&row| order.iter().map(move |&from| (row, from)));
        permuted.values = values.map(|(row, from)| dataset.row(row)[from]).collect();
        let plain = scores(check, context, run, &dataset, &|class| class)?;
        let other = scores(check, context, run, &permuted, &|class| class)?;
        let weighted = plain.iter().zip(&other).zip(&weights);
        differences.push(weighted.map(|((a, b), weight)| (b - a) * weight).collect());
    }
    let estimate = mean_over_runs(&differences, check.false_alarm.get());
    let verdict = Verdict::judge(
        vec![measurement("score_difference", &estimate, check)],
        context.spanning(),
    );
    Ok(verdict.with_hint(about(&estimate, check, rows.len(), || {
        format!(
            "with its columns in another order the same data gives a score that is {:.3} \
             {}: does the model treat columns by their place?",
            estimate.mean.abs(),
            if estimate.mean < 0.0 {
                "lower"
            } else {
                "higher"
            }
        )
    })))
}

/// Classes under another index.
pub(super) fn labels(check: &Metamorphic, context: &Context) -> Outcome {
    let dataset = context.dataset()?;
    let Target::Classes { names, labels } = &dataset.target else {
        let message = "`label-permutation` needs classes; the dataset has a number to predict";
        return Err(Failure::Case(message.into()));
    };
    let rows = enough_rows(&dataset)?;
    let classes = names.len();
    let mut differences = Vec::new();
    for run in 0..context.runs(RUNS) {
        // From 1 to one less than the classes: every class gets another index.
        let places = 1 + run % (classes - 1);
        let renamed_class = |class: usize| (class + places) % classes;
        let mut renamed = (*dataset).clone();
        if let Target::Classes { labels, .. } = &mut renamed.target {
            for label in labels {
                *label = renamed_class(*label as usize) as u32;
            }
        }
        let plain = scores(check, context, run, &dataset, &|class| class)?;
        let other = scores(check, context, run, &renamed, &renamed_class)?;
        let paired = plain.iter().zip(&other);
        differences.push(paired.map(|(a, b)| b - a).collect::<Vec<f64>>());
    }
    let share = check.false_alarm.get() / classes as f64;
    let (mut measurements, mut hints) = (Vec::new(), Vec::new());
    for (class, name) in names.iter().enumerate() {
        let members: Vec<usize> = (0..rows.len())
            .filter(|&place| labels[rows[place]] as usize == class)
            .collect();
        let of_class = |run: &Vec<f64>| members.iter().map(|&place| run[place]).collect();
        let of_runs: Vec<Vec<f64>> = differences.iter().map(of_class).collect();
        let estimate = mean_over_runs(&of_runs, share);
        measurements.push(measurement(
            &format!("recall_difference_{name}"),
            &estimate,
            check,
        ));
        hints.push(about(&estimate, check, members.len(), || {
            format!(
                "class `{name}` is recognised {:.3} {} often at index {class} than at other \
                 indices: does the loss or the decision treat this index differently?",
                estimate.mean.abs(),
                if estimate.mean > 0.0 { "less" } else { "more" }
            )
        }));
    }
    let verdict = Verdict::judge(measurements, context.spanning());
    Ok(hints.into_iter().fold(verdict, Verdict::with_hint))
}

/// The validation rows, unless they are too few for the interval.
fn enough_rows(dataset: &Dataset) -> Outcome<&[usize]> {
    let rows = validation_rows(dataset)?;
    if rows.len() < ROWS_MIN {
        return Err(Failure::Case(format!(
            "{} validation rows are too few to compare two trainings; {ROWS_MIN} are needed",
            rows.len()
        )));
    }
    Ok(rows)
}

/// How well one training on a dataset did on each validation row: whether the
/// decision was right, or minus the squared error in units of the variance.
fn scores(
    check: &Metamorphic,
    context: &Context,
    run: usize,
    dataset: &Dataset,
    class_as_trained: &dyn Fn(usize) -> usize,
) -> Outcome<Vec<f64>> {
    let rows = validation_rows(dataset)?;
    let mut learner = train_on(context, run, dataset, check.steps)?;
    let said = Outputs::of(context, learner.as_mut(), &features_of(dataset, rows))?;
    let original = context.dataset()?;
    let unit = unit_of_outputs(dataset);
    let score = |(place, &row): (usize, &usize)| match &original.target {
        Target::Classes { labels, .. } => {
            let right = class_as_trained(labels[row] as usize) == said.decision(place);
            f64::from(u8::from(right))
        }
        Target::Values(values) => -((said.row(place)[0] - f64::from(values[row])) / unit).powi(2),
    };
    Ok(rows.iter().enumerate().map(score).collect())
}

/// Weights under which a mean over rows is a mean over classes.
fn weights(dataset: &Dataset, rows: &[usize]) -> Vec<f64> {
    let Target::Classes { names, labels } = &dataset.target else {
        return vec![1.0; rows.len()];
    };
    let mut counts = vec![0_usize; names.len()];
    rows.iter()
        .for_each(|&row| counts[labels[row] as usize] += 1);
    let present = counts.iter().filter(|&&count| count > 0).count();
    let weight = |&row: &usize| rows.len() as f64 / (present * counts[labels[row] as usize]) as f64;
    rows.iter().map(weight).collect()
}

fn measurement(name: &str, estimate: &Estimate, check: &Metamorphic) -> Measurement {
    let margin = check.margin.get();
    Measurement::new(name, estimate.mean)
        .bound(Bound::Between(-margin, margin))
        .interval(estimate.low, estimate.high)
}

/// What to say of an estimate that does not lie within the margin.
fn about(
    estimate: &Estimate,
    check: &Metamorphic,
    rows: usize,
    cause: impl Fn() -> String,
) -> String {
    let margin = check.margin.get();
    if estimate.low >= -margin && estimate.high <= margin {
        return String::new();
    }
    if estimate.low > margin || estimate.high < -margin {
        return cause();
    }
    let room = margin - estimate.mean.abs();
    let needed = rows as f64 * (estimate.detectable() / room).powi(2);
    if room > 0.0 && needed.is_finite() {
        format!(
            "{rows} rows cannot tell; about {:.0} would do",
            needed.ceil()
        )
    } else {
        format!("{rows} rows cannot tell")
    }
}
