//! Lines over a numeric axis.

use std::fmt::Write;

use seatrial_verdict::{Line, Lines};

use super::scale::{Scale, short};
use super::svg::{Anchor, Svg, Tenths};
use super::{COLOURS, WIDTH, fitted, thin};

const HEIGHT: f64 = 230.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = WIDTH - 14.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = HEIGHT - 34.0;
/// Lines that are named.
const NAMED_MAX: usize = 8;
/// Lines that are drawn.
const DRAWN_MAX: usize = 24;
/// Up to so many points of a line are marked: each was measured on its own.
const DOTTED_MAX: usize = 31;
/// Width of a name in the legend, in characters.
const NAME: usize = 24;

/// Draws lines, each with at most `points` points.
pub(super) fn lines(figure: &Lines, points: usize) -> String {
    let drawn = &figure.lines[..figure.lines.len().min(DRAWN_MAX)];
    let (from, to) = figure.bound.map_or((None, None), |bound| bound.ends());
    let edges: Vec<f64> = [from, to].into_iter().flatten().collect();
    let ys = drawn.iter().flat_map(|line| line.y.iter().copied());
    let xs = drawn.iter().flat_map(|line| line.x.iter().copied());
    let corners = figure.diagonal.then_some([0.0, 1.0]).into_iter().flatten();
    let x = Scale::linear(xs.chain(corners.clone()), (LEFT, RIGHT), 0.0);
    let y = Scale::fitting(
        ys.chain(edges.iter().copied()).chain(corners),
        (BOTTOM, TOP),
    );
    let mut svg = Svg::new(WIDTH, HEIGHT);
    if figure.bound.is_some() {
        let top = to.map_or(TOP, |to| y.within(to));
        let bottom = from.map_or(BOTTOM, |from| y.within(from));
        svg.rect((LEFT, top), (RIGHT - LEFT, bottom - top), "allowed");
    }
    axes(&mut svg, figure, x, y);
    for edge in edges.iter().filter(|edge| y.holds(**edge)) {
        svg.line((LEFT, y.at(*edge)), (RIGHT, y.at(*edge)), "bound");
    }
    if figure.diagonal {
        svg.line(
            (x.within(0.0), y.within(0.0)),
            (x.within(1.0), y.within(1.0)),
            "ideal",
        );
    }
    for (place, line) in drawn.iter().enumerate() {
        curve(&mut svg, place, line, (x, y), points);
    }
    legend(&mut svg, &figure.lines);
    svg.finish("plot", &told(figure))
}

fn axes(svg: &mut Svg, figure: &Lines, x: Scale, y: Scale) {
    for tick in y.ticks(5) {
        svg.line((LEFT, y.at(tick)), (RIGHT, y.at(tick)), "rule");
        svg.text(
            (LEFT - 6.0, y.at(tick) + 4.0),
            Anchor::End,
            "tick",
            &short(tick),
        );
    }
    for tick in x.ticks(6) {
        svg.line((x.at(tick), BOTTOM), (x.at(tick), BOTTOM + 4.0), "axis");
        svg.text(
            (x.at(tick), BOTTOM + 16.0),
            Anchor::Middle,
            "tick",
            &short(tick),
        );
    }
    svg.line((LEFT, BOTTOM), (RIGHT, BOTTOM), "axis");
    svg.text(
        (RIGHT, BOTTOM + 30.0),
        Anchor::End,
        "name",
        &fitted(&figure.x, 40),
    );
    let scale = if y.logarithmic { " (logarithmic)" } else { "" };
    let name = format!("{}{scale}", fitted(&figure.y, 40));
    svg.text((8.0, 12.0), Anchor::Start, "name", name.trim_start());
}

/// A path through the points that are kept, broken where a value has no place
/// on the axis; there, a cross.
fn curve(svg: &mut Svg, place: usize, line: &Line, (x, y): (Scale, Scale), points: usize) {
    let colour = place % COLOURS;
    let values = &line.y[..line.y.len().min(line.x.len())];
    let (mut d, mut pen_down, mut crossed) = (String::new(), false, false);
    let kept = thin(values, points);
    let few = (2..=DOTTED_MAX).contains(&kept.len());
    let mut dots = Vec::new();
    let mut alone = None;
    for kept in kept {
        let (at_x, value) = (line.x[kept], values[kept]);
        if !(at_x.is_finite() && value.is_finite()) {
            if at_x.is_finite() && !crossed {
                svg.cross((x.at(at_x), TOP + 6.0), "not-finite");
                crossed = true;
            }
            pen_down = false;
            continue;
        }
        let at = (x.at(at_x), y.at(value));
        let command = if pen_down { 'L' } else { 'M' };
        alone = if d.is_empty() { Some(at) } else { None };
        dots.extend(few.then_some(at));
        // Writing to a string cannot fail.
        let _ = write!(d, "{command}{} {}", Tenths(at.0), Tenths(at.1));
        pen_down = true;
    }
    match alone {
        Some(at) => svg.dot(at, 3.0, &format!("spot c{colour}")),
        None if !d.is_empty() => svg.path(&d, &format!("curve c{colour}")),
        None => {}
    }
    // A line of two points is drawn by rule, such as a trend.
    if dots.len() > 2 {
        for at in dots {
            svg.dot(at, 2.5, &format!("spot c{colour}"));
        }
    }
}

fn legend(svg: &mut Svg, lines: &[Line]) {
    if lines.len() < 2 {
        return;
    }
    svg.grow(20.0);
    let (mut at, mut row) = (LEFT, HEIGHT + 12.0);
    for (place, line) in lines.iter().take(NAMED_MAX).enumerate() {
        let name = fitted(&line.name, NAME);
        let width = 34.0 + 6.6 * name.chars().count() as f64;
        if at + width > RIGHT && at > LEFT {
            (at, row) = (LEFT, row + 16.0);
            svg.grow(16.0);
        }
        let d = format!("M{} {}h18", Tenths(at), Tenths(row - 4.0));
        svg.path(&d, &format!("curve c{}", place % COLOURS));
        svg.text((at + 23.0, row), Anchor::Start, "name", &name);
        at += width;
    }
    if lines.len() > NAMED_MAX {
        let more = format!("and {} more", lines.len() - NAMED_MAX);
        svg.text((at, row), Anchor::Start, "name", &more);
    }
}

/// The same in words: where each line begins and ends.
fn told(figure: &Lines) -> String {
    let mut text = format!("{} over {}", figure.title, figure.x);
    for line in figure.lines.iter().take(NAMED_MAX) {
        if let (Some(first), Some(last)) = (line.y.first(), line.y.last()) {
            let (first, last) = (short(*first), short(*last));
            let _ = write!(text, "; {}: from {first} to {last}", line.name);
        }
    }
    if let Some(bound) = figure.bound {
        let _ = write!(text, "; expected {bound}");
    }
    text
}
