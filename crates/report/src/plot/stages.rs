//! What ran after what, from left to right, with times.

use std::collections::BTreeMap;

use seatrial_verdict::{Stage, Stages, Status};

use super::scale::short;
use super::svg::{Anchor, Svg, Tenths};
use super::{class, fitted};

const BOX: (f64, f64) = (126.0, 62.0);
const GAP: (f64, f64) = (26.0, 14.0);
const EDGE: f64 = 8.0;
/// Stages that are drawn.
const DRAWN_MAX: usize = 60;

/// Draws a box a stage, in the column after those that it comes after.
pub(super) fn stages(figure: &Stages) -> String {
    let drawn = &figure.stages[..figure.stages.len().min(DRAWN_MAX)];
    let columns = columns(drawn);
    let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
    let places = columns.iter().map(|column| {
        let row = taken.entry(*column).or_default();
        *row += 1;
        let along = |place: usize, size: f64, gap: f64| EDGE + place as f64 * (size + gap);
        (along(*column, BOX.0, GAP.0), along(*row - 1, BOX.1, GAP.1))
    });
    let places: Vec<_> = places.collect();
    let width = places.iter().map(|place| place.0).fold(0.0, f64::max) + BOX.0 + EDGE;
    let height = places.iter().map(|place| place.1).fold(0.0, f64::max) + BOX.1 + EDGE;
    // One column is not drawn as wide as the page.
    let mut svg = Svg::new(width.max(480.0), height);
    for (stage, to) in drawn.iter().zip(&places) {
        for before in &stage.after {
            let from = drawn.iter().position(|one| one.name == *before);
            if let Some(from) = from.map(|from| places[from]) {
                edge(&mut svg, from, *to);
            }
        }
    }
    for (stage, place) in drawn.iter().zip(&places) {
        node(&mut svg, stage, *place);
    }
    svg.finish("plot wide", &told(figure))
}

/// For each stage one more than the furthest that it comes after. Where they
/// come after each other in a circle, this still ends.
fn columns(stages: &[Stage]) -> Vec<usize> {
    let mut columns = vec![0; stages.len()];
    for _ in 0..stages.len() {
        for place in 0..stages.len() {
            let before = stages
                .iter()
                .zip(&columns)
                .enumerate()
                .filter(|(other, (stage, _))| {
                    *other != place && stages[place].after.contains(&stage.name)
                });
            let furthest = before.map(|(_, (_, column))| column + 1).max();
            columns[place] = furthest.unwrap_or(0).min(stages.len() - 1);
        }
    }
    columns
}

fn edge(svg: &mut Svg, from: (f64, f64), to: (f64, f64)) {
    let (x1, y1) = (from.0 + BOX.0, from.1 + BOX.1 / 2.0);
    let (x2, y2) = (to.0, to.1 + BOX.1 / 2.0);
    let bend = GAP.0 / 2.0;
    let [x1, y1, a, b, x2, y2] = [x1, y1, x1 + bend, x2 - bend, x2, y2].map(Tenths);
    svg.path(&format!("M{x1} {y1}C{a} {y1} {b} {y2} {x2} {y2}"), "edge");
}

fn node(svg: &mut Svg, stage: &Stage, at: (f64, f64)) {
    let class = match stage.seconds {
        None => "idle",
        Some(_) => class(stage.status),
    };
    svg.rect(at, BOX, &format!("node {class}"));
    let (x, y) = (at.0 + 8.0, at.1);
    svg.text(
        (x, y + 20.0),
        Anchor::Start,
        "name strong",
        &fitted(&stage.name, 17),
    );
    let seconds = stage
        .seconds
        .map_or("not run".into(), |seconds| format!("{} s", short(seconds)));
    let line = match stage.status {
        Status::Pass | Status::Skipped => seconds,
        against => format!("{} after {seconds}", against.word()),
    };
    svg.text((x, y + 37.0), Anchor::Start, "tick", &fitted(&line, 19));
    let note = fitted(&stage.note, 19);
    svg.text((x, y + 53.0), Anchor::Start, "tick", &note);
}

fn told(figure: &Stages) -> String {
    let stages = figure.stages.iter().map(|stage| {
        let after = match stage.after.is_empty() {
            true => String::new(),
            false => format!(" after {}", stage.after.join(" and ")),
        };
        let note = match stage.note.as_str() {
            "" => String::new(),
            note => format!(" ({note})"),
        };
        format!("{}{after}: {}{note}", stage.name, stage.status.word())
    });
    let stages: Vec<_> = stages.collect();
    format!("{}: {}", figure.title, stages.join("; "))
}
