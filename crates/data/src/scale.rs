//! Bringing features to a common scale.

/// How each feature of a file becomes a feature of the dataset: divided by one
/// number, then shifted and multiplied column by column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scaling {
    divisor: Option<f32>,
    /// Mean and factor of each column; none when columns are left as they are.
    columns: Vec<(f64, f64)>,
}

impl Scaling {
    /// A division alone, or none.
    pub fn dividing(divisor: Option<f64>) -> Self {
        Self {
            divisor: divisor.map(|divisor| divisor as f32),
            columns: Vec::new(),
        }
    }

    /// Adds what brings the rows of `fitted` to zero mean and unit
    /// (population) standard deviation. A constant column becomes zero.
    ///
    /// Statistics come from `fitted` alone: a model must not see, even through
    /// a mean, the rows that it is measured on. `values` are divided already.
    pub fn standardising(mut self, values: &[f32], width: usize, fitted: &[usize]) -> Self {
        let column = |column| fitted.iter().map(move |&row| values[row * width + column]);
        self.columns = (0..width)
            .map(|index| {
                // A dataset without a training part is left as it is, not made NaN.
                let count = fitted.len().max(1) as f64;
                let mean = column(index).map(f64::from).sum::<f64>() / count;
                let squares = column(index).map(|value| (f64::from(value) - mean).powi(2));
                let deviation = (squares.sum::<f64>() / count).sqrt();
                // Not `deviation > 0`: the mean of many equal numbers is
                // rounded, and dividing by the rounding error makes noise.
                let first = column(index).next();
                let constant = first.is_some() && column(index).all(|value| Some(value) == first);
                (
                    mean,
                    if fitted.is_empty() {
                        1.0
                    } else if constant {
                        0.0
                    } else {
                        1.0 / deviation
                    },
                )
            })
            .collect();
        self
    }

    /// Divides what is not divided yet.
    pub fn divide(&self, value: f32) -> f32 {
        self.divisor.map_or(value, |divisor| value / divisor)
    }

    /// Shifts and multiplies a divided number of this column.
    pub fn standardise(&self, column: usize, value: f32) -> f32 {
        match self.columns.get(column) {
            Some((mean, factor)) => ((f64::from(value) - mean) * factor) as f32,
            None => value,
        }
    }

    /// From the file's unit to the dataset's.
    pub fn apply(&self, column: usize, value: f32) -> f32 {
        self.standardise(column, self.divide(value))
    }

    /// How much a difference of one in the file's unit is in the dataset's:
    /// zero for a column that is constant in training.
    pub fn factor(&self, column: usize) -> f64 {
        let factor = self.columns.get(column).map_or(1.0, |(_, factor)| *factor);
        factor / f64::from(self.divisor.unwrap_or(1.0))
    }

    /// From the dataset's unit back to the file's; none for a column that is
    /// constant in training, whose values are lost.
    pub fn invert(&self, column: usize, value: f32) -> Option<f64> {
        let (mean, factor) = *self.columns.get(column).unwrap_or(&(0.0, 1.0));
        let divided = (factor != 0.0).then(|| f64::from(value) / factor + mean)?;
        Some(divided * f64::from(self.divisor.unwrap_or(1.0)))
    }
}
