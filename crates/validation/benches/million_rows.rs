//! What is asked of a million predictions: building the table, the area under
//! the ROC curve, DeLong's interval of the difference of two areas, and a paired
//! bootstrap of a thousand resamples.
//!
//! `peer_million_rows.py` beside it measures the same in NumPy and
//! scikit-learn; `ci/bench-validation.sh` runs both in turn and prints ratios.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use seatrial_rng::Streams;
use seatrial_validation::comparison;
use seatrial_validation::evidence::{Binary, BinaryOptions, Paired, PairedBinary};
use seatrial_validation::interval::delong;
use seatrial_validation::metric::Confidence;
use seatrial_validation::{Metric, comparison::bootstrap_roc_auc};

const ROWS: usize = 1_000_000;

/// Labels, and two scores that agree for the most part; all scores different.
fn rows() -> (Vec<bool>, Vec<f64>, Vec<f64>) {
    let mut stream = Streams::new(1).stream("bench/rows");
    let (mut labels, mut a, mut b) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROWS {
        let label = stream.chance(0.1);
        let shared = stream.normal() + if label { 1.0 } else { 0.0 };
        let mut score = || 1.0 / (1.0 + (-(shared + 0.3 * stream.normal())).exp());
        a.push(score());
        b.push(score());
        labels.push(label);
    }
    (labels, a, b)
}

fn million_rows(criterion: &mut Criterion) {
    let (labels, a, b) = rows();
    // As exact as it gets: a cell for every pair of scores.
    let options = BinaryOptions {
        budget: 1 << 20,
        ..BinaryOptions::default()
    };
    let paired = || {
        let mut table = PairedBinary::new(options);
        table.update(&a, &b, &labels, None).unwrap();
        table.finish()
    };
    let table = paired();
    let mut group = criterion.benchmark_group("million_rows");
    group.sample_size(10);
    group.bench_function("roc_auc", |bencher| {
        bencher.iter(|| {
            let mut table = Binary::new(options);
            table.update(&a, &labels, None).unwrap();
            delong(black_box(table.finish().scores())).unwrap().value
        });
    });
    group.bench_function("reduce-both", |bencher| bencher.iter(paired));
    group.bench_function("delong-of-reduced", |bencher| {
        bencher.iter(|| comparison::delong(black_box(&table)).unwrap());
    });
    group.bench_function("delong-of-rows", |bencher| {
        bencher.iter(|| comparison::delong(&paired()).unwrap());
    });
    let confidence = Confidence {
        resamples: 1000,
        ..Confidence::new(0.05, Streams::new(2))
    };
    group.bench_function("bootstrap-of-rows", |bencher| {
        bencher.iter(|| bootstrap_roc_auc(&paired(), &confidence).unwrap());
    });
    group.bench_function("bootstrap-of-reduced", |bencher| {
        bencher.iter(|| bootstrap_roc_auc(black_box(&table), &confidence).unwrap());
    });
    let average_precision = Metric::parse("average_precision").unwrap();
    group.bench_function("bootstrap-average-precision-of-reduced", |bencher| {
        bencher.iter(|| {
            average_precision
                .compare(Paired::Binary(black_box(&table)), &confidence)
                .unwrap()
        });
    });
    group.finish();
}

criterion_group!(benches, million_rows);
criterion_main!(benches);
