//! Matrix products: the one place that reaches past slices.

use super::Real;

/// A matrix inside a slice, its rows and columns any distance apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matrix<'a, T> {
    values: &'a [T],
    layout: Strides,
}

/// Rows and columns, and how far apart their elements lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strides {
    pub rows: usize,
    pub columns: usize,
    pub row_stride: usize,
    pub column_stride: usize,
}

impl Strides {
    /// Row after row.
    pub(crate) fn dense(rows: usize, columns: usize) -> Self {
        Self {
            rows,
            columns,
            row_stride: columns,
            column_stride: 1,
        }
    }

    /// Rows that lie `row_stride` apart.
    pub(crate) fn spaced(rows: usize, columns: usize, row_stride: usize) -> Self {
        Self {
            rows,
            columns,
            row_stride,
            column_stride: 1,
        }
    }

    /// Numbers from the first element to one past the last.
    fn span(self) -> usize {
        if self.rows == 0 || self.columns == 0 {
            return 0;
        }
        (self.rows - 1) * self.row_stride + (self.columns - 1) * self.column_stride + 1
    }
}

impl<'a, T> Matrix<'a, T> {
    /// The matrix that starts where `values` starts.
    ///
    /// # Panics
    /// When it reaches past the end of `values`.
    pub(crate) fn new(values: &'a [T], layout: Strides) -> Self {
        assert!(
            layout.span() <= values.len(),
            "a matrix lies inside its slice"
        );
        Self { values, layout }
    }

    /// Rows after rows.
    pub(crate) fn dense(values: &'a [T], rows: usize, columns: usize) -> Self {
        Self::new(values, Strides::dense(rows, columns))
    }

    /// The same numbers with rows and columns exchanged; nothing is copied.
    pub(crate) fn transposed(self) -> Self {
        let Strides {
            rows,
            columns,
            row_stride,
            column_stride,
        } = self.layout;
        let layout = Strides {
            rows: columns,
            columns: rows,
            row_stride: column_stride,
            column_stride: row_stride,
        };
        Self { layout, ..self }
    }
}

/// What becomes of the numbers that stand in the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Into {
    /// They are overwritten.
    Fresh,
    /// The product is added to them.
    Sum,
}

/// `out = left · right`, or `out += left · right`, on one thread.
///
/// One thread, because a result must not depend on how many there are, and
/// cases run side by side already.
///
/// # Panics
/// When the shapes do not fit each other or the output.
pub(crate) fn gemm<T: Real>(
    out: &mut [T],
    layout: Strides,
    into: Into,
    left: Matrix<'_, T>,
    right: Matrix<'_, T>,
) {
    let (rows, columns, inner) = (layout.rows, layout.columns, left.layout.columns);
    assert_eq!(
        (left.layout.rows, right.layout.columns),
        (rows, columns),
        "product shape"
    );
    assert_eq!(inner, right.layout.rows, "inner extent");
    assert!(
        layout.span() <= out.len(),
        "the product lies inside its slice"
    );
    assert!(
        layout.column_stride == 1 && layout.row_stride >= columns,
        "no two outputs overlap"
    );
    if rows == 0 || columns == 0 {
        return;
    }
    let beta = T::one();
    #[expect(unsafe_code, reason = "gemm takes raw pointers")]
    // SAFETY: each matrix lies inside its slice, asserted here and in
    // `Matrix::new`; the output is borrowed mutably, so it overlaps neither
    // input; its elements are distinct, asserted above; no stride exceeds
    // `isize`, because each slice's length does not.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            inner,
            out.as_mut_ptr(),
            layout.column_stride as isize,
            layout.row_stride as isize,
            into == Into::Sum,
            left.values.as_ptr(),
            left.layout.column_stride as isize,
            left.layout.row_stride as isize,
            right.values.as_ptr(),
            right.layout.column_stride as isize,
            right.layout.row_stride as isize,
            T::one(),
            beta,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_of_transposed_and_spaced_matrices_is_the_sum_over_the_inner_axis() {
        // left is the transpose of a 3 × 2, right a 3 × 2 inside rows of 4.
        let left: Vec<f64> = (0..6).map(f64::from).collect();
        let right: Vec<f64> = (0..12).map(f64::from).collect();
        let mut out = vec![100.0; 5];
        gemm(
            &mut out,
            Strides::spaced(2, 2, 3),
            Into::Sum,
            Matrix::dense(&left, 3, 2).transposed(),
            Matrix::new(&right, Strides::spaced(3, 2, 4)),
        );
        let mut expected = vec![100.0; 5];
        for row in 0..2 {
            for column in 0..2 {
                for k in 0..3 {
                    expected[row * 3 + column] += left[k * 2 + row] * right[k * 4 + column];
                }
            }
        }
        assert_eq!(out, expected);
    }

    #[test]
    #[should_panic(expected = "inside its slice")]
    fn a_matrix_that_reaches_past_its_slice_is_refused() {
        let _ = Matrix::dense(&[0.0; 5], 2, 3);
    }
}
