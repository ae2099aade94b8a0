//! Which columns have drifted.

use super::{ColumnDrift, Measure};
use crate::Error;
use crate::comparison::holm;

/// What is said of one column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drifted {
    /// Whether the effect is larger than the threshold and too surprising.
    pub drifted: bool,
    /// The effect by the measure that decides.
    pub effect: f64,
    /// The chance of such a shift by luck, corrected for the number of columns.
    pub p_value: f64,
}

/// Rules on several columns at once, each by its measure and threshold.
///
/// A column has drifted when its effect is above the threshold and its p-value,
/// corrected over all columns by Holm, is at most `false_alarm`: so the chance
/// of even one alarm over columns that did not move is at most `false_alarm`.
///
/// # Errors
/// A measure that the column's type does not have.
pub fn rule(
    columns: &[(&ColumnDrift, Measure, f64)],
    false_alarm: f64,
) -> Result<Vec<Drifted>, Error> {
    let p_values: Vec<f64> = columns.iter().map(|(column, ..)| column.p_value).collect();
    let all = columns.iter().zip(holm(&p_values));
    all.map(|((column, measure, threshold), p_value)| {
        let effect = column.effect(*measure).ok_or(Error::Undefined {
            metric: measure.name().to_owned(),
            reason: "this column does not have it: it takes numbers that vary".to_owned(),
        })?;
        Ok(Drifted {
            drifted: effect > *threshold && p_value <= false_alarm,
            effect,
            p_value,
        })
    })
    .collect()
}
