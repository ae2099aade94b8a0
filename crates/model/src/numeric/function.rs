//! Exponential, logistic function and hyperbolic tangent.
//!
//! In single precision, plain arithmetic that vectorises: the same bits on
//! every platform and for every vector width. In double precision, the
//! portable `libm`.

/// ln 2 in two parts: the first is exact in single precision when multiplied
/// by a whole number below 2⁸.
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;

/// Adding this rounds to a whole number, and leaves it in the lowest bits.
const ROUNDER: f32 = 12_582_912.0; // 1.5 × 2²³

/// Below this eˣ is no normal number any more.
const LOWEST: f32 = -87.3;

/// For x ≤ 0: n and p with eˣ = 2ⁿ (1 + p), and 2ⁿ as a float.
#[inline(always)]
fn reduced(x: f32) -> (f32, f32) {
    let rounded = x * std::f32::consts::LOG2_E + ROUNDER;
    let n = rounded - ROUNDER;
    let r = (x - n * LN_2_HIGH) - n * LN_2_LOW;
    // Taylor's series of eʳ - 1: for |r| ≤ ln 2 / 2 the next term is below 10⁻⁸.
    let mut p = 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    let p = (p * r) * r + r;
    let exponent = rounded
        .to_bits()
        .wrapping_sub(ROUNDER.to_bits())
        .wrapping_add(127);
    (f32::from_bits(exponent << 23), p)
}

/// eˣ for x ≤ 0; zero where it would not be a normal number.
#[inline(always)]
pub(super) fn exp_f32(x: f32) -> f32 {
    let inside = if x < LOWEST { LOWEST } else { x };
    let (scale, p) = reduced(inside);
    if x < LOWEST { 0.0 } else { scale + scale * p }
}

/// 1 / (1 + e⁻ˣ).
#[inline(always)]
pub(super) fn sigmoid_f32(x: f32) -> f32 {
    let e = exp_f32(-x.abs());
    let numerator = if x < 0.0 { e } else { 1.0 };
    numerator / (1.0 + e)
}

/// tanh x = -m / (2 + m) with m = e^(-2|x|) - 1, which keeps small x exact.
#[inline(always)]
pub(super) fn tanh_f32(x: f32) -> f32 {
    let y = -2.0 * x.abs();
    let inside = if y < LOWEST { LOWEST } else { y };
    let (scale, p) = reduced(inside);
    let m = scale * p + (scale - 1.0);
    (-m / (2.0 + m)).copysign(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> impl Iterator<Item = f32> {
        (-400_000..=400_000).map(|i| i as f32 * 2.5e-4)
    }

    /// The largest distance from the truth, in units of the last place.
    fn worst(
        of: impl Fn(f32) -> f32,
        truth: impl Fn(f64) -> f64,
        over: impl Iterator<Item = f32>,
    ) -> f64 {
        let ulps = |x: f32| {
            let truth = truth(f64::from(x));
            let unit =
                f64::from((truth as f32).abs().max(f32::MIN_POSITIVE)) * f64::from(f32::EPSILON);
            (f64::from(of(x)) - truth).abs() / unit
        };
        over.map(ulps).fold(0.0, f64::max)
    }

    #[test]
    fn the_exponential_is_right_to_two_units_in_the_last_place() {
        let negative = grid().filter(|&x| x <= 0.0 && x > LOWEST);
        assert!(worst(exp_f32, libm::exp, negative) < 2.0);
        assert_eq!(exp_f32(0.0), 1.0);
        assert_eq!(exp_f32(-200.0), 0.0);
        assert_eq!(exp_f32(f32::NEG_INFINITY), 0.0);
        assert!(exp_f32(f32::NAN).is_nan());
    }

    #[test]
    fn the_logistic_function_is_right_to_three_units_in_the_last_place() {
        let truth = |x: f64| 1.0 / (1.0 + libm::exp(-x));
        assert!(worst(sigmoid_f32, truth, grid().filter(|x| x.abs() < 87.0)) < 3.0);
        assert_eq!(sigmoid_f32(0.0), 0.5);
        assert!(sigmoid_f32(f32::NAN).is_nan());
    }

    #[test]
    fn the_hyperbolic_tangent_is_right_to_three_units_in_the_last_place() {
        assert!(worst(tanh_f32, libm::tanh, grid()) < 3.0);
        let tiny = (1..1000).map(|i| i as f32 * 1e-9);
        assert!(worst(tanh_f32, libm::tanh, tiny) < 3.0);
        assert_eq!(tanh_f32(0.0), 0.0);
        assert_eq!((tanh_f32(50.0), tanh_f32(-50.0)), (1.0, -1.0));
        assert!(tanh_f32(f32::NAN).is_nan());
    }
}
