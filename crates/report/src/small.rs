//! Figures in a few lines of text, for a terminal.

use seatrial_verdict::{
    Bars, Figure, Grid, Histogram, Line, Measurement, Placement, Stages, Status, Timeline,
};

use crate::plain;
use crate::plot::short;
use crate::spark::{HEIGHTS, spark};
use crate::text::{columns, fitted, wrapped};

/// Lines that a figure takes at most.
const LINES_MAX: usize = 5;
/// Width of a drawing, beside its names and values.
const DRAWING: usize = 16;
/// Width of a value.
const VALUE: usize = 12;

/// A measurement against its bound, to scale: what is allowed as `░`, the bound
/// as `┃`, the interval as `━` and the value as `●`. `None` for what is not
/// judged or has no place on an axis.
pub(crate) fn interval(measurement: &Measurement) -> Option<String> {
    let bound = measurement.bound?;
    let value = measurement.value;
    let (low, high) = (
        measurement.low.unwrap_or(value),
        measurement.high.unwrap_or(value),
    );
    if ![value, low, high].iter().all(|end| end.is_finite()) {
        return None;
    }
    let (from, to) = bound.ends();
    let edges: Vec<f64> = [from, to].into_iter().flatten().collect();
    let all = || [value, low, high].into_iter().chain(edges.iter().copied());
    let least = all().fold(f64::INFINITY, f64::min);
    let greatest = all().fold(f64::NEG_INFINITY, f64::max);
    let span = greatest - least;
    if !span.is_finite() {
        return None;
    }
    // A column of room on either side, for what is allowed beyond.
    let last = (DRAWING - 3) as f64;
    let column = |at: f64| match span > 0.0 {
        true => 1 + ((at - least) / span * last).round() as usize,
        false => DRAWING / 2,
    };
    let mut drawn: Vec<char> = vec!['·'; DRAWING];
    let allowed = from.map_or(0, column)..=to.map_or(DRAWING - 1, column);
    allowed.for_each(|at| drawn[at] = '░');
    (column(low)..=column(high)).for_each(|at| drawn[at] = '━');
    edges.iter().for_each(|edge| drawn[column(*edge)] = '┃');
    drawn[column(value)] = '●';
    Some(drawn.into_iter().collect())
}

/// A figure in lines of at most so many columns.
pub(crate) fn figure(figure: &Figure, width: usize) -> Vec<String> {
    let lines = match figure {
        Figure::Lines(figure) => lines(&figure.lines, width),
        Figure::Histogram(figure) => histogram(figure, width),
        Figure::Bars(figure) => bars(figure, width),
        Figure::Grid(figure) => grid(figure, width),
        Figure::Stages(figure) => stages(figure, width),
        Figure::Timeline(figure) => timeline(figure, width),
        Figure::Unknown => Vec::new(),
    };
    lines.iter().map(|line| fitted(line, width)).collect()
}

/// With what is left out, in place of the last lines.
fn kept(mut lines: Vec<String>) -> Vec<String> {
    let more = lines.len().saturating_sub(LINES_MAX);
    if more > 0 {
        lines.truncate(LINES_MAX - 1);
        lines.push(format!("and {} more", more + 1));
    }
    lines
}

fn name(text: &str, width: usize) -> String {
    let name = fitted(&plain(text), width);
    let room = width.saturating_sub(columns(&name));
    name + &" ".repeat(room)
}

/// The room that is left for names.
fn names<'a>(all: impl Iterator<Item = &'a str>, width: usize) -> usize {
    let longest = all.map(|name| columns(&plain(name))).max().unwrap_or(0);
    longest.min(width.saturating_sub(DRAWING + VALUE + 4).max(8))
}

fn lines(lines: &[Line], width: usize) -> Vec<String> {
    let longest = lines.iter().map(|line| line.y.len()).max().unwrap_or(0);
    // Beside what was measured, a straight line of two points says little.
    let least = if longest > 2 { 3 } else { 2 };
    let drawn = lines.iter().filter(|line| line.y.len() >= least);
    let room = width.saturating_sub(DRAWING + 2);
    let drawn = drawn.map(|line| {
        let ends = [line.y.first(), line.y.last()];
        let [first, last] = ends.map(|end| short(end.copied().unwrap_or(f64::NAN)));
        let told = format!("{}: {first} to {last}", plain(&line.name));
        format!("{}  {}", spark(&evenly(line), DRAWING), fitted(&told, room))
    });
    kept(drawn.collect())
}

/// The heights of a line at even steps along its axis: as they are, if they
/// are so already.
fn evenly(line: &Line) -> Vec<f64> {
    let (Some(first), Some(last)) = (line.x.first(), line.x.last()) else {
        return line.y.clone();
    };
    let steps = line.y.len().saturating_sub(1) as f64;
    let span = last - first;
    let even = (span - steps).abs() < 1e-9 || !span.is_finite() || span <= 0.0;
    if even || line.x.len() != line.y.len() {
        return line.y.clone();
    }
    let at = |column: usize| {
        let x = first + span * (column as f64 + 0.5) / DRAWING as f64;
        let next = line
            .x
            .partition_point(|other| *other < x)
            .clamp(1, line.x.len() - 1);
        let (from, to) = (line.x[next - 1], line.x[next]);
        let share = if to > from {
            (x - from) / (to - from)
        } else {
            0.5
        };
        line.y[next - 1] + share * (line.y[next] - line.y[next - 1])
    };
    (0..DRAWING).map(at).collect()
}

fn histogram(figure: &Histogram, width: usize) -> Vec<String> {
    let shares = |counts: &[f64]| -> Vec<f64> {
        let sound = |count: &f64| {
            if count.is_finite() {
                count.max(0.0)
            } else {
                0.0
            }
        };
        let whole: f64 = counts.iter().map(sound).sum();
        let shares = counts
            .iter()
            .map(|count| sound(count) / whole.max(f64::MIN_POSITIVE));
        shares.collect()
    };
    let all: Vec<Vec<f64>> = figure
        .groups
        .iter()
        .map(|group| shares(&group.counts))
        .collect();
    let most = all
        .iter()
        .flatten()
        .copied()
        .fold(f64::MIN_POSITIVE, f64::max);
    let height = |share: &f64| match (share / most * 8.0).ceil() as usize {
        0 => ' ',
        height => HEIGHTS[height.min(8) - 1],
    };
    let groups = figure.groups.iter().zip(&all);
    let groups = groups.map(|(group, shares)| {
        let drawn: String = shares.iter().take(2 * DRAWING).map(height).collect();
        format!(
            "{drawn}  {}",
            fitted(&plain(&group.name), width.saturating_sub(2 * DRAWING))
        )
    });
    kept(groups.collect())
}

fn bars(figure: &Bars, width: usize) -> Vec<String> {
    let sizes = || {
        figure
            .bars
            .iter()
            .map(|bar| bar.value.abs())
            .filter(|size| size.is_finite())
    };
    let most = sizes().fold(f64::MIN_POSITIVE, f64::max);
    let least = sizes().fold(f64::INFINITY, f64::min);
    let far_apart = least > 0.0 && most / least > 1000.0;
    let share = |value: f64| match far_apart {
        true => 0.05 + 0.95 * (value.abs() / least).ln() / (most / least).ln(),
        false => value.abs() / most,
    };
    let room = names(figure.bars.iter().map(|bar| bar.name.as_str()), width);
    let drawn = figure.bars.iter().map(|bar| {
        let drawing = match bar.value.is_finite() {
            true => "█".repeat((share(bar.value) * DRAWING as f64).round() as usize),
            false => "×".into(),
        };
        let ends = (bar.low.unwrap_or(bar.value), bar.high.unwrap_or(bar.value));
        let mark = match figure.bound.map(|bound| bound.place(ends.0, ends.1)) {
            Some(Placement::Outside) => " ✕",
            Some(Placement::Spanning) => " ?",
            _ => "",
        };
        let (name, value) = (name(&bar.name, room), short(bar.value));
        format!("{name} {drawing:<DRAWING$} {value}{mark}")
    });
    kept(drawn.collect())
}

fn grid(figure: &Grid, width: usize) -> Vec<String> {
    let sizes = figure
        .rows
        .iter()
        .flat_map(|row| row.values.iter().map(|value| value.abs()));
    let sizes: Vec<f64> = sizes
        .filter(|size| size.is_finite() && *size > 0.0)
        .collect();
    let least = sizes.iter().copied().fold(f64::INFINITY, f64::min);
    let most = sizes.iter().copied().fold(0.0, f64::max);
    let shade = |value: &f64| match value.abs() {
        0.0 => '·',
        size if !size.is_finite() => '×',
        size if most <= least || size >= most => '█',
        size => ['░', '▒', '▓'][((size / least).ln() / (most / least).ln() * 2.99) as usize % 3],
    };
    let room = names(figure.rows.iter().map(|row| row.name.as_str()), width);
    let shown = width.saturating_sub(room + 1);
    let rows = figure.rows.iter().map(|row| {
        let cells: String = row.values.iter().take(shown).map(shade).collect();
        format!("{} {cells}", name(&row.name, room))
    });
    kept(rows.collect())
}

fn stages(figure: &Stages, width: usize) -> Vec<String> {
    let stages = figure.stages.iter().map(|stage| {
        let name = plain(&stage.name).replace(' ', "\u{a0}");
        let seconds = stage.seconds.map(short);
        match (seconds, stage.status) {
            (Some(seconds), Status::Pass) => format!("{name}\u{a0}{seconds}\u{a0}s"),
            (_, Status::Skipped) | (None, _) => format!("{name}\u{a0}–"),
            (Some(_), _) => format!("{name}\u{a0}✕"),
        }
    });
    let line = stages.collect::<Vec<_>>().join(" → ");
    let lines = wrapped(&line, Some(width), 2);
    kept(
        lines
            .iter()
            .map(|line| line.replace('\u{a0}', " "))
            .collect(),
    )
}

fn timeline(figure: &Timeline, width: usize) -> Vec<String> {
    let ends = figure.phases.iter().map(|phase| phase.to_s);
    let whole = ends
        .filter(|end| end.is_finite())
        .fold(f64::MIN_POSITIVE, f64::max);
    let room = names(figure.phases.iter().map(|phase| phase.name.as_str()), width);
    let column = |at: f64| ((at / whole).clamp(0.0, 1.0) * DRAWING as f64) as usize;
    let mut phases: Vec<_> = figure.phases.iter().collect();
    // Where there is no room for all, what failed and what took longest.
    if phases.len() > LINES_MAX {
        let weight = |phase: &&seatrial_verdict::Phase| {
            (phase.status == Status::Pass, phase.from_s - phase.to_s)
        };
        phases.sort_by(|a, b| {
            let (a, b) = (weight(a), weight(b));
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
    }
    let phases = phases.into_iter().map(|phase| {
        let (from, to) = (column(phase.from_s), column(phase.to_s));
        let from = from.min(DRAWING - 1);
        let drawing = " ".repeat(from) + &"█".repeat((to - from.min(to)).max(1));
        let mark = match phase.status {
            Status::Pass | Status::Skipped => "",
            _ => " ✕",
        };
        let (name, seconds) = (name(&phase.name, room), short(phase.to_s - phase.from_s));
        format!("{name} {drawing:<DRAWING$} {seconds} s{mark}")
    });
    kept(phases.collect())
}
