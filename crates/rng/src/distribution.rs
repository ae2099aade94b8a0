//! Distributions of one number. Pinned by recorded vectors in `tests/`.

use rand::Rng;

use crate::Stream;

impl Stream {
    /// Uniform on the 2⁵³ multiples of 2⁻⁵³ in [0, 1).
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform on [low, high).
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        let value = low + (high - low) * self.unit();
        // Rounding can land on the open end when the interval is narrow.
        if value < high { value } else { low }
    }

    /// Standard normal, by inversion.
    pub fn normal(&mut self) -> f64 {
        // The midpoint of one of 2⁵³ equal cells: never 0 or 1, symmetric about a half.
        let cell = (self.next_u64() >> 12) as f64;
        normal_quantile((cell + 0.5) * (1.0 / (1u64 << 52) as f64))
    }

    /// Normal with this mean and standard deviation, conditioned on [low, high].
    ///
    /// By inversion between the bounds' probabilities. An empty interval, one
    /// without a number, and one so far out that its probability is zero give
    /// the nearest bound to the mean.
    pub fn truncated_normal(&mut self, mean: f64, deviation: f64, low: f64, high: f64) -> f64 {
        let unit = self.unit();
        let nearest = mean.max(low).min(high);
        let is_interval = low < high && deviation > 0.0 && mean.is_finite();
        if !is_interval {
            return nearest;
        }
        let (a, b) = ((low - mean) / deviation, (high - mean) / deviation);
        // Mirror an interval in the upper tail, where probabilities round to one.
        let (a, b, sign) = if a > 0.0 { (-b, -a, -1.0) } else { (a, b, 1.0) };
        let (from, to) = (normal_cdf(a), normal_cdf(b));
        if to < f64::MIN_POSITIVE {
            return nearest;
        }
        // At zero the quantile is infinite, and an open end would let it out.
        let p = (from + (to - from) * unit).max(f64::MIN_POSITIVE);
        let z = sign * normal_quantile(p);
        (mean + deviation * z).clamp(low, high)
    }

    /// Uniform on 0 .. `bound`, without bias (Lemire, 2019). Zero for a bound of zero.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = bound as u64;
        if bound == 0 {
            return 0;
        }
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.next_u64()) * u128::from(bound);
            if product as u64 >= threshold {
                return (product >> 64) as usize;
            }
        }
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }
}

/// Φ(x), from the complementary error function.
fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

/// Φ⁻¹(p) to about sixteen digits: algorithm AS 241, PPND16 (Wichura, 1988).
fn normal_quantile(p: f64) -> f64 {
    const CENTRE: ([f64; 8], [f64; 7]) = (
        [
            3.387_132_872_796_366_5,
            133.141_667_891_784_38,
            1_971.590_950_306_551_3,
            13_731.693_765_509_46,
            45_921.953_931_549_87,
            67_265.770_927_008_7,
            33_430.575_583_588_13,
            2_509.080_928_730_122_7,
        ],
        [
            42.313_330_701_600_91,
            687.187_007_492_057_9,
            5_394.196_021_424_751,
            21_213.794_301_586_597,
            39_307.895_800_092_71,
            28_729.085_735_721_943,
            5_226.495_278_852_545,
        ],
    );
    const MIDDLE: ([f64; 8], [f64; 7]) = (
        [
            1.423_437_110_749_683_5,
            4.630_337_846_156_546,
            5.769_497_221_460_691,
            3.647_848_324_763_204_5,
            1.270_458_252_452_368_4,
            0.241_780_725_177_450_6,
            0.022_723_844_989_269_184,
            7.745_450_142_783_414e-4,
        ],
        [
            2.053_191_626_637_759,
            1.676_384_830_183_803_8,
            0.689_767_334_985_1,
            0.148_103_976_427_480_08,
            0.015_198_666_563_616_457,
            5.475_938_084_995_345e-4,
            1.050_750_071_644_416_9e-9,
        ],
    );
    const TAIL: ([f64; 8], [f64; 7]) = (
        [
            6.657_904_643_501_103,
            5.463_784_911_164_114,
            1.784_826_539_917_291_3,
            0.296_560_571_828_504_87,
            0.026_532_189_526_576_124,
            0.001_242_660_947_388_078_4,
            2.711_555_568_743_487_6e-5,
            2.010_334_399_292_288_1e-7,
        ],
        [
            0.599_832_206_555_888,
            0.136_929_880_922_735_8,
            0.014_875_361_290_850_615,
            7.868_691_311_456_133e-4,
            1.846_318_317_510_054_8e-5,
            1.421_511_758_316_446e-7,
            2.044_263_103_389_939_8e-15,
        ],
    );
    fn ratio((numerator, denominator): ([f64; 8], [f64; 7]), x: f64) -> f64 {
        let top = numerator.iter().rev().fold(0.0, |sum, c| sum * x + c);
        let bottom = denominator.iter().rev().fold(0.0, |sum, c| sum * x + c);
        top / (bottom * x + 1.0)
    }

    let q = p - 0.5;
    if q.abs() <= 0.425 {
        return q * ratio(CENTRE, 0.180_625 - q * q);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    let r = libm::sqrt(-libm::log(tail));
    let z = if r <= 5.0 {
        ratio(MIDDLE, r - 1.6)
    } else {
        ratio(TAIL, r - 5.0)
    };
    if q < 0.0 { -z } else { z }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quantile_inverts_the_distribution_function() {
        for x in [-8.0, -5.5, -3.0, -1.96, -0.3, 0.0, 0.01, 1.0, 2.5, 5.0] {
            let back = normal_quantile(normal_cdf(x));
            assert!(
                (back - x).abs() < 1e-9 * (1.0 + x * x),
                "{x} came back as {back}"
            );
        }
    }

    #[test]
    fn the_quantile_agrees_with_published_values() {
        // Wichura (1988), section "test data".
        assert!((normal_quantile(0.25) + 0.674_489_750_196_081_7).abs() < 1e-15);
        assert!((normal_quantile(0.001) + 3.090_232_306_167_813).abs() < 1e-14);
        assert!((normal_quantile(1e-20) + 9.262_340_089_798_408).abs() < 1e-13);
    }
}
