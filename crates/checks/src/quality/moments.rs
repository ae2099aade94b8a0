//! What of moments does not move by itself: at what hours of the day they are, and
//! whether they are given at all.

use arrow::array::Array;
use arrow::datatypes::DataType;
use seatrial_data::Column;
use seatrial_validation::Error;
use seatrial_validation::drift::{Categories, Numbers, Profile};
use seatrial_validation::table::Mass;

const DAY_S: f64 = 86_400.0;
const HOUR_S: f64 = 3_600.0;

/// Moments of less than a week say when the rows were taken, not at what hours
/// such rows come.
const SPAN_S_MIN: f64 = 7.0 * DAY_S;

/// A column of moments, of times of the day, or of days, while batches come in.
pub(super) struct Moments {
    given: u64,
    missing: u64,
    /// `None` of days.
    hours: Option<Hours>,
}

/// What is compared of a column of moments, each with its name.
pub(super) struct OfMoments {
    /// Whether cells are given.
    pub given: (String, Profile),
    /// The hours of those that are, and what is missing; `None` where they say
    /// nothing.
    pub hours: Option<(String, Profile)>,
}

impl OfMoments {
    /// Both.
    pub fn all(&self) -> impl Iterator<Item = &(String, Profile)> {
        std::iter::once(&self.given).chain(&self.hours)
    }
}

/// The hours of the day.
struct Hours {
    /// Whether cells are times of the day, which span nothing.
    of_no_day: bool,
    numbers: Numbers,
    first_s: f64,
    last_s: f64,
}

impl Moments {
    /// Of no rows.
    pub fn new(data_type: &DataType) -> Self {
        use DataType::{Date64, Time32, Time64, Timestamp};
        let of_no_day = matches!(data_type, Time32(_) | Time64(_));
        let has_hours = of_no_day || matches!(data_type, Timestamp(..) | Date64);
        Self {
            given: 0,
            missing: 0,
            hours: has_hours.then(|| Hours {
                of_no_day,
                numbers: Numbers::new(Numbers::BUDGET),
                first_s: f64::INFINITY,
                last_s: f64::NEG_INFINITY,
            }),
        }
    }

    /// Adds cells.
    ///
    /// # Errors
    /// When they are of another type.
    pub fn add(&mut self, column: &Column<'_>) -> Result<(), String> {
        let missing = column.cells.null_count() as u64;
        self.missing += missing;
        self.given += column.cells.len() as u64 - missing;
        self.hours
            .as_mut()
            .map_or(Ok(()), |hours| hours.add(column))
    }

    /// Adds another's rows.
    ///
    /// # Errors
    /// When the two do not belong together.
    pub fn merge(&mut self, later: Self) -> Result<(), Error> {
        self.given += later.given;
        self.missing += later.missing;
        match (&mut self.hours, later.hours) {
            (Some(hours), Some(later)) => hours.merge(later),
            _ => Ok(()),
        }
    }

    /// What is compared of a column of this name.
    ///
    /// # Errors
    /// None, but for those of a table of two categories.
    pub fn finish(self, name: String) -> Result<OfMoments, Error> {
        let mut given = Categories::new(Categories::BUDGET);
        given.add(Some("given"), Mass::of_rows(self.given))?;
        given.add(None, Mass::of_rows(self.missing))?;
        let hours = self.hours.and_then(Hours::finish);
        Ok(OfMoments {
            hours: hours.map(|hours| (format!("hour of {name}"), hours)),
            given: (name, Profile::Categories(given)),
        })
    }
}

impl Hours {
    fn add(&mut self, column: &Column<'_>) -> Result<(), String> {
        let (seconds, missing) = column.seconds()?;
        self.first_s = seconds.iter().copied().fold(self.first_s, f64::min);
        self.last_s = seconds.iter().copied().fold(self.last_s, f64::max);
        let of_day = |second: &f64| second - DAY_S * (second / DAY_S).floor();
        let hours: Vec<f64> = seconds
            .iter()
            .map(|second| of_day(second) / HOUR_S)
            .collect();
        let added = self.numbers.update(&hours, None);
        added.map_err(|error| error.to_string())?;
        self.numbers.add_missing(Mass::of_rows(missing));
        Ok(())
    }

    fn merge(&mut self, later: Self) -> Result<(), Error> {
        self.first_s = self.first_s.min(later.first_s);
        self.last_s = self.last_s.max(later.last_s);
        self.numbers.merge(later.numbers)
    }

    fn finish(self) -> Option<Profile> {
        let tells = self.of_no_day || self.last_s - self.first_s >= SPAN_S_MIN;
        tells.then(|| Profile::Numbers(self.numbers.finish()))
    }
}
