//! The chi-square test that two tables have the same shares.

use statrs::function::gamma::gamma_ur;

use super::measure::Bins;

/// Fewer rows than this are expected in a bin of its own.
const EXPECTED_MIN: f64 = 5.0;

/// Σ (observed − expected)² / expected over bins and both tables (Pearson, 1900).
pub(super) fn statistic(bins: &Bins) -> f64 {
    let [n, m] = bins.totals;
    let (up, down) = ((m / n).sqrt(), (n / m).sqrt());
    let parts = bins.rows.iter().filter(|[a, b]| a + b > 0.0);
    parts
        .map(|[a, b]| (a * up - b * down).powi(2) / (a + b))
        .sum()
}

/// The chance of a larger statistic under equal shares.
///
/// Bins in which either table expects fewer than five rows are put together
/// first, so that the approximation holds (Cochran, 1954). What is alone then
/// says nothing: 1.
pub(super) fn p_value(bins: &Bins) -> f64 {
    let [n, m] = bins.totals;
    let smaller = n.min(m) / (n + m);
    let is_rare = |[a, b]: &[f64; 2]| (a + b) * smaller < EXPECTED_MIN;
    let (rare, mut kept): (Vec<_>, Vec<_>) = bins.rows.iter().copied().partition(is_rare);
    let together = rare
        .iter()
        .fold([0.0; 2], |sum, bin| [sum[0] + bin[0], sum[1] + bin[1]]);
    match kept.last_mut() {
        // Not even together enough: with the last of the others.
        Some(last) if is_rare(&together) => {
            last[0] += together[0];
            last[1] += together[1];
        }
        _ if together[0] + together[1] > 0.0 => kept.push(together),
        _ => {}
    }
    if kept.len() < 2 {
        return 1.0;
    }
    let freedom = (kept.len() - 1) as f64;
    upper_tail(statistic(&Bins::new(kept)), freedom)
}

/// P(χ² ≥ x).
fn upper_tail(x: f64, freedom: f64) -> f64 {
    if x <= 0.0 {
        1.0
    } else {
        gamma_ur(freedom / 2.0, x / 2.0)
    }
}
