//! The running example: was that a unicorn?
//!
//! Sightings come with a moment in universal time and the offset of the place
//! where they were made. Unicorns are seen at dusk, local time, under a bright
//! moon, in dense forest. One sighting in a hundred is one, so that always
//! saying "no" is right 99% of the time.

use std::f64::consts::TAU;

use seatrial_rng::{Stream, Streams};

use super::Table;

const SECONDS_PER_DAY: i64 = 86_400;
/// 2026-01-01T00:00:00Z, as Unix time.
const YEAR_START_S: i64 = 1_767_225_600;

/// A sighting as it was reported.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sighting {
    /// Unix time, in seconds.
    pub seen_at_s: i64,
    /// Local time minus universal time, in seconds.
    pub utc_offset_s: i64,
    /// Illuminated fraction of the moon, from 0 to 1.
    pub moon: f64,
    /// Share of ground under trees, from 0 to 1.
    pub forest: f64,
    /// Loudness at the place, standardised.
    pub noise: f64,
    /// Whether it was a unicorn.
    pub unicorn: bool,
}

/// Local time of day as a fraction of a day, in [0, 1).
pub fn time_of_day(seen_at_s: i64, utc_offset_s: i64) -> f64 {
    // Each reduced first: their sum cannot overflow, whatever was reported.
    let within = |moment: i64| moment.rem_euclid(SECONDS_PER_DAY);
    let local_s = within(within(seen_at_s) + within(utc_offset_s));
    local_s as f64 / SECONDS_PER_DAY as f64
}

/// Features of a sighting: time of day on a circle, so that 23:59 is near
/// 00:01, then moon, forest and noise.
pub fn features(sighting: &Sighting) -> [f32; 5] {
    let angle = TAU * time_of_day(sighting.seen_at_s, sighting.utc_offset_s);
    // libm, not std: the same bits on every platform.
    [
        libm::sin(angle) as f32,
        libm::cos(angle) as f32,
        sighting.moon as f32,
        sighting.forest as f32,
        sighting.noise as f32,
    ]
}

/// Every hundredth sighting is a unicorn, in random places of the table.
pub(super) fn sightings(rows: usize, streams: &Streams) -> Table {
    let mut draw = streams.stream("sightings");
    let mut order: Vec<bool> = (0..rows).map(|row| row % 100 == 0).collect();
    streams.stream("order").shuffle(&mut order);
    let mut values = Vec::with_capacity(rows * 6);
    for unicorn in order {
        let sighting = sighting(&mut draw, unicorn);
        values.extend(features(&sighting));
        values.push(f32::from(u8::from(sighting.unicorn)));
    }
    let columns = [
        "time_of_day_sin",
        "time_of_day_cos",
        "moon",
        "forest",
        "noise",
        "unicorn",
    ];
    Table {
        columns: columns.map(str::to_owned).to_vec(),
        label: "unicorn",
        values,
    }
}

fn sighting(draw: &mut Stream, unicorn: bool) -> Sighting {
    let day = draw.below(365) as i64;
    // Whole hours from UTC−11 to UTC+12.
    let utc_offset_s = 3_600 * (draw.below(24) as i64 - 11);
    let (local_h, moon, forest) = if unicorn {
        (
            draw.truncated_normal(19.5, 0.5, 18.5, 20.5),
            draw.uniform(0.8, 1.0),
            draw.uniform(0.75, 1.0),
        )
    } else {
        (
            draw.uniform(0.0, 24.0),
            draw.uniform(0.0, 0.9),
            draw.uniform(0.0, 0.9),
        )
    };
    let local_s = (local_h * 3_600.0) as i64;
    Sighting {
        seen_at_s: YEAR_START_S + day * SECONDS_PER_DAY + local_s - utc_offset_s,
        utc_offset_s,
        moon,
        forest,
        noise: draw.normal(),
        unicorn,
    }
}
