//! The hours of the day at which rows come: the part of a moment that does not move
//! by itself.

use arrow::datatypes::DataType;
use seatrial_data::Column;
use seatrial_validation::drift::{Numbers, Profile};
use seatrial_validation::table::Mass;

const DAY_S: f64 = 86_400.0;
const HOUR_S: f64 = 3_600.0;

/// Moments of less than a week say when the rows were taken, not at what hours
/// such rows come.
const SPAN_S_MIN: f64 = 7.0 * DAY_S;

/// The hours of a column of moments, or of times of the day, while batches come in.
pub(super) struct Hours {
    /// Whether cells are times of the day, which span nothing.
    of_no_day: bool,
    hours: Numbers,
    first_s: f64,
    last_s: f64,
}

impl Hours {
    /// Of no rows; `None` of a column that has no hours.
    pub fn of(data_type: &DataType) -> Option<Self> {
        use DataType::{Date64, Time32, Time64, Timestamp};
        let of_no_day = matches!(data_type, Time32(_) | Time64(_));
        (of_no_day || matches!(data_type, Timestamp(..) | Date64)).then(|| Self {
            of_no_day,
            hours: Numbers::new(Numbers::BUDGET),
            first_s: f64::INFINITY,
            last_s: f64::NEG_INFINITY,
        })
    }

    /// Adds cells.
    ///
    /// # Errors
    /// When they are no moments.
    pub fn add(&mut self, column: &Column<'_>) -> Result<(), String> {
        let (seconds, missing) = column.seconds()?;
        self.first_s = seconds.iter().copied().fold(self.first_s, f64::min);
        self.last_s = seconds.iter().copied().fold(self.last_s, f64::max);
        let of_day = |second: &f64| second - DAY_S * (second / DAY_S).floor();
        let hours: Vec<f64> = seconds
            .iter()
            .map(|second| of_day(second) / HOUR_S)
            .collect();
        let added = self.hours.update(&hours, None);
        added.map_err(|error| error.to_string())?;
        self.hours.add_missing(Mass::of_rows(missing));
        Ok(())
    }

    /// Adds another's rows.
    ///
    /// # Errors
    /// When the two do not belong together.
    pub fn merge(&mut self, later: Self) -> Result<(), String> {
        self.first_s = self.first_s.min(later.first_s);
        self.last_s = self.last_s.max(later.last_s);
        let merged = self.hours.merge(later.hours);
        merged.map_err(|error| error.to_string())
    }

    /// The hours; `None` where they say nothing.
    pub fn finish(self) -> Option<Profile> {
        let tells = self.of_no_day || self.last_s - self.first_s >= SPAN_S_MIN;
        tells.then(|| Profile::Numbers(self.hours.finish()))
    }
}
