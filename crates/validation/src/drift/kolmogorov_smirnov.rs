//! The largest distance between two distribution functions.

use std::f64::consts::{LN_2, PI};

/// The distance, from effective rows of both tables in ascending cells.
pub(super) fn distance(cells: &[[f64; 2]], totals: [f64; 2]) -> f64 {
    let (mut below, mut largest) = ([0.0; 2], 0.0_f64);
    for cell in cells {
        below[0] += cell[0];
        below[1] += cell[1];
        largest = largest.max((below[0] / totals[0] - below[1] / totals[1]).abs());
    }
    largest.min(1.0)
}

/// √(1/n + 1/m): what a distance is measured against.
fn unit([n, m]: [f64; 2]) -> f64 {
    (1.0 / n + 1.0 / m).sqrt()
}

/// The mean distance of two samples of one continuous distribution: that of the
/// Kolmogorov distribution, √(π/2) ln 2 (Marsaglia, Tsang and Wang, 2003).
pub(super) fn expected(totals: [f64; 2]) -> f64 {
    (PI / 2.0).sqrt() * LN_2 * unit(totals)
}

/// The chance of a larger distance between samples of one distribution, in the
/// limit of many rows (Smirnov, 1948), which errs on the side of a larger chance
/// for few rows and for tied values.
pub(super) fn p_value(distance: f64, totals: [f64; 2]) -> f64 {
    upper_tail(distance / unit(totals))
}

fn upper_tail(x: f64) -> f64 {
    if x < 0.2 {
        // One to sixteen digits by here, where the series alternates long.
        return 1.0;
    }
    let mut sum = 0.0;
    for k in 1..=100 {
        let k = f64::from(k);
        let term = (-2.0 * k * k * x * x).exp();
        sum += if k % 2.0 == 1.0 { term } else { -term };
        if term < 1e-17 * sum {
            break;
        }
    }
    (2.0 * sum).clamp(0.0, 1.0)
}

/// The distance from which on the chance is below `false_alarm`.
pub(super) fn detectable(false_alarm: f64, totals: [f64; 2]) -> f64 {
    let (mut low, mut high) = (0.2, 10.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if upper_tail(middle) > false_alarm {
            low = middle;
        } else {
            high = middle;
        }
    }
    high * unit(totals)
}
