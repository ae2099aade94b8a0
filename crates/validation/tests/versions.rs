//! How the areas under the ROC curve of two versions compare.
#![expect(clippy::unwrap_used, reason = "tests")]

use seatrial_rng::Streams;
use seatrial_validation::Metric;
use seatrial_validation::evidence::{BinaryOptions, Evidence, Paired, PairedBinary, Reads};
use seatrial_validation::interval::Estimate;
use seatrial_validation::metric::{Confidence, families};

/// Scores of two versions that differ in so much noise, of rows of which this
/// share is positive.
fn two_versions(rows: usize, share: f64, noise: f64) -> (Vec<f64>, Vec<f64>, Vec<bool>) {
    let mut stream = Streams::new(21).stream("two versions");
    let (mut a, mut b, mut labels) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rows {
        let label = stream.chance(share);
        let shared = stream.normal() + if label { 1.0 } else { -0.2 };
        let mut score = || 1.0 / (1.0 + (-(shared + noise * stream.normal())).exp());
        a.push(score());
        b.push(score());
        labels.push(label);
    }
    (a, b, labels)
}

fn area_difference(table: PairedBinary) -> Estimate {
    let metric = Metric::parse("roc_auc").unwrap();
    let confidence = Confidence::new(0.05, Streams::new(1));
    let table = table.finish();
    let difference = metric.compare(Paired::Binary(&table), &confidence);
    difference.unwrap().difference
}

fn half(estimate: &Estimate) -> f64 {
    0.5 * (estimate.high - estimate.low)
}

#[test]
fn versions_that_say_the_same_are_told_by_no_more_rows_than_two_that_differ() {
    let of = |a: &[f64], b: &[f64], labels: &[bool]| {
        let mut table = PairedBinary::new(BinaryOptions::default());
        table.update(a, b, labels, None).unwrap();
        area_difference(table)
    };
    let (a, mut b, labels) = two_versions(300, 0.2, 0.5);
    let differ = of(&a, &b, &labels);
    let same = of(&a, &a, &labels);
    assert_eq!(same.value, 0.0);
    assert!(0.0 < half(&same) && half(&same) < half(&differ), "{same:?}");
    // One row that moved a little makes next to no difference.
    b.clone_from(&a);
    b[7] += 1e-3;
    let moved = of(&a, &b, &labels);
    assert!((half(&moved) - half(&same)).abs() < 0.01 * half(&same));
    // Four rows prove nothing about the fifth.
    let few = of(
        &[0.1, 0.2, 0.8, 0.9],
        &[0.1, 0.2, 0.8, 0.9],
        &[false, false, true, true],
    );
    assert!(half(&few) > 0.3, "{few:?}");
}

#[test]
fn some_pairs_of_many_tell_how_much_two_versions_vary() {
    for (share, weighted) in [(0.4, false), (0.4, true), (0.003, false)] {
        let (a, b, labels) = two_versions(300_000, share, 0.4);
        let weights: Vec<f64> = (0..a.len()).map(|row| 0.5 + (row % 3) as f64).collect();
        let weights = weighted.then_some(weights.as_slice());
        let of = |stands_for: u32| {
            let mut table = PairedBinary::new(BinaryOptions::default());
            table.thin(stands_for);
            table.update(&a, &b, &labels, weights).unwrap();
            area_difference(table)
        };
        let (all, some) = (of(0), of(4));
        assert_eq!(all.value, some.value);
        let off = half(&some) / half(&all) - 1.0;
        assert!(off.abs() < 0.02, "{share} {weighted}: {off}");
    }
}

#[test]
fn what_a_metric_reads_is_enough_for_it() {
    let (a, b, labels) = two_versions(500, 0.4, 0.4);
    let confidence = Confidence {
        resamples: 50,
        ..Confidence::new(0.05, Streams::new(1))
    };
    let mut asked = 0;
    let names = families().iter().flat_map(|family| family.about.names);
    for name in names
        .copied()
        .chain(["f0.5", "ece@3", "recall_at_precision@0.5"])
    {
        // Some families are only names with a number behind them.
        let Ok(metric) = Metric::parse(name) else {
            continue;
        };
        let of = |reads: Reads| {
            let mut table = PairedBinary::new(BinaryOptions {
                reads,
                ..BinaryOptions::default()
            });
            table.update(&a, &b, &labels, None).unwrap();
            let table = table.finish();
            let alone = metric.estimate(Evidence::Binary(table.candidate()), &confidence);
            let compared = metric.compare(Paired::Binary(&table), &confidence);
            (alone, compared)
        };
        let all = of(Reads::ALL);
        asked += usize::from(all.0.is_ok());
        assert_eq!(of(Reads::of([&metric])), all, "{name}");
    }
    assert!(asked > 20, "{asked} metrics have figures");
}
