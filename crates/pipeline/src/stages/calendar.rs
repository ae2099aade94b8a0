//! `calendar`: time of day, weekday and the like from a moment.

use std::f64::consts::TAU;
use std::sync::Arc;

use arrow::array::{Array, Float64Array, RecordBatch};
use chrono::{DateTime, Datelike, Timelike, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::with_column;
use crate::{PipelineError, Result, cells};

const SECONDS_PER_DAY: i64 = 86_400;

/// Adds columns that say where in the day, the week and the year a moment lies.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// The table that it reads.
    #[serde(rename = "in")]
    pub input: String,
    /// The column of moments in universal time: timestamps, Unix time in seconds
    /// or text such as `2026-05-01T18:30:00Z`.
    pub column: String,
    /// A column with local time minus universal time, in seconds. When left out,
    /// the features are of universal time.
    pub utc_offset_s: Option<String>,
    /// What to add.
    pub features: Vec<CalendarFeature>,
    /// What the new columns' names begin with; nothing when left out.
    #[serde(default)]
    pub prefix: String,
    /// Name of the table that it makes; the stage's own when left out.
    pub out: Option<String>,
}

/// What a moment can tell. Of a circle, such as the day, two columns tell sine
/// and cosine, so that 23:59 is near 00:01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CalendarFeature {
    /// `time_of_day_sin` and `time_of_day_cos`.
    TimeOfDay,
    /// `day_of_week_sin` and `day_of_week_cos`.
    DayOfWeek,
    /// `day_of_year_sin` and `day_of_year_cos`.
    DayOfYear,
    /// `hour`, from 0 to 23.
    Hour,
    /// `weekday`, from 1 for Monday to 7 for Sunday.
    Weekday,
    /// `month`, from 1 to 12.
    Month,
    /// `is_weekend`, 1 on Saturday and Sunday.
    IsWeekend,
}

impl CalendarFeature {
    /// The columns that it adds.
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            CalendarFeature::TimeOfDay => &["time_of_day_sin", "time_of_day_cos"],
            CalendarFeature::DayOfWeek => &["day_of_week_sin", "day_of_week_cos"],
            CalendarFeature::DayOfYear => &["day_of_year_sin", "day_of_year_cos"],
            CalendarFeature::Hour => &["hour"],
            CalendarFeature::Weekday => &["weekday"],
            CalendarFeature::Month => &["month"],
            CalendarFeature::IsWeekend => &["is_weekend"],
        }
    }

    /// Its values at a local moment; one a column.
    fn values(self, local: DateTime<Utc>) -> [f64; 2] {
        let day = f64::from(local.num_seconds_from_midnight()) / SECONDS_PER_DAY as f64;
        let weekday = local.weekday();
        let from_monday = f64::from(weekday.num_days_from_monday());
        match self {
            CalendarFeature::TimeOfDay => circle(day),
            CalendarFeature::DayOfWeek => circle((from_monday + day) / 7.0),
            CalendarFeature::DayOfYear => circle((f64::from(local.ordinal0()) + day) / 366.0),
            CalendarFeature::Hour => [f64::from(local.hour()), 0.0],
            CalendarFeature::Weekday => [f64::from(weekday.number_from_monday()), 0.0],
            CalendarFeature::Month => [f64::from(local.month()), 0.0],
            CalendarFeature::IsWeekend => [f64::from(u8::from(from_monday >= 5.0)), 0.0],
        }
    }
}

/// Sine and cosine of a share of a full turn.
fn circle(share: f64) -> [f64; 2] {
    // libm, not std: the same bits on every platform.
    [libm::sin(TAU * share), libm::cos(TAU * share)]
}

impl Calendar {
    /// The columns that it adds.
    pub(crate) fn added(&self) -> Vec<String> {
        let names = self.features.iter().flat_map(|feature| feature.columns());
        names.map(|name| format!("{}{name}", self.prefix)).collect()
    }

    pub(crate) fn apply(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let moments = cells::unix_seconds(cells::column_of(batch, &self.column)?, &self.column)?;
        let offsets = match &self.utc_offset_s {
            Some(name) => Some(cells::numbers(cells::column_of(batch, name)?, name)?),
            None => None,
        };
        let local = |row: usize| -> Result<Option<DateTime<Utc>>> {
            let offset_s = match &offsets {
                Some(offsets) if offsets.is_null(row) => return Ok(None),
                Some(offsets) => offsets.value(row) as i64,
                None => 0,
            };
            if moments.is_null(row) {
                return Ok(None);
            }
            let moment_s = moments.value(row).checked_add(offset_s);
            let moment = moment_s.and_then(|s| DateTime::from_timestamp(s, 0));
            moment.map(Some).ok_or_else(|| {
                PipelineError::Stages(format!(
                    "column `{}`: {} s is no moment of any calendar",
                    self.column,
                    moments.value(row)
                ))
            })
        };
        let locals = (0..batch.num_rows())
            .map(local)
            .collect::<Result<Vec<_>>>()?;
        let mut batch = batch.clone();
        for feature in &self.features {
            for (at, name) in feature.columns().iter().enumerate() {
                let value = |local: &Option<DateTime<Utc>>| local.map(|l| feature.values(l)[at]);
                let column: Float64Array = locals.iter().map(value).collect();
                batch = with_column(&batch, &format!("{}{name}", self.prefix), Arc::new(column))?;
            }
        }
        Ok(batch)
    }
}
