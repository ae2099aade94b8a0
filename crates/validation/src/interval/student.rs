//! Quantiles of the normal distribution and of Student's t.

use statrs::distribution::{ContinuousCDF, Normal};

use super::beta;

/// Two-sided critical value of the standard normal distribution.
pub(crate) fn normal_critical(false_alarm: f64) -> f64 {
    -Normal::standard().inverse_cdf(false_alarm / 2.0)
}

/// Two-sided critical value of Student's t; infinite without freedom.
pub(crate) fn student_critical(false_alarm: f64, freedom: f64) -> f64 {
    let v = freedom;
    if v.is_nan() || v <= 0.0 {
        return f64::INFINITY;
    }
    if v > 1000.0 {
        // Abramowitz and Stegun (1964), 26.7.5: within 10⁻⁹ by here.
        let z = normal_critical(false_alarm);
        let first = (z.powi(3) + z) / 4.0;
        let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0;
        return z + first / v + second / (v * v);
    }
    // v / (v + t²) has a beta distribution; so has its complement, which keeps
    // its digits where the other nears one.
    if v < 30.0 {
        let x = beta::quantile(v / 2.0, 0.5, false_alarm);
        (v * (1.0 - x) / x).sqrt()
    } else {
        let y = beta::quantile(0.5, v / 2.0, 1.0 - false_alarm);
        (v * y / (1.0 - y)).sqrt()
    }
}

/// The chance that a standard normal number is at least as far from zero.
pub(crate) fn two_sided(z: f64) -> f64 {
    libm::erfc(z.abs() * std::f64::consts::FRAC_1_SQRT_2)
}

/// Φ(z).
pub(crate) fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

/// Φ⁻¹(p).
pub(crate) fn normal_quantile(p: f64) -> f64 {
    Normal::standard().inverse_cdf(p)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn critical_values_are_those_of_scipy() {
        // scipy.stats.t.ppf and norm.ppf of SciPy 1.17.
        for (alpha, freedom, expected) in [
            (0.5, 1.0, 1.0000000000000002),
            (0.5, 2.0, 0.8164965809277261),
            (0.5, 7.5, 0.7085995804442596),
            (0.5, 100.0, 0.6769510430114717),
            (0.5, 100000.0, 0.674492203553292),
            (0.5, 1000000000.0, 0.6744897504414163),
            (0.05, 1.0, 12.706204736174705),
            (0.05, 2.0, 4.302652729749464),
            (0.05, 7.5, 2.3330396268649745),
            (0.05, 100.0, 1.983971518523552),
            (0.05, 100000.0, 1.95998770753461),
            (0.05, 1000000000.0, 1.9599639869123253),
            (0.01, 1.0, 63.65674116287158),
            (0.01, 2.0, 9.924843200918293),
            (0.01, 7.5, 3.4214226881240446),
            (0.01, 100.0, 2.6258905214380173),
            (0.01, 100000.0, 2.5758784699083757),
            (0.01, 1000000000.0, 2.5758293084654484),
            (1e-6, 1.0, 636619.7723670577),
            (1e-6, 2.0, 999.9992499998438),
            (1e-6, 7.5, 14.36328624498385),
            (1e-6, 100.0, 5.213727574230077),
            (1e-6, 100000.0, 4.891943340715112),
            (1e-6, 1000000000.0, 4.891638506183437),
        ] {
            let off = student_critical(alpha, freedom) / expected - 1.0;
            assert!(off.abs() < 1e-8, "{alpha} {freedom}: off by {off:e}");
        }
    }
}
