//! Transposing copies.

use super::Real;

/// Side of the squares that are copied at once, so that both sides of the copy
/// stay in the cache.
const SIDE: usize = 16;

/// From `[rows, columns]` to `[columns, rows]`.
///
/// A product packs a matrix that lies the wrong way number by number, each
/// time; one that takes part in many products is better turned once.
pub(crate) fn transposed<T: Real>(values: &[T], rows: usize, columns: usize) -> Vec<T> {
    let mut turned = vec![T::zero(); values.len()];
    for top in (0..rows).step_by(SIDE) {
        for left in (0..columns).step_by(SIDE) {
            for row in top..rows.min(top + SIDE) {
                for column in left..columns.min(left + SIDE) {
                    turned[column * rows + row] = values[row * columns + column];
                }
            }
        }
    }
    turned
}

#[cfg(test)]
mod tests {
    use super::transposed;

    #[test]
    fn rows_become_columns_whatever_the_extents() {
        for (rows, columns) in [(1, 1), (3, 40), (33, 17), (16, 16)] {
            let values: Vec<f32> = (0..rows * columns).map(|i| i as f32).collect();
            let turned = transposed(&values, rows, columns);
            for row in 0..rows {
                for column in 0..columns {
                    assert_eq!(turned[column * rows + row], values[row * columns + column]);
                }
            }
            assert_eq!(transposed(&turned, columns, rows), values);
        }
    }
}
