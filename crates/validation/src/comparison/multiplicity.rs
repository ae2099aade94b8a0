//! Several tests at once.

/// Holm's adjusted p-values (Holm, 1979): rejecting those at most α keeps the
/// chance of even one false rejection at most α, however the tests depend on
/// each other. In the order given; NaN stays NaN and counts as a test.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let tests = p_values.len();
    let mut adjusted = vec![f64::NAN; tests];
    let mut so_far = 0.0_f64;
    for (rank, &test) in ascending(p_values).iter().enumerate() {
        so_far = so_far.max(p_values[test] * (tests - rank) as f64).min(1.0);
        adjusted[test] = so_far;
    }
    adjusted
}

/// Adjusted p-values of Benjamini and Hochberg (1995): rejecting those at most
/// α keeps the expected share of false rejections among all at most α, for
/// independent or positively dependent tests. In the order given; NaN stays NaN
/// and counts as a test.
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let tests = p_values.len();
    let mut adjusted = vec![f64::NAN; tests];
    let mut so_far = 1.0_f64;
    for (rank, &test) in ascending(p_values).iter().enumerate().rev() {
        so_far = so_far.min(p_values[test] * tests as f64 / (rank + 1) as f64);
        adjusted[test] = so_far;
    }
    adjusted
}

/// Places of the p-values that are numbers, smallest first.
fn ascending(p_values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p_values.len())
        .filter(|&i| !p_values[i].is_nan())
        .collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    order
}
