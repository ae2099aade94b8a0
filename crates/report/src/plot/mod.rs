//! Drawings as SVG: pure functions from numbers to text.
//!
//! Colours come from the page's style sheet, through classes, so that a drawing
//! is right in the light, in the dark and on paper. All text that comes from
//! data is escaped in one place, [`Svg::text`] and [`Svg::finish`].

mod bars;
mod grid;
mod histogram;
mod interval;
mod lines;
mod scale;
mod stages;
mod svg;
mod thin;
mod timeline;

use seatrial_verdict::{Figure, Line, Lines, Series, Status};

pub(crate) use interval::interval;
pub(crate) use scale::short;
use thin::thin;

/// Width of a drawing in its own units; on the page it takes what there is.
const WIDTH: f64 = 480.0;
/// How many colours the style sheet has.
const COLOURS: usize = 6;

/// Draws a figure, with at most `points` points a line; `None` if nothing is
/// known of how.
pub(crate) fn figure(figure: &Figure, points: usize) -> Option<String> {
    Some(match figure {
        Figure::Lines(figure) => lines::lines(figure, points),
        Figure::Histogram(figure) => histogram::histogram(figure),
        Figure::Bars(figure) => bars::bars(figure),
        Figure::Grid(figure) => grid::grid(figure),
        Figure::Stages(figure) => stages::stages(figure),
        Figure::Timeline(figure) => timeline::timeline(figure),
        Figure::Unknown => return None,
    })
}

/// What a figure shows, for its caption.
pub(crate) fn title(figure: &Figure) -> &str {
    match figure {
        Figure::Lines(figure) => &figure.title,
        Figure::Histogram(figure) => &figure.title,
        Figure::Bars(figure) => &figure.title,
        Figure::Grid(figure) => &figure.title,
        Figure::Stages(figure) => &figure.title,
        Figure::Timeline(figure) => &figure.title,
        Figure::Unknown => "",
    }
}

/// Curves over steps as figures: one figure for all runs of the same thing.
pub(crate) fn of_series(series: &[Series]) -> Vec<Lines> {
    let mut figures: Vec<Lines> = Vec::new();
    for one in series {
        let (title, run) = title_of(one);
        let name = run.map_or_else(|| one.name.clone(), |run| format!("run {run}"));
        let place = figures
            .iter()
            .position(|f| f.title == title && f.x == one.x);
        let place = place.unwrap_or_else(|| {
            figures.push(Lines {
                title: title.into(),
                x: one.x.clone(),
                ..Lines::default()
            });
            figures.len() - 1
        });
        let figure = &mut figures[place];
        figure.bound = figure.bound.or(one.bound);
        figure.lines.push(Line {
            name,
            x: (0..one.values.len()).map(|x| x as f64).collect(),
            y: one.values.clone(),
        });
    }
    figures
}

/// How many figures [`of_series`] makes.
pub(crate) fn titles(series: &[Series]) -> usize {
    let titles = series.iter().map(|one| (title_of(one).0, one.x.as_str()));
    titles.collect::<std::collections::BTreeSet<_>>().len()
}

/// What a curve is of, and of which run, if it says so.
fn title_of(series: &Series) -> (&str, Option<&str>) {
    match series.name.split_once(" run=") {
        Some((title, run)) => (title, Some(run)),
        None => (&series.name, None),
    }
}

/// The class that colours an outcome.
pub(crate) fn class(status: Status) -> &'static str {
    match status {
        Status::Pass => "good",
        Status::Fail | Status::Error => "bad",
        Status::Inconclusive | Status::Skipped => "unsure",
    }
}

/// The first characters of a text that is too long for its place.
fn fitted(text: &str, width: usize) -> String {
    match text.char_indices().nth(width) {
        None => text.to_owned(),
        Some(_) => text
            .chars()
            .take(width.saturating_sub(1))
            .chain(['…'])
            .collect(),
    }
}
