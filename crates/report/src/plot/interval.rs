//! A measurement against its bound, to scale.

use seatrial_verdict::{Bound, Measurement, Placement};

use super::scale::{Scale, short};
use super::svg::Svg;

const WIDTH: f64 = 240.0;
const HEIGHT: f64 = 24.0;
const EDGE: f64 = 6.0;

/// What is allowed as a band, its ends as lines, what was seen as a dot, its
/// interval as a whisker, and the way from there to the bound. `None` for what
/// is not judged, or has no place on an axis.
pub(crate) fn interval(measurement: &Measurement) -> Option<String> {
    let bound = measurement.bound?;
    let value = measurement.value;
    let low = measurement.low.unwrap_or(value);
    let high = measurement.high.unwrap_or(value);
    if ![value, low, high].iter().all(|end| end.is_finite()) {
        return None;
    }
    let (from, to) = bound.ends();
    let edges: Vec<f64> = [from, to].into_iter().flatten().collect();
    let shown = [value, low, high].into_iter().chain(edges.iter().copied());
    let scale = Scale::linear(shown, (EDGE, WIDTH - EDGE), 0.15);
    let class = match bound.place(low, high) {
        Placement::Inside => "good",
        Placement::Outside => "bad",
        Placement::Spanning => "unsure",
    };
    let middle = HEIGHT / 2.0;
    let mut svg = Svg::new(WIDTH, HEIGHT);
    svg.line((EDGE, middle), (WIDTH - EDGE, middle), "axis");
    let band_from = from.map_or(EDGE, |from| scale.within(from));
    let band_to = to.map_or(WIDTH - EDGE, |to| scale.within(to));
    svg.rect(
        (band_from, 3.0),
        ((band_to - band_from).max(1.0), HEIGHT - 6.0),
        "allowed",
    );
    for edge in &edges {
        let x = scale.at(*edge);
        svg.line((x, 1.0), (x, HEIGHT - 1.0), "bound");
    }
    if let Some((seen, edge)) = margin(bound, low, high) {
        svg.line(
            (scale.at(seen), middle),
            (scale.at(edge), middle),
            &format!("margin {class}"),
        );
    }
    if low < high {
        let (from, to) = (scale.at(low), scale.at(high));
        svg.line((from, middle), (to, middle), &format!("whisker {class}"));
        for end in [from, to] {
            svg.line(
                (end, middle - 4.0),
                (end, middle + 4.0),
                &format!("whisker {class}"),
            );
        }
    }
    svg.dot((scale.at(value), middle), 4.0, &format!("dot {class}"));
    Some(svg.finish("interval", &told(measurement, bound)))
}

/// The same in words.
fn told(measurement: &Measurement, bound: Bound) -> String {
    let interval = match (measurement.low, measurement.high) {
        (Some(low), Some(high)) => format!(", between {} and {}", short(low), short(high)),
        _ => String::new(),
    };
    format!(
        "seen {}{interval}, expected {bound}",
        short(measurement.value)
    )
}

/// From the end of the interval that is in question to the edge of what is
/// allowed that it is nearest to or beyond.
fn margin(bound: Bound, low: f64, high: f64) -> Option<(f64, f64)> {
    let (from, to) = bound.ends();
    let below = from.map(|from| (low, from, low - from));
    let above = to.map(|to| (high, to, to - high));
    let nearest = [below, above]
        .into_iter()
        .flatten()
        .min_by(|a, b| a.2.total_cmp(&b.2));
    nearest.map(|(seen, edge, _)| (seen, edge))
}
