//! Natural logarithms of many numbers at once.

/// ln 2 in two parts: the first has so few digits that whole multiples of it are
/// exact.
const LN2: [f64; 2] = [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10];

/// The minimax polynomial of (ln(1 + s) − ln(1 − s) − 2s) / s in s², on the
/// interval that is left once powers of two are taken out: fdlibm's, whose error
/// is below 2⁻⁵⁸ (Sun Microsystems, 1993, `e_log.c`).
const POLYNOMIAL: [f64; 7] = [
    6.666_666_666_666_735e-1,
    3.999_999_999_940_942e-1,
    2.857_142_874_366_239e-1,
    2.222_219_843_214_978_4e-1,
    1.818_357_216_161_805e-1,
    1.531_383_769_920_937_3e-1,
    1.479_819_860_511_658_6e-1,
];

/// The bits of one, and of √½ rounded down to a few digits.
const ONE: u64 = 1.0_f64.to_bits();
const ROOT_HALF: u64 = 0x3FE6_A09E_0000_0000;
const FRACTION: u64 = (1 << 52) - 1;

/// The logarithm of a positive number that is not subnormal, to within one unit
/// in the last place. It has no branch, so that a loop of it is one vector
/// instruction after another; and no fused product, so that it is the same on
/// every processor.
#[inline(always)]
pub(super) fn ln(x: f64) -> f64 {
    // x = 2^k (1 + f), with 1 + f between √½ and √2.
    // A check for overflow would be a branch.
    let moved = x.to_bits().wrapping_add(ONE - ROOT_HALF);
    let k =
        f64::from_bits((moved >> 52) | 0x4330_0000_0000_0000) - (4_503_599_627_370_496.0 + 1023.0);
    let f = f64::from_bits((moved & FRACTION).wrapping_add(ROOT_HALF)) - 1.0;
    let s = f / (2.0 + f);
    let (z, half) = (s * s, 0.5 * f * f);
    let polynomial = POLYNOMIAL.iter().rev().fold(0.0, |sum, c| (sum + c) * z);
    k * LN2[0] - ((half - (s * (half + polynomial) + k * LN2[1])) - f)
}

/// Runs a loop of it compiled for the widest vectors that this processor has, if
/// all that the closure calls is inlined: the same arithmetic at every width.
#[inline(always)]
pub(super) fn vectorised<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_are_those_of_the_standard_library_to_one_unit() {
        let mut stream = seatrial_rng::Streams::new(3).stream("ln");
        let root = std::f64::consts::FRAC_1_SQRT_2;
        let edges = [
            f64::EPSILON,
            1.0 - f64::EPSILON,
            0.5,
            1.0,
            root,
            root - 1e-7,
        ];
        let drawn = (0..200_000).map(|_| stream.unit() * 2f64.powi(-(stream.below(50) as i32)));
        for x in edges
            .into_iter()
            .chain(drawn.filter(|x| *x >= f64::EPSILON))
        {
            let (found, expected) = (ln(x), x.ln());
            let unit = f64::EPSILON * expected.abs();
            assert!(
                (found - expected).abs() <= unit,
                "ln {x}: {found}, {expected}"
            );
        }
        assert_eq!(ln(1.0), 0.0);
    }
}
