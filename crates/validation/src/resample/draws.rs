//! Distributions that resampling draws from.

use std::sync::LazyLock;

use seatrial_rng::Stream;

/// Gamma with this shape and a scale of one (Marsaglia and Tsang, 2000); a
/// shape below one by their power of a uniform number.
pub(crate) fn gamma(stream: &mut Stream, shape: f64) -> f64 {
    if shape < 1.0 {
        let unit = 1.0 - stream.unit();
        return gamma(stream, shape + 1.0) * libm::pow(unit, 1.0 / shape);
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let z = stream.normal();
        let v = 1.0 + c * z;
        if v <= 0.0 {
            continue;
        }
        let v = v * v * v;
        let unit = 1.0 - stream.unit();
        if libm::log(unit) < 0.5 * z * z + d - d * v + d * libm::log(v) {
            return d * v;
        }
    }
}

/// Poisson draws with a fixed mean.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Poisson {
    /// By the number of probabilities' sums that a uniform number passes; looked
    /// up, for whole means up to [`TABLED_MEANS`].
    Tabled { mean: usize },
    /// The same, added up.
    Small { mean: f64, none: f64 },
    /// By transformed rejection with squeeze, PTRS (Hörmann, 1993).
    Large {
        mean: f64,
        log_mean: f64,
        a: f64,
        b: f64,
        inverse_alpha: f64,
        v_r: f64,
    },
}

impl Poisson {
    pub(crate) fn new(mean: f64) -> Self {
        if mean.fract() == 0.0 && mean <= TABLED_MEANS as f64 {
            return Self::Tabled {
                mean: mean as usize,
            };
        }
        if mean < 10.0 {
            return Self::Small {
                mean,
                none: libm::exp(-mean),
            };
        }
        let b = 0.931 + 2.53 * mean.sqrt();
        Self::Large {
            mean,
            log_mean: libm::log(mean),
            a: -0.059 + 0.02483 * b,
            b,
            inverse_alpha: 1.1239 + 1.1328 / (b - 3.4),
            v_r: 0.9277 - 3.6224 / (b - 2.0),
        }
    }

    pub(crate) fn draw(&self, stream: &mut Stream) -> f64 {
        match *self {
            Self::Tabled { mean } => {
                let unit = stream.unit();
                let below = &TABLE[mean];
                // Whole blocks first: two short walks in place of a long one.
                let block = below.iter().skip(BLOCK - 1).step_by(BLOCK);
                let from = BLOCK * block.take_while(|sum| unit >= **sum).count();
                let rest = below[from..].iter().take_while(|sum| unit >= **sum);
                (from + rest.count()) as f64
            }
            Self::Small { mean, none } => {
                let unit = stream.unit();
                let (mut count, mut chance, mut below) = (0.0, none, none);
                // The sum of all probabilities may round to less than one.
                while unit >= below && count < 100.0 {
                    count += 1.0;
                    chance *= mean / count;
                    below += chance;
                }
                count
            }
            Self::Large {
                mean,
                log_mean,
                a,
                b,
                inverse_alpha,
                v_r,
            } => loop {
                let u = stream.unit() - 0.5;
                let v = 1.0 - stream.unit();
                let us = 0.5 - u.abs();
                let count = ((2.0 * a / us + b) * u + mean + 0.43).floor();
                if us >= 0.07 && v <= v_r {
                    return count;
                }
                if count < 0.0 || (us < 0.013 && v > us) {
                    continue;
                }
                let left = libm::log(v * inverse_alpha / (a / (us * us) + b));
                if left <= count * log_mean - mean - log_factorial(count) {
                    return count;
                }
            },
        }
    }
}

/// ln k!, by Stirling's series: to the last digits from ten up.
fn log_factorial(k: f64) -> f64 {
    if k < 10.0 {
        return libm::lgamma(k + 1.0);
    }
    const HALF_LOG_TAU: f64 = 0.918_938_533_204_672_8;
    let series = (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / (1260.0 * k * k)) / (k * k)) / k;
    (k + 0.5) * libm::log(k) - k + HALF_LOG_TAU + series
}

const TABLED_MEANS: usize = 24;
const TABLED_COUNTS: usize = 96;
const BLOCK: usize = 8;

/// P(X ≤ k) for each tabled mean.
static TABLE: LazyLock<Vec<[f64; TABLED_COUNTS]>> = LazyLock::new(|| {
    (0..=TABLED_MEANS)
        .map(|mean| {
            let mean = mean as f64;
            let (mut chance, mut sum) = (libm::exp(-mean), 0.0);
            let mut below = [0.0; TABLED_COUNTS];
            for (count, below) in below.iter_mut().enumerate() {
                sum += chance;
                *below = sum;
                chance *= mean / (count + 1) as f64;
            }
            below
        })
        .collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poisson_draws_have_their_mean_variance_and_skewness() {
        let mut stream = seatrial_rng::Streams::new(3).stream("poisson");
        for mean in [0.3, 1.0, 2.5, 7.0, 9.9, 10.5, 24.0, 25.0, 300.0, 1e6] {
            let poisson = Poisson::new(mean);
            let draws: Vec<f64> = (0..40_000).map(|_| poisson.draw(&mut stream)).collect();
            let moment = |power: i32, centre: f64| {
                draws.iter().map(|x| (x - centre).powi(power)).sum::<f64>() / draws.len() as f64
            };
            let seen = moment(1, 0.0);
            assert!(
                (seen - mean).abs() < 5.0 * (mean / 4e4).sqrt(),
                "{mean}: {seen}"
            );
            let variance = moment(2, mean);
            let spread = mean * ((2.0 + 1.0 / mean) / 4e4).sqrt();
            assert!(
                (variance - mean).abs() < 5.0 * spread,
                "{mean}: variance {variance}"
            );
            let skewness = moment(3, mean) / mean.powf(1.5);
            let off = skewness - 1.0 / mean.sqrt();
            assert!(off.abs() < 0.15 + 0.3 / mean, "{mean}: skewness {skewness}");
        }
        assert_eq!(Poisson::new(0.0).draw(&mut stream), 0.0);
    }

    #[test]
    fn gamma_draws_have_their_mean_and_variance() {
        let mut stream = seatrial_rng::Streams::new(3).stream("gamma");
        for shape in [0.1, 0.5, 1.0, 3.0, 1e4] {
            let draws: Vec<f64> = (0..40_000).map(|_| gamma(&mut stream, shape)).collect();
            let mean = draws.iter().sum::<f64>() / 4e4;
            assert!(
                (mean - shape).abs() < 5.0 * (shape / 4e4).sqrt(),
                "{shape}: {mean}"
            );
            let variance = draws.iter().map(|x| (x - shape).powi(2)).sum::<f64>() / 4e4;
            let spread = shape * ((2.0 + 6.0 / shape) / 4e4).sqrt();
            assert!(
                (variance - shape).abs() < 5.0 * spread,
                "{shape}: {variance}"
            );
        }
    }
}
