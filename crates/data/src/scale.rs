//! Bringing features to a common scale.

/// Shifts and divides each column so that the rows of `fitted` have zero mean
/// and unit (population) standard deviation. A constant column becomes zero.
///
/// Statistics come from `fitted` alone: a model must not see, even through a
/// mean, the rows that it is measured on.
pub(crate) fn standardise(values: &mut [f32], width: usize, fitted: &[usize]) {
    for column in 0..width {
        let at = |row: usize| row * width + column;
        let count = fitted.len() as f64;
        let mean = fitted
            .iter()
            .map(|&row| f64::from(values[at(row)]))
            .sum::<f64>()
            / count;
        let squares = fitted
            .iter()
            .map(|&row| (f64::from(values[at(row)]) - mean).powi(2));
        let deviation = (squares.sum::<f64>() / count).sqrt();
        let factor = if deviation > 0.0 {
            1.0 / deviation
        } else {
            0.0
        };
        for value in values.iter_mut().skip(column).step_by(width) {
            *value = ((f64::from(*value) - mean) * factor) as f32;
        }
    }
}
