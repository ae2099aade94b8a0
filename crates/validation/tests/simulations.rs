//! How often intervals miss and rules alarm, by simulation: what no recorded
//! value can tell. Slow, so part of the slow tier:
//!
//! ```sh
//! cargo test --workspace --test simulations -- --include-ignored
//! ```
//!
//! Whole checks are tried in `crates/checks/tests/false_alarms.rs`.
//!
//! Coverage of 95% is 94 to 96 percent of thousands of repeats. Rates of false
//! alarms are held to what is stated plus five standard errors of the simulation
//! itself. All draws are seeded.

#[path = "simulations/clusters.rs"]
mod clusters;
#[path = "simulations/pairs.rs"]
mod pairs;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use seatrial_rng::{Stream, Streams};
use seatrial_validation::Metric;
use seatrial_validation::comparison::{Ruling, non_inferiority};
use seatrial_validation::drift::{Categories, Measure, Numbers, Profile, compare, rule};
use seatrial_validation::evidence::{
    Binary, BinaryOptions, Evidence, Paired, PairedBinary, Regression,
};
use seatrial_validation::metric::Confidence;
use seatrial_validation::table::Mass;

fn main() -> ExitCode {
    let mut trials = Vec::new();
    for (metric, rows) in [
        ("accuracy", 200),
        ("recall", 600),
        ("f1", 400),
        ("balanced_accuracy", 400),
        ("matthews_corrcoef", 400),
        ("log_loss", 400),
        ("brier", 400),
        ("roc_auc", 300),
        ("average_precision", 400),
        ("recall_at_alert_rate@0.2", 400),
        ("lift@0.1", 600),
        ("recall_at_precision@0.7", 1000),
        ("cohen_kappa", 400),
        ("ece@10", 1000),
    ] {
        let name = format!("a-95-percent-interval-of-{metric}-covers-95-percent");
        trials.push(Trial::test(name, move || binary_coverage(metric, rows)));
    }
    for metric in ["mae", "rmse", "r2", "pinball@0.9"] {
        let name = format!("a-95-percent-interval-of-{metric}-covers-95-percent");
        trials.push(Trial::test(name, move || regression_coverage(metric)));
    }
    for metric in ["accuracy", "f1", "log_loss", "roc_auc", "average_precision"] {
        let name = format!("equal-models-seldom-regress-by-{metric}");
        trials.push(Trial::test(name, move || equal_models(metric)));
    }
    clusters::trials(&mut trials);
    pairs::trials(&mut trials);
    for (rows, repeats) in [(100, 2000), (10_000, 1000)] {
        let name = format!("two-halves-of-{rows}-rows-seldom-drift");
        trials.push(Trial::test(name, move || two_halves(rows, repeats)));
    }
    trials.push(Trial::test(
        "two-halves-of-1000000-rows-seldom-drift",
        || reduced_halves(1_000_000, 1000),
    ));
    let trials = trials
        .into_iter()
        .map(|trial| trial.with_ignored_flag(true))
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn streams(name: &str) -> Streams {
    Streams::new(11).child(name)
}

/// A label, and the scores of two versions that are as good as each other.
fn row(stream: &mut Stream) -> (bool, f64, f64) {
    let label = stream.chance(0.4);
    let shared = 0.8 * stream.normal() + if label { 1.0 } else { -0.2 };
    let mut score = || 1.0 / (1.0 + (-(shared + 0.5 * stream.normal())).exp());
    (label, score(), score())
}

fn binary(stream: &mut Stream, rows: usize) -> Result<PairedBinary, Failed> {
    let (mut labels, mut a, mut b) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rows {
        let (label, first, second) = row(stream);
        labels.push(label);
        a.push(first);
        b.push(second);
    }
    let mut table = PairedBinary::new(BinaryOptions::default());
    table.update(&a, &b, &labels, None)?;
    Ok(table.finish())
}

/// The figure of so many rows that it is the true one for our purpose.
fn truth(metric: &Metric) -> Result<f64, Failed> {
    let mut stream = streams("truth").stream("rows");
    let mut table = Binary::new(BinaryOptions::default());
    for _ in 0..400 {
        let rows: Vec<_> = (0..10_000).map(|_| row(&mut stream)).collect();
        let scores: Vec<f64> = rows.iter().map(|row| row.1).collect();
        let labels: Vec<bool> = rows.iter().map(|row| row.0).collect();
        table.update(&scores, &labels, None)?;
    }
    Ok(metric.value(Evidence::Binary(&table.finish()))?)
}

/// Within 94 to 96 percent, without allowance: there are so many repeats that the
/// simulation's own error is a third of that or less.
fn covers(covered: usize, repeats: usize) -> Result<(), Failed> {
    let share = covered as f64 / repeats as f64;
    assert!(repeats >= 4_000, "too few repeats to tell");
    if (share - 0.95).abs() > 0.01 {
        return Err(format!("{covered} of {repeats} intervals hold the true figure").into());
    }
    Ok(())
}

fn confidence(false_alarm: f64, repeat: usize) -> Confidence {
    Confidence {
        resamples: 500,
        ..Confidence::new(false_alarm, streams(&format!("resample/{repeat}")))
    }
}

fn binary_coverage(name: &str, rows: usize) -> Result<(), Failed> {
    let metric = Metric::parse(name)?;
    let truth = truth(&metric)?;
    let repeats = 4000;
    let mut covered = 0;
    for repeat in 0..repeats {
        let mut stream = streams(name).stream(&repeat.to_string());
        let table = binary(&mut stream, rows)?;
        let candidate = Evidence::Binary(table.candidate());
        let estimate = metric.estimate(candidate, &confidence(0.05, repeat))?;
        covered += usize::from((estimate.low..=estimate.high).contains(&truth));
    }
    covers(covered, repeats)
}

fn regression_coverage(name: &str) -> Result<(), Failed> {
    let metric = Metric::parse(name)?;
    let table = |stream: &mut Stream, rows: usize| -> Result<Regression, Failed> {
        let y: Vec<f64> = (0..rows).map(|_| 5.0 + 2.0 * stream.normal()).collect();
        let p: Vec<f64> = y.iter().map(|y| y + stream.normal()).collect();
        let mut table = Regression::new();
        table.update(&p, &y, None)?;
        Ok(table)
    };
    let large = table(&mut streams("truth").stream(name), 2_000_000)?;
    let truth = metric.value(Evidence::Regression(&large))?;
    let repeats = 4000;
    let mut covered = 0;
    for repeat in 0..repeats {
        let table = table(&mut streams(name).stream(&repeat.to_string()), 300)?;
        let estimate = metric.estimate(Evidence::Regression(&table), &confidence(0.05, repeat))?;
        covered += usize::from((estimate.low..=estimate.high).contains(&truth));
    }
    covers(covered, repeats)
}

fn equal_models(name: &str) -> Result<(), Failed> {
    let metric = Metric::parse(name)?;
    let (repeats, false_alarm) = (2000, 0.05);
    let (mut failed, mut missed) = (0, 0);
    for repeat in 0..repeats {
        let mut stream = streams(name).child("equal").stream(&repeat.to_string());
        let table = binary(&mut stream, 250)?;
        let compared = metric.compare(Paired::Binary(&table), &confidence(false_alarm, repeat))?;
        let difference = compared.difference;
        // Without a margin, the strictest question there is.
        let ruled = non_inferiority(&difference, metric.direction(), 0.0, 250);
        failed += usize::from(ruled.ruling == Ruling::Fail);
        missed += usize::from(!(difference.low..=difference.high).contains(&0.0));
    }
    // Either side of the interval has half of the rate.
    at_most(failed, repeats, false_alarm / 2.0, "equal models failed")?;
    at_most(missed, repeats, false_alarm, "intervals missed zero")
}

fn at_most(seen: usize, repeats: usize, rate: f64, what: &str) -> Result<(), Failed> {
    let allowed = rate + 5.0 * (rate * (1.0 - rate) / repeats as f64).sqrt();
    if seen as f64 > allowed * repeats as f64 {
        return Err(format!("{seen} of {repeats} {what}, the rate is {rate}").into());
    }
    Ok(())
}

/// Four columns of different kinds. Any effect counts, so that significance
/// alone has to hold the rate.
fn two_halves(rows: usize, repeats: usize) -> Result<(), Failed> {
    let false_alarm = 0.05;
    let mut alarms = 0;
    for repeat in 0..repeats {
        let mut stream = streams("halves")
            .child(&rows.to_string())
            .stream(&repeat.to_string());
        let mut half = || columns(&mut stream, rows / 2);
        let (old, new) = (half()?, half()?);
        let drifts = old
            .iter()
            .zip(&new)
            .map(|(old, new)| compare(old, new))
            .collect::<Result<Vec<_>, _>>()?;
        let ruled: Vec<_> = drifts
            .iter()
            .map(|drift| (drift, Measure::Psi, 0.0))
            .collect();
        alarms += usize::from(
            rule(&ruled, false_alarm)?
                .iter()
                .any(|column| column.drifted),
        );
    }
    at_most(alarms, repeats, false_alarm, "comparisons alarmed")
}

/// A Poisson number; of a large mean, rounded from a normal one.
fn poisson(stream: &mut Stream, mean: f64) -> u64 {
    if mean > 100.0 {
        return (mean + mean.sqrt() * stream.normal()).round().max(0.0) as u64;
    }
    let (mut count, mut left) = (0, (-mean).exp());
    let mut below = stream.unit() - left;
    while below > 0.0 && count < 1_000 {
        count += 1;
        left *= mean / count as f64;
        below -= left;
    }
    count
}

/// As [`two_halves`], of tables as they are when rows have been reduced: rows
/// fall into cells, each cell's rows are a Poisson number.
fn reduced_halves(rows: usize, repeats: usize) -> Result<(), Failed> {
    let false_alarm = 0.05;
    let cells: Vec<f64> = (0..400)
        .map(|cell| (f64::from(cell) / 40.0).exp())
        .collect();
    let mut alarms = 0;
    for repeat in 0..repeats {
        let mut stream = streams("reduced").stream(&repeat.to_string());
        let (mut numbers, mut categories) = (Vec::new(), Vec::new());
        for _ in 0..2 {
            let mean = rows as f64 / 2.0 / cells.len() as f64;
            let counts: Vec<u64> = cells.iter().map(|_| poisson(&mut stream, mean)).collect();
            let each = cells.iter().zip(&counts);
            let values = each.flat_map(|(value, count)| vec![*value; *count as usize]);
            let mut column = Numbers::new(Numbers::BUDGET);
            column.update(&values.collect::<Vec<_>>(), None)?;
            numbers.push(Profile::Numbers(column.finish()));
            let mut column = Categories::new(Categories::BUDGET);
            for category in 0..50_u32 {
                let share = (f64::from(50 - category) / 50.0).powi(4) / 10.507;
                let count = poisson(&mut stream, share * rows as f64 / 2.0);
                column.add(Some(&format!("category {category}")), Mass::of_rows(count))?;
            }
            categories.push(Profile::Categories(column));
        }
        let drifts = [
            compare(&numbers[0], &numbers[1])?,
            compare(&categories[0], &categories[1])?,
        ];
        let ruled = drifts.each_ref().map(|drift| (drift, Measure::Psi, 0.0));
        let ruled = rule(&ruled, false_alarm)?;
        alarms += usize::from(ruled.iter().any(|column| column.drifted));
    }
    at_most(alarms, repeats, false_alarm, "comparisons alarmed")
}

fn columns(stream: &mut Stream, rows: usize) -> Result<Vec<Profile>, Failed> {
    let mut numbers = |draw: fn(&mut Stream) -> f64| -> Result<Profile, Failed> {
        let values: Vec<f64> = (0..rows).map(|_| draw(stream)).collect();
        let mut profile = Numbers::new(Numbers::BUDGET);
        profile.update(&values, None)?;
        Ok(Profile::Numbers(profile.finish()))
    };
    let normal = numbers(Stream::normal)?;
    let skewed = numbers(|stream| (2.0 * stream.normal()).exp())?;
    let few = numbers(|stream| (3.0 * stream.unit()).floor())?;
    let mut counts = [0_u64; 50];
    for _ in 0..rows {
        // Some frequent, most rare.
        counts[(50.0 * stream.unit().powi(3)) as usize] += 1;
    }
    let mut categories = Categories::new(Categories::BUDGET);
    for (category, count) in counts.iter().enumerate() {
        categories.add(Some(&format!("category {category}")), Mass::of_rows(*count))?;
    }
    Ok(vec![normal, skewed, few, Profile::Categories(categories)])
}
