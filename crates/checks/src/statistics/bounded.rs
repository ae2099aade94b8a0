//! Intervals for numbers between 0 and 1, valid for every sample size.
//!
//! An interval by Student's t has no width when all values are equal: four
//! right answers out of four would prove perfection. These intervals assume
//! only independence, and so are wide where there is little to go by.

use super::{Estimate, mean};

/// The mean of values between 0 and 1, with an interval that misses the true
/// mean with a probability of at most `false_alarm`.
///
/// All p with n · kl(p̂ ‖ p) ≤ ln(2 / false_alarm), where kl is the relative
/// entropy of two coins (Hoeffding, 1963, theorem 1, eq. 2.1, inverted). The
/// values need not be 0 or 1, so that means over runs may be given.
///
/// Without values, or with one that is not between 0 and 1, nothing is known.
pub fn bounded_mean(values: &[f64], false_alarm: f64) -> Estimate {
    let centre = mean(values);
    if !values.iter().all(|value| (0.0..=1.0).contains(value)) || values.is_empty() {
        return Estimate {
            mean: if values.is_empty() { centre } else { f64::NAN },
            low: f64::NEG_INFINITY,
            high: f64::INFINITY,
        };
    }
    // The mean of ones can round to just above one.
    let centre = centre.clamp(0.0, 1.0);
    let budget = (2.0 / false_alarm).ln() / values.len() as f64;
    let reach = |end: f64| {
        let (mut inside, mut outside) = (centre, end);
        // Halving brings both ends together to the last bit.
        for _ in 0..60 {
            let middle = 0.5 * (inside + outside);
            if relative_entropy(centre, middle) <= budget {
                inside = middle;
            } else {
                outside = middle;
            }
        }
        outside
    };
    Estimate {
        mean: centre,
        low: reach(0.0).min(centre),
        high: reach(1.0).max(centre),
    }
}

/// How many values with this mean it takes until the interval of
/// [`bounded_mean`] lies on one side of `bound`; none when the mean is on it.
pub fn values_needed(mean: f64, bound: f64, false_alarm: f64) -> Option<usize> {
    let apart = relative_entropy(mean, bound);
    let needed = ((2.0 / false_alarm).ln() / apart).ceil();
    (needed.is_finite() && needed < 1e12).then_some(needed as usize)
}

/// The mean of independent estimates, by the method of variance estimates
/// recovery (Zou and Donner, 2008, eq. 3): each distance between an estimate
/// and its end enters in quadrature.
pub fn mean_of_estimates(estimates: &[Estimate]) -> Estimate {
    let count = estimates.len() as f64;
    let centre = mean(&estimates.iter().map(|e| e.mean).collect::<Vec<_>>());
    let quadrature = |distance: fn(&Estimate) -> f64| {
        let squares: f64 = estimates.iter().map(|e| distance(e).powi(2)).sum();
        squares.sqrt() / count
    };
    Estimate {
        mean: centre,
        low: centre - quadrature(|e| e.mean - e.low),
        high: centre + quadrature(|e| e.high - e.mean),
    }
}

/// Relative entropy of a coin p to a coin q, in nats.
fn relative_entropy(p: f64, q: f64) -> f64 {
    let part = |p: f64, q: f64| if p == 0.0 { 0.0 } else { p * (p / q).ln() };
    part(p, q) + part(1.0 - p, 1.0 - q)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_right_is_as_sure_as_the_exact_interval_says() {
        // Clopper and Pearson's lower end for n of n is (α/2)^(1/n).
        let estimate = bounded_mean(&[1.0; 20], 1e-6);
        assert!((estimate.low - 5e-7_f64.powf(1.0 / 20.0)).abs() < 1e-12);
        assert_eq!((estimate.mean, estimate.high), (1.0, 1.0));
    }

    #[test]
    fn the_interval_mirrors_when_the_values_do() {
        let values = [0.0, 1.0, 1.0, 0.25, 1.0];
        let mirrored = values.map(|value| 1.0 - value);
        let (a, b) = (bounded_mean(&values, 0.05), bounded_mean(&mirrored, 0.05));
        assert!((a.low + b.high - 1.0).abs() < 1e-12);
        assert!((a.high + b.low - 1.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_and_nonsense_are_known_of_nothing() {
        assert!(bounded_mean(&[], 0.05).mean.is_nan());
        for bad in [f64::NAN, -0.1, 1.1, f64::INFINITY] {
            assert!(bounded_mean(&[0.5, bad], 0.05).mean.is_nan());
        }
    }

    #[test]
    fn as_many_values_as_needed_are_enough() {
        for (share, bound) in [(1.0, 0.5), (0.8, 0.5), (0.2, 0.5)] {
            let needed = values_needed(share, bound, 1e-6).unwrap_or(0);
            let ones = (share * needed as f64).round() as usize;
            let mut values = vec![0.0; needed];
            values[..ones].fill(1.0);
            let estimate = bounded_mean(&values, 1e-6);
            let aside = if share > bound {
                estimate.low
            } else {
                estimate.high
            };
            assert!((aside - bound).abs() < 0.05, "{estimate:?} for {bound}");
        }
        assert_eq!(values_needed(0.5, 0.5, 1e-6), None);
    }

    #[test]
    fn the_interval_holds_as_often_as_it_says() {
        let mut stream = seatrial_rng::Streams::new(1).stream("coverage");
        let missed = (0..4000).filter(|_| {
            let values: Vec<f64> = (0..30)
                .map(|_| f64::from(u8::from(stream.chance(0.9))))
                .collect();
            let estimate = bounded_mean(&values, 0.05);
            !(estimate.low..=estimate.high).contains(&0.9)
        });
        // 200 would be expected of an exact interval; this one is wider.
        assert!(missed.count() < 200);
    }
}
