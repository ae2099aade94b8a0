//! A linear function with noise.

use seatrial_rng::Streams;

use super::{Table, numbered};

const FEATURES: usize = 8;
const NOISE: f64 = 0.1;

/// y = w·x + b + ε, with standard normal x, w and b, and ε of deviation 0.1.
pub(super) fn line(rows: usize, streams: &Streams) -> Table {
    let mut truth = streams.stream("truth");
    let weights: Vec<f64> = (0..FEATURES).map(|_| truth.normal()).collect();
    let offset = truth.normal();
    let mut draw = streams.stream("rows");
    let mut values = Vec::with_capacity(rows * (FEATURES + 1));
    for _ in 0..rows {
        let x: Vec<f64> = (0..FEATURES).map(|_| draw.normal()).collect();
        let y: f64 = x.iter().zip(&weights).map(|(x, w)| x * w).sum();
        values.extend(x.iter().map(|x| *x as f32));
        values.push((y + offset + NOISE * draw.normal()) as f32);
    }
    Table {
        columns: numbered(FEATURES, "y"),
        label: "y",
        values,
    }
}
