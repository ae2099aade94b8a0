//! What a calendar says of a moment, in additions, products and roundings.

use std::f64::consts::{FRAC_PI_2, TAU};

use super::write::Writer;
use crate::stages::CalendarFeature;

const SECONDS_PER_DAY: f64 = 86_400.0;

/// 1970-01-01 was a Thursday, three days after a Monday.
const EPOCH_FROM_MONDAY: f64 = 3.0;

/// From 0000-03-01, with which an era of 400 years begins, to 1970-01-01.
const EPOCH_FROM_ERA: f64 = 719_468.0;
const DAYS_PER_ERA: f64 = 146_097.0;

/// A day as years that begin in March, so that the leap day is the last.
///
/// H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
struct Date {
    /// Of the era, from 0.
    year: String,
    /// Of that year, from 0.
    day: String,
    /// Of that year: 0 is March.
    month: String,
}

impl Writer<'_> {
    /// `seconds` is local time, without fraction.
    pub(super) fn calendar(
        &mut self,
        seconds: &str,
        feature: CalendarFeature,
        at: usize,
    ) -> String {
        let days = self.floor_div(seconds, SECONDS_PER_DAY);
        let of_day = self.remainder(seconds, SECONDS_PER_DAY);
        let day = self.with("Div", &of_day, SECONDS_PER_DAY);
        let share = match feature {
            CalendarFeature::TimeOfDay => day,
            CalendarFeature::DayOfWeek => {
                let weekday = self.day_of_week(&days);
                let week = self.both("Add", &weekday, &day);
                self.with("Div", &week, 7.0)
            }
            CalendarFeature::DayOfYear => {
                let ordinal = self.ordinal(&days);
                let year = self.both("Add", &ordinal, &day);
                self.with("Div", &year, 366.0)
            }
            CalendarFeature::Hour => return self.floor_div(&of_day, 3600.0),
            CalendarFeature::Weekday => {
                let weekday = self.day_of_week(&days);
                return self.with("Add", &weekday, 1.0);
            }
            CalendarFeature::IsWeekend => {
                let weekday = self.day_of_week(&days);
                return self.floor_div(&weekday, 5.0);
            }
            CalendarFeature::Month => {
                let month = self.date(&days).month;
                let from_march = self.with("Add", &month, 3.0);
                let next_year = self.floor_div(&month, 10.0);
                let twelve = self.with("Mul", &next_year, 12.0);
                return self.both("Sub", &from_march, &twelve);
            }
        };
        let mut turn = self.with("Mul", &share, TAU);
        if at == 1 {
            // onnxruntime has no cosine in double precision.
            turn = self.with("Add", &turn, FRAC_PI_2);
        }
        self.one("Sin", &turn)
    }

    fn day_of_week(&mut self, days: &str) -> String {
        let days = self.with("Add", days, EPOCH_FROM_MONDAY);
        self.remainder(&days, 7.0)
    }

    fn date(&mut self, days: &str) -> Date {
        let days = self.with("Add", days, EPOCH_FROM_ERA);
        let of_era = self.remainder(&days, DAYS_PER_ERA);
        // Without the leap days that came before, a year has 365.
        let fourth = self.floor_div(&of_era, 1460.0);
        let century = self.floor_div(&of_era, 36_524.0);
        let era = self.floor_div(&of_era, 146_096.0);
        let less = self.both("Sub", &of_era, &fourth);
        let more = self.both("Add", &less, &century);
        let even = self.both("Sub", &more, &era);
        let year = self.floor_div(&even, 365.0);
        let begins = self.days_before(&year);
        let day = self.both("Sub", &of_era, &begins);
        let five = self.with("Mul", &day, 5.0);
        let five = self.with("Add", &five, 2.0);
        let month = self.floor_div(&five, 153.0);
        Date { year, day, month }
    }

    /// Days of the era before the year of this number.
    fn days_before(&mut self, year: &str) -> String {
        let plain = self.with("Mul", year, 365.0);
        let fourths = self.floor_div(year, 4.0);
        let centuries = self.floor_div(year, 100.0);
        let more = self.both("Add", &plain, &fourths);
        self.both("Sub", &more, &centuries)
    }

    /// The day of the year that begins in January, from 0.
    fn ordinal(&mut self, days: &str) -> String {
        let Date { year, day, month } = self.date(days);
        let next_year = self.floor_div(&month, 10.0);
        let leap = self.is_leap(&year);
        // March 1 is day 59 of the year or, after a leap day, 60.
        let march = self.with("Add", &leap, 59.0);
        let from_january = self.both("Add", &day, &march);
        // January and February belong to the year after: 365 days from there,
        // and the leap day that this year had.
        let back = self.with("Add", &leap, 365.0);
        let back = self.both("Mul", &next_year, &back);
        self.both("Sub", &from_january, &back)
    }

    /// 1 if the year of the era has a February 29 just before its March, else 0.
    fn is_leap(&mut self, year: &str) -> String {
        let [fourth, century, era] = [4.0, 100.0, 400.0].map(|years| {
            let left = self.remainder(year, years);
            let any = self.with("Div", &left, years);
            let any = self.one("Ceil", &any);
            self.from(1.0, &any)
        });
        let common = self.both("Sub", &fourth, &century);
        self.both("Add", &common, &era)
    }
}
