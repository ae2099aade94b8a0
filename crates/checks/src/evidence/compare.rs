//! Where two tensors differ, and by how much.

use std::fmt;

use candle_core::Tensor;
use seatrial_model::Parameter;

use crate::check::Outcome;
use crate::context::numbers;

/// How one tensor compares with what was expected.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Comparison {
    /// Numbers that differ by more than was allowed.
    pub differing: usize,
    /// Numbers compared.
    pub len: usize,
    /// The largest difference, relative to the expected number where that is
    /// above 1; infinite where one side is not a number or has no counterpart.
    pub largest: f64,
    /// Index, expected and seen number of the worst difference.
    worst: Option<(Vec<usize>, f64, f64)>,
    shapes: Option<[Vec<usize>; 2]>,
}

impl Comparison {
    /// Whether nothing differs.
    pub fn agrees(&self) -> bool {
        self.differing == 0
    }
}

impl fmt::Display for Comparison {
    /// `[3, 1] is 0.2 where 0.1 was expected (4 of 32 numbers differ, by up to 0.1)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some([expected, seen]) = &self.shapes {
            return write!(f, "shape {seen:?} where {expected:?} was expected");
        }
        let Some((at, expected, seen)) = &self.worst else {
            return write!(f, "no difference in {} numbers", self.len);
        };
        write!(
            f,
            "{at:?} is {seen:.6e} where {expected:.6e} was expected ({} of {} numbers differ, by \
             up to {:.3e})",
            self.differing, self.len, self.largest
        )
    }
}

/// Compares to the bit for a tolerance of zero, else within the tolerance
/// times the larger of 1 and the expected number's size. NaN never agrees.
///
/// # Errors
/// When a tensor cannot be read.
pub(crate) fn compare(expected: &Tensor, seen: &Tensor, tolerance: f64) -> Outcome<Comparison> {
    if expected.dims() != seen.dims() {
        return Ok(Comparison {
            differing: expected.elem_count().max(1),
            len: expected.elem_count(),
            largest: f64::INFINITY,
            worst: None,
            shapes: Some([expected.dims().to_vec(), seen.dims().to_vec()]),
        });
    }
    let mut comparison = Comparison {
        differing: 0,
        len: expected.elem_count(),
        largest: 0.0,
        worst: None,
        shapes: None,
    };
    let pairs = numbers(expected)?.into_iter().zip(numbers(seen)?);
    for (flat, (expected_number, seen_number)) in pairs.enumerate() {
        let gap = (expected_number - seen_number).abs() / expected_number.abs().max(1.0);
        let gap = if gap.is_nan() { f64::INFINITY } else { gap };
        let differs = if tolerance == 0.0 {
            expected_number.to_bits() != seen_number.to_bits()
        } else {
            gap > tolerance
        };
        if differs || gap.is_infinite() {
            comparison.differing += 1;
            if comparison.worst.is_none() || gap > comparison.largest {
                let at = unravel(flat, expected.dims());
                comparison.worst = Some((at, expected_number, seen_number));
            }
        }
        comparison.largest = comparison.largest.max(gap);
    }
    Ok(comparison)
}

/// Names of the parameters whose bits are not the same in both lists.
///
/// # Errors
/// When a tensor cannot be read.
pub(crate) fn moved(before: &[Parameter], after: &[Parameter]) -> Outcome<Vec<String>> {
    let mut moved = Vec::new();
    for (before, after) in before.iter().zip(after) {
        if before.name != after.name || !compare(&before.value, &after.value, 0.0)?.agrees() {
            moved.push(before.name.clone());
        }
    }
    Ok(moved)
}

/// The index of a number, one place an axis, from its place in row-major order.
fn unravel(mut flat: usize, dims: &[usize]) -> Vec<usize> {
    let mut at = vec![0; dims.len()];
    for (place, &extent) in at.iter_mut().zip(dims).rev() {
        *place = flat % extent;
        flat /= extent;
    }
    at
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    fn tensor(values: &[f32]) -> Tensor {
        Tensor::new(values, &Device::Cpu).unwrap_or_else(|error| unreachable!("{error}"))
    }

    fn comparison(expected: &[f32], seen: &[f32], tolerance: f64) -> Comparison {
        compare(&tensor(expected), &tensor(seen), tolerance)
            .unwrap_or_else(|error| unreachable!("{error}"))
    }

    #[test]
    fn the_worst_difference_is_named() {
        let found = comparison(&[1.0, 2.0, 3.0], &[1.0, 2.5, 9.0], 0.0);
        assert_eq!((found.differing, found.len, found.largest), (2, 3, 2.0));
        assert!(found.to_string().starts_with("[2] is 9"));
    }

    #[test]
    fn nan_never_agrees_and_zero_tolerance_means_bits() {
        assert!(!comparison(&[f32::NAN], &[f32::NAN], 1.0).agrees());
        assert!(!comparison(&[0.0], &[-0.0], 0.0).agrees());
        assert!(comparison(&[0.0], &[-0.0], 1e-9).agrees());
        assert!(!comparison(&[1.0], &[1.0, 1.0], 1.0).agrees());
    }
}
