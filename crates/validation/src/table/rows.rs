//! What every table asks of the slices that it is handed.
//!
//! All of a batch is checked before any of it is counted, so that a refused
//! batch leaves the table as it was.

use crate::Error;

/// Refuses a slice that has not one value a row.
pub(crate) fn same_length(column: &'static str, found: usize, rows: usize) -> Result<(), Error> {
    if found == rows {
        Ok(())
    } else {
        Err(Error::Length {
            column,
            found,
            expected: rows,
        })
    }
}

/// Refuses the first value that is not allowed.
pub(crate) fn all(
    column: &'static str,
    values: &[f64],
    expected: &str,
    allows: impl Fn(f64) -> bool,
) -> Result<(), Error> {
    // Without an early exit the loop is one vector instruction after another.
    if values
        .iter()
        .fold(true, |so_far, &value| so_far & allows(value))
    {
        return Ok(());
    }
    let row = values.iter().position(|&value| !allows(value)).unwrap_or(0);
    Err(Error::Row {
        row,
        column,
        found: values[row].to_string(),
        expected: expected.to_owned(),
    })
}

/// Refuses a value that is not a finite number.
pub(crate) fn finite(column: &'static str, values: &[f64]) -> Result<(), Error> {
    all(column, values, "a finite number", f64::is_finite)
}

/// The squares of larger weights would overflow when they are added up.
const WEIGHT_MAX: f64 = 1e100;

/// Refuses a weight that is not finite, is negative, or is absurdly large.
pub(crate) fn weights(weights: Option<&[f64]>, rows: usize) -> Result<(), Error> {
    let Some(weights) = weights else {
        return Ok(());
    };
    same_length("weight", weights.len(), rows)?;
    all("weight", weights, "between 0 and 1e100", |weight| {
        (0.0..=WEIGHT_MAX).contains(&weight)
    })
}

/// Refuses a class that is not one of so many.
pub(crate) fn classes(column: &'static str, values: &[u32], classes: usize) -> Result<(), Error> {
    match values.iter().position(|&class| class as usize >= classes) {
        None => Ok(()),
        Some(row) => Err(Error::Row {
            row,
            column,
            found: format!("class {}", values[row]),
            expected: format!("below {classes}, the number of classes"),
        }),
    }
}

/// The weight of a row: one where no weights are given.
pub(crate) fn weight_of(weights: Option<&[f64]>, row: usize) -> f64 {
    weights.map_or(1.0, |weights| weights[row])
}
