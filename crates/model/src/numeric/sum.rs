//! Sums in a fixed order that still vectorises: eight running sums, then their
//! total from first to last.

use super::Real;

/// Running sums that are kept apart.
pub(crate) const LANES: usize = 8;

/// Sum of all numbers.
#[inline(always)]
pub(crate) fn sum<T: Real>(values: &[T]) -> T {
    let mut lanes = [T::zero(); LANES];
    let (blocks, rest) = values.as_chunks::<LANES>();
    for block in blocks {
        for (lane, &value) in lanes.iter_mut().zip(block) {
            *lane += value;
        }
    }
    for (lane, &value) in lanes.iter_mut().zip(rest) {
        *lane += value;
    }
    lanes.into_iter().fold(T::zero(), |sum, lane| sum + lane)
}

/// Sum of the products of both.
#[inline(always)]
pub(crate) fn dot<T: Real>(left: &[T], right: &[T]) -> T {
    let mut lanes = [T::zero(); LANES];
    let (left, left_rest) = left.as_chunks::<LANES>();
    let (right, right_rest) = right.as_chunks::<LANES>();
    for (left, right) in left.iter().zip(right) {
        for ((lane, &left), &right) in lanes.iter_mut().zip(left).zip(right) {
            *lane += left * right;
        }
    }
    for ((lane, &left), &right) in lanes.iter_mut().zip(left_rest).zip(right_rest) {
        *lane += left * right;
    }
    lanes.into_iter().fold(T::zero(), |sum, lane| sum + lane)
}

/// Sum of the rows, top to bottom: the gradient of a bias.
pub(crate) fn add_rows<T: Real>(rows: &[T], width: usize) -> Vec<T> {
    let mut sum = vec![T::zero(); width];
    super::vectorised(
        #[inline(always)]
        || {
            for row in rows.chunks_exact(width) {
                for (sum, &value) in sum.iter_mut().zip(row) {
                    *sum += value;
                }
            }
        },
    );
    sum
}

/// Copies of one row, one after the other.
pub(crate) fn repeat<T: Real>(row: &[T], count: usize) -> Vec<T> {
    let mut rows = Vec::with_capacity(row.len() * count);
    for _ in 0..count {
        rows.extend_from_slice(row);
    }
    rows
}
