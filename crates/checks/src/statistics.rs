//! Intervals for training checks: over examples and over runs.

mod bounded;

pub use bounded::{bounded_mean, mean_of_estimates, values_needed};

use statrs::distribution::{ContinuousCDF, StudentsT};

/// A mean with the interval that a bound is applied to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// Lower end of the two-sided interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Estimate {
    /// Half the interval's width: the smallest effect that could be told from none.
    pub fn detectable(&self) -> f64 {
        (self.high - self.low) / 2.0
    }
}

/// The mean over all examples and runs, with Student's interval over examples:
/// it covers the mean over all examples there could have been, for these runs,
/// with probability 1 − `false_alarm`.
///
/// `runs[r][i]` belongs to example `i` in run `r`; every run has the same
/// examples, so each example counts once, with its mean over the runs. The
/// seeds are part of the case, not a sample: two or three of them say next to
/// nothing, at one in a million, about those that were not drawn (with two
/// degrees of freedom the quantile is a thousand deviations). How much results
/// vary from seed to seed is the question of `seed-matters`. Where there is
/// one value a run, the interval is over runs after all.
///
/// An interval that cannot be computed (one example and one run, or a value
/// that is not finite) reaches to infinity and lets nothing pass.
pub fn mean_over_runs(runs: &[Vec<f64>], false_alarm: f64) -> Estimate {
    let run_means: Vec<f64> = runs.iter().map(|run| mean(run)).collect();
    let examples = runs.first().map_or(0, Vec::len);
    let example_means: Vec<f64> = (0..examples)
        .map(|i| mean(&runs.iter().map(|run| run[i]).collect::<Vec<_>>()))
        .collect();
    let values = if examples > 1 {
        &example_means
    } else {
        &run_means
    };
    let half = match squared_error_of_mean(values) {
        Some(0.0) => 0.0,
        Some(squared) if squared.is_finite() => {
            let freedom = values.len() as f64 - 1.0;
            quantile(1.0 - false_alarm / 2.0, freedom) * squared.sqrt()
        }
        _ => f64::INFINITY,
    };
    let grand_mean = mean(&run_means);
    Estimate {
        mean: grand_mean,
        low: grand_mean - half,
        high: grand_mean + half,
    }
}

/// The ratio of two means over the same examples and runs: the estimator of
/// Cochran (1977, section 6.4), whose error is that of the mean of
/// (a − ρ·b) / mean(b), examples paired.
pub fn ratio_over_runs(above: &[Vec<f64>], below: &[Vec<f64>], false_alarm: f64) -> Estimate {
    let mean_of = |runs: &[Vec<f64>]| mean(&runs.iter().map(|run| mean(run)).collect::<Vec<_>>());
    let scale = mean_of(below);
    let ratio = mean_of(above) / scale;
    let errors: Vec<Vec<f64>> = above
        .iter()
        .zip(below)
        .map(|(a, b)| {
            a.iter()
                .zip(b)
                .map(|(a, b)| (a - ratio * b) / scale)
                .collect()
        })
        .collect();
    let error = mean_over_runs(&errors, false_alarm);
    let half = error.detectable();
    Estimate {
        mean: ratio,
        low: ratio - half,
        high: ratio + half,
    }
}

/// Student's t quantile.
fn quantile(probability: f64, freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::INFINITY, |t| t.inverse_cdf(probability))
}

/// The arithmetic mean; NaN of nothing.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Variance of the mean, unbiased; `None` of fewer than two values.
fn squared_error_of_mean(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    let centre = mean(values);
    let squares = values.iter().map(|value| (value - centre).powi(2));
    (values.len() > 1).then(|| squares.sum::<f64>() / (n - 1.0) / n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_run_gives_the_textbook_interval_over_examples() {
        let estimate = mean_over_runs(&[vec![1.0, 2.0, 3.0, 4.0, 5.0]], 0.05);
        // t(0.975, 4) = 2.776445, s = √2.5.
        assert!((estimate.mean - 3.0).abs() < 1e-12);
        assert!((estimate.detectable() - 2.776_445 * (2.5_f64 / 5.0).sqrt()).abs() < 1e-5);
    }

    #[test]
    fn what_cannot_be_estimated_lets_nothing_pass() {
        assert_eq!(mean_over_runs(&[vec![1.0]], 0.05).high, f64::INFINITY);
        assert!(mean_over_runs(&[], 0.05).mean.is_nan());
        assert!(
            !mean_over_runs(&[vec![1.0, f64::NAN, 2.0]], 0.05)
                .mean
                .is_finite()
        );
    }

    #[test]
    fn a_ratio_of_proportional_values_is_known_exactly() {
        let below = vec![vec![1.0, 2.0, 4.0]];
        let above = vec![vec![0.5, 1.0, 2.0]];
        let estimate = ratio_over_runs(&above, &below, 1e-6);
        assert!((estimate.mean - 0.5).abs() < 1e-12 && estimate.detectable() < 1e-12);
        assert!(
            !ratio_over_runs(&above, &[vec![0.0; 3]], 1e-6)
                .mean
                .is_finite()
        );
    }

    #[test]
    fn runs_are_not_punished_for_being_few() {
        let run: Vec<f64> = (0..100).map(|i| f64::from(i % 10)).collect();
        let shifted: Vec<f64> = run.iter().map(|value| value + 1.0).collect();
        let one = mean_over_runs(std::slice::from_ref(&run), 1e-6);
        let two = mean_over_runs(&[run, shifted], 1e-6);
        assert!((one.detectable() - two.detectable()).abs() < 1e-9);
        assert!((two.mean - one.mean - 0.5).abs() < 1e-9);
    }

    #[test]
    fn one_value_a_run_is_judged_over_runs() {
        let estimate = mean_over_runs(&[vec![1.0], vec![2.0], vec![3.0]], 0.05);
        // t(0.975, 2) = 4.302653, s = 1.
        assert!((estimate.detectable() - 4.302_653 / 3.0_f64.sqrt()).abs() < 1e-5);
    }
}
