//! Whether a server's answer is the trainer's, element by element.

use std::fmt;

use crate::tensor::{Tensor, Values};

/// How far a number may be off: by `absolute + relative · |expected|`.
///
/// Source: the rule of NumPy's `allclose` and ONNX's backend tests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// In the output's unit.
    pub absolute: f64,
    /// As a part of what is expected.
    pub relative: f64,
}

/// The element that is furthest off, in units of what it may be off.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Worst {
    /// 1 is as far as it may be.
    pub of_tolerance: f64,
    /// What is where, for people.
    pub place: String,
}

/// How an answer is not the trainer's.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// NaN or infinity is expected and something else came, or the reverse.
    NonFinite(String),
    /// Another name, type, shape or value.
    Other(String),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::NonFinite(text) | Difference::Other(text) => f.write_str(text),
        }
    }
}

/// Compares the outputs of rows that begin at `first_row` of the examples.
///
/// # Errors
/// With the worst difference, if one is too large.
pub fn compare(
    expected: &[Tensor],
    seen: &[Tensor],
    tolerance: Tolerance,
    first_row: usize,
) -> Result<Worst, Difference> {
    let mut worst = Worst::default();
    for (expected, seen) in expected.iter().zip(seen) {
        let one = compare_one(expected, seen, tolerance, first_row)?;
        if one.of_tolerance >= worst.of_tolerance {
            worst = one;
        }
    }
    if worst.of_tolerance > 1.0 {
        return Err(Difference::Other(worst.place));
    }
    Ok(worst)
}

fn compare_one(
    expected: &Tensor,
    seen: &Tensor,
    tolerance: Tolerance,
    first_row: usize,
) -> Result<Worst, Difference> {
    let name = &expected.name;
    if let (Some(wanted), Some(given)) = (&expected.datatype, &seen.datatype)
        && wanted != given
    {
        return Err(Difference::Other(format!(
            "output `{name}` is {given}, and the trainer's is {wanted}"
        )));
    }
    if expected.shape != seen.shape {
        return Err(Difference::Other(format!(
            "output `{name}` has the shape {:?}, and the trainer's has {:?}",
            seen.shape, expected.shape
        )));
    }
    let place = |at: usize| {
        let width = expected.width().max(1);
        let (row, element) = (first_row + at / width, at % width);
        match width {
            1 => format!("output `{name}`, example {row}"),
            _ => format!("output `{name}`, example {row}, element {element}"),
        }
    };
    match (&expected.values, &seen.values) {
        (Values::Numbers(expected), Values::Numbers(seen)) => {
            numbers(expected, seen, tolerance, &place)
        }
        (Values::Integers(expected), Values::Integers(seen)) => exact(expected, seen, &place),
        (Values::Booleans(expected), Values::Booleans(seen)) => exact(expected, seen, &place),
        (Values::Texts(expected), Values::Texts(seen)) => exact(expected, seen, &place),
        _ => Err(Difference::Other(format!(
            "output `{name}` is of another kind than the trainer's"
        ))),
    }
}

fn numbers(
    expected: &[f64],
    seen: &[f64],
    tolerance: Tolerance,
    place: &dyn Fn(usize) -> String,
) -> Result<Worst, Difference> {
    let mut worst = (-1.0, 0);
    let mut wrong = 0;
    for (at, (&wanted, &came)) in expected.iter().zip(seen).enumerate() {
        if !wanted.is_finite() || !came.is_finite() {
            if wanted == came || (wanted.is_nan() && came.is_nan()) {
                continue;
            }
            return Err(Difference::NonFinite(format!(
                "{}: {wanted} expected, {came} seen",
                place(at)
            )));
        }
        let off = (came - wanted).abs();
        let allowed = tolerance.absolute + tolerance.relative * wanted.abs();
        // Where nothing is allowed, what is equal is well within.
        let of_tolerance = if off == 0.0 { 0.0 } else { off / allowed };
        wrong += usize::from(of_tolerance > 1.0);
        if of_tolerance > worst.0 {
            worst = (of_tolerance, at);
        }
    }
    let (of_tolerance, at) = worst;
    if of_tolerance < 0.0 {
        return Ok(Worst::default());
    }
    let (wanted, came) = (expected[at], seen[at]);
    let others = match wrong {
        0 | 1 => String::new(),
        more => format!("; {more} of {} elements are off", expected.len()),
    };
    Ok(Worst {
        of_tolerance,
        place: format!(
            "{}: {wanted} expected, {came} seen, off by {:.3e}{others}",
            place(at),
            (came - wanted).abs()
        ),
    })
}

fn exact<T: PartialEq + fmt::Debug>(
    expected: &[T],
    seen: &[T],
    place: &dyn Fn(usize) -> String,
) -> Result<Worst, Difference> {
    let mut pairs = expected.iter().zip(seen).enumerate();
    match pairs.find(|(_, (wanted, came))| wanted != came) {
        None => Ok(Worst::default()),
        Some((at, (wanted, came))) => Err(Difference::Other(format!(
            "{}: {wanted:?} expected, {came:?} seen",
            place(at)
        ))),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const TOLERANCE: Tolerance = Tolerance {
        absolute: 0.01,
        relative: 0.0,
    };

    fn row(values: &[f64]) -> Vec<Tensor> {
        vec![Tensor {
            name: "y".into(),
            datatype: None,
            shape: vec![values.len()],
            values: Values::Numbers(values.to_vec()),
        }]
    }

    fn compared(expected: &[f64], seen: &[f64]) -> Result<Worst, Difference> {
        compare(&row(expected), &row(seen), TOLERANCE, 10)
    }

    #[test]
    fn the_worst_element_is_shown() {
        let error = compared(&[1.0, 2.0, 3.0], &[1.0, 2.5, 3.1]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "output `y`, example 11: 2 expected, 2.5 seen, off by 5.000e-1; 2 of 3 elements are off"
        );
        let near = compared(&[1.0, 2.0], &[1.0, 2.005]).unwrap();
        assert!((near.of_tolerance - 0.5).abs() < 1e-9);
    }

    #[test]
    fn what_is_not_finite_is_kept_exactly() {
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        assert!(compared(&[nan, inf], &[nan, inf]).is_ok());
        for (expected, seen) in [(nan, 0.0), (0.0, nan), (inf, -inf), (inf, nan), (1.0, inf)] {
            let error = compared(&[expected], &[seen]).unwrap_err();
            assert!(matches!(error, Difference::NonFinite(_)), "{error:?}");
        }
    }

    #[test]
    fn nothing_allowed_lets_equal_numbers_pass() {
        let none = Tolerance {
            absolute: 0.0,
            relative: 0.0,
        };
        assert!(compare(&row(&[0.0]), &row(&[-0.0]), none, 0).is_ok());
        assert!(compare(&row(&[0.0]), &row(&[1e-300]), none, 0).is_err());
    }
}
