//! Distributions that resampling draws from.

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
    /// By adding up probabilities until a uniform number is passed.
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
                if left <= count * log_mean - mean - libm::lgamma(count + 1.0) {
                    return count;
                }
            },
        }
    }
}
