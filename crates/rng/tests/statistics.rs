//! Streams look like what they claim to be. Seeds are fixed, so that a test
//! that passes once passes always; bounds are five standard errors.

use seatrial_rng::{Stream, Streams};

const COUNT: usize = 100_000;

fn sample(name: &str, draw: impl Fn(&mut Stream) -> f64) -> Vec<f64> {
    let mut stream = Streams::new(2026).stream(name);
    (0..COUNT).map(|_| draw(&mut stream)).collect()
}

fn moment(values: &[f64], power: i32) -> f64 {
    values.iter().map(|value| value.powi(power)).sum::<f64>() / values.len() as f64
}

/// Kolmogorov and Smirnov's distance to a distribution function.
fn distance(mut values: Vec<f64>, distribution: impl Fn(f64) -> f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let count = values.len() as f64;
    let gaps = values.iter().enumerate().map(|(rank, &value)| {
        let at = distribution(value);
        (at - rank as f64 / count).max((rank + 1) as f64 / count - at)
    });
    gaps.fold(0.0, f64::max)
}

/// The distance that a sample of this size exceeds once in a million.
fn distance_max() -> f64 {
    (-(0.5e-6_f64).ln() / 2.0 / COUNT as f64).sqrt()
}

fn normal_distribution(x: f64) -> f64 {
    0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

#[test]
fn unit_numbers_are_uniform() {
    let values = sample("unit", Stream::unit);
    assert!(distance(values.clone(), |x| x) < distance_max());
    let lag: f64 = values.windows(2).map(|w| (w[0] - 0.5) * (w[1] - 0.5)).sum();
    assert!((lag / COUNT as f64 * 12.0).abs() < 5.0 / (COUNT as f64).sqrt());
}

#[test]
fn normal_numbers_are_normal() {
    let values = sample("normal", Stream::normal);
    let error = 1.0 / (COUNT as f64).sqrt();
    assert!(moment(&values, 1).abs() < 5.0 * error);
    assert!((moment(&values, 2) - 1.0).abs() < 5.0 * 2_f64.sqrt() * error);
    assert!(moment(&values, 3).abs() < 5.0 * 15_f64.sqrt() * error);
    assert!((moment(&values, 4) - 3.0).abs() < 5.0 * 96_f64.sqrt() * error);
    assert!(distance(values, normal_distribution) < distance_max());
}

#[test]
fn truncated_normal_numbers_have_the_density_between_their_bounds() {
    for (low, high) in [(-1.0, 2.0), (1.0, 1.5), (3.0, 9.0), (-7.0, -2.0)] {
        let values = sample("truncated", |s| s.truncated_normal(0.0, 1.0, low, high));
        let (from, to) = (normal_distribution(low), normal_distribution(high));
        let between = |x| (normal_distribution(x) - from) / (to - from);
        assert!(
            distance(values, between) < distance_max(),
            "[{low}, {high}]"
        );
    }
}

#[test]
fn below_has_no_bias() {
    for bound in [2_usize, 3, 7, 10, 97] {
        let mut counts = vec![0.0; bound];
        let mut stream = Streams::new(2026).stream("below");
        (0..COUNT).for_each(|_| counts[stream.below(bound)] += 1.0);
        let expected = COUNT as f64 / bound as f64;
        let squares: f64 = counts.iter().map(|c: &f64| (c - expected).powi(2)).sum();
        let freedom = (bound - 1) as f64;
        assert!(squares / expected < freedom + 6.0 * (2.0 * freedom).sqrt() + 20.0);
    }
    // Where a careless remainder would give the lower half twice as often.
    let mut stream = Streams::new(2026).stream("below");
    let bound = 3_usize << 62;
    let lower = (0..COUNT)
        .filter(|_| stream.below(bound) < bound / 2)
        .count();
    assert!((lower as f64 - COUNT as f64 / 2.0).abs() < 2.5 * (COUNT as f64).sqrt());
}

#[test]
fn every_order_is_equally_likely() {
    let mut stream = Streams::new(2026).stream("orders");
    let mut counts = std::collections::BTreeMap::<Vec<usize>, f64>::new();
    for _ in 0..COUNT {
        *counts.entry(stream.permutation(4)).or_default() += 1.0;
    }
    assert_eq!(counts.len(), 24);
    let expected = COUNT as f64 / 24.0;
    let squares: f64 = counts.values().map(|c| (c - expected).powi(2)).sum();
    // The χ² of 23 degrees of freedom exceeds 75 less than once in a million.
    assert!(squares / expected < 75.0);
}
