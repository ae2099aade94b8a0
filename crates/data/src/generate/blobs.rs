//! Gaussian clouds, one a class.

use seatrial_rng::Streams;

use super::{Table, numbered};

const FEATURES: usize = 16;
const CLASSES: usize = 4;

/// Unit-variance clouds around random centres; classes take turns.
pub(super) fn blobs(rows: usize, streams: &Streams) -> Table {
    let mut centres = streams.stream("centres");
    let centres: Vec<f64> = (0..CLASSES * FEATURES)
        .map(|_| 1.5 * centres.normal())
        .collect();
    let mut noise = streams.stream("noise");
    let mut values = Vec::with_capacity(rows * (FEATURES + 1));
    for row in 0..rows {
        let class = row % CLASSES;
        let centre = &centres[class * FEATURES..(class + 1) * FEATURES];
        values.extend(centre.iter().map(|c| (c + noise.normal()) as f32));
        values.push(class as f32);
    }
    Table {
        columns: numbered(FEATURES, "class"),
        label: "class",
        values,
    }
}
