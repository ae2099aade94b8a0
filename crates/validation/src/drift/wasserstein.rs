//! The area between two distribution functions.

use std::f64::consts::PI;

/// A value with the effective rows of both tables.
pub(super) type At = (f64, [f64; 2]);

/// The first Wasserstein distance (Vallender, 1974), from ascending values.
pub(super) fn distance(values: &[At], totals: [f64; 2]) -> f64 {
    between(values, totals, |[p, q]| (p - q).abs())
}

/// The mean distance of two samples of the pooled distribution: where the
/// distribution function is F, the two samples' differ by a normal number of
/// variance F (1 − F) (1/n + 1/m), whose absolute value has the mean √(2/π) σ.
pub(super) fn expected(values: &[At], totals: [f64; 2]) -> f64 {
    let [n, m] = totals;
    between(values, totals, |[p, q]| {
        let pooled = (n * p + m * q) / (n + m);
        (2.0 / PI * pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m))
            .max(0.0)
            .sqrt()
    })
}

/// ∫ f(P(x), Q(x)) dx over the steps of the two distribution functions.
fn between(values: &[At], totals: [f64; 2], f: impl Fn([f64; 2]) -> f64) -> f64 {
    let (mut below, mut area) = ([0.0; 2], 0.0);
    for pair in values.windows(2) {
        let ((value, rows), (next, _)) = (pair[0], pair[1]);
        below[0] += rows[0];
        below[1] += rows[1];
        area += f([below[0] / totals[0], below[1] / totals[1]]) * (next - value);
    }
    area
}
