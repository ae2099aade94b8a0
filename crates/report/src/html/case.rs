//! What the template is given of a case.

use std::borrow::Cow;
use std::collections::BTreeMap;

use minijinja::Value;
use seatrial_verdict::{Figure, Measurement, Number, Placement, Status};
use serde::Serialize;

use super::budget::{Budget, FIGURES_BYTES, FIGURES_MAX};
use super::view::{anchor, cut, mark, safe, seconds, shown};
use crate::{Case, Run, plot};

#[derive(Serialize)]
pub(super) struct CaseView {
    anchor: String,
    id: String,
    number: usize,
    status: &'static str,
    class: &'static str,
    mark: &'static str,
    open: bool,
    brief: String,
    seconds: String,
    millis: u64,
    check: String,
    tier: String,
    doc: Option<String>,
    message: String,
    message_more: usize,
    /// Tables of measurements: what matters, then what is folded.
    tables: Vec<TableView>,
    rows_more: usize,
    figures: Vec<FigureView>,
    figures_more: usize,
    place: String,
    seed: String,
    replay: String,
    error_rates: String,
}

#[derive(Serialize)]
struct TableView {
    /// What is said of it while it is folded; empty if it is not.
    folded: String,
    rows: Vec<RowView>,
}

#[derive(Serialize)]
struct RowView {
    name: String,
    seen: String,
    interval: String,
    expected: String,
    plot: Value,
    margin: String,
    class: &'static str,
}

#[derive(Serialize)]
pub(super) struct FigureView {
    title: String,
    /// Whether it takes the whole width.
    broad: bool,
    drawing: Value,
}

pub(super) fn view(run: &Run, case: &Case, figures: Vec<FigureView>, budget: &Budget) -> CaseView {
    let against = case.status.is_against();
    let (message, message_more) = cut(&case.message, budget.message);
    let (tables, rows_more) = tables(
        case,
        if against {
            budget.rows_against
        } else {
            budget.rows
        },
    );
    let figures_more =
        (case.figures.len() + plot::titles(&case.series)).saturating_sub(figures.len());
    CaseView {
        anchor: anchor(case),
        id: shown(&case.id),
        number: case.number,
        status: case.status.word(),
        class: plot::class(case.status),
        mark: mark(case.status),
        open: against,
        brief: brief(case),
        seconds: seconds(case.seconds),
        millis: (case.seconds * 1000.0).round() as u64,
        check: shown(&case.check),
        tier: shown(&case.tier),
        doc: case.doc.as_deref().map(|doc| shown(doc.trim())),
        message,
        message_more,
        tables,
        rows_more,
        figures,
        figures_more,
        place: shown(&run.path_of(&case.place())),
        seed: case.seed.to_string(),
        replay: shown(&case.replay),
        error_rates: if against {
            shown(&case.error_rates)
        } else {
            String::new()
        },
    }
}

/// Rows that are shown before the rest is folded, unless it is little.
const UNFOLDED: usize = 8;
const FOLDED_MIN: usize = 4;

/// The first measurements: those on the wrong side, then those that may be,
/// then those with a bound. All but the first few are folded.
fn tables(case: &Case, max: usize) -> (Vec<TableView>, usize) {
    let mut all: Vec<_> = case.measurements.iter().collect();
    let weight = |measurement: &&Measurement| match class(measurement) {
        "bad" => 0,
        "unsure" => 1,
        "good" => 2,
        _ => 3,
    };
    all.sort_by_key(weight);
    let more = all.len().saturating_sub(max);
    all.truncate(max);
    let first = match all.len() {
        few if few < UNFOLDED + FOLDED_MIN => few,
        _ => UNFOLDED,
    };
    let folded = &all[first..];
    let against = folded.iter().filter(|one| weight(one) < 2).count();
    let told = match against {
        0 => format!("{} more measurements, none against", folded.len()),
        _ => format!("{} more measurements, {against} against", folded.len()),
    };
    let table = |folded: String, rows: &[&Measurement]| TableView {
        folded,
        rows: rows.iter().map(|measurement| row(measurement)).collect(),
    };
    let tables = [table(String::new(), &all[..first]), table(told, folded)];
    let tables = tables.into_iter().filter(|table| !table.rows.is_empty());
    (tables.collect(), more)
}

fn row(measurement: &Measurement) -> RowView {
    let unit = match measurement.unit.as_str() {
        "1" => String::new(),
        unit => format!(" {}", shown(unit)),
    };
    let interval = match (measurement.low, measurement.high) {
        (Some(low), Some(high)) => format!("{} to {}", Number(low), Number(high)),
        _ => String::new(),
    };
    RowView {
        name: shown(&measurement.name),
        seen: format!("{}{unit}", Number(measurement.value)),
        interval,
        expected: measurement
            .bound
            .map_or_else(String::new, |bound| bound.to_string()),
        plot: safe(plot::interval(measurement).unwrap_or_default()),
        margin: margin(measurement),
        class: class(measurement),
    }
}

/// How a measurement lies, as a class of the style sheet.
fn class(measurement: &Measurement) -> &'static str {
    match measurement.placement() {
        Placement::Inside if measurement.bound.is_none() => "",
        Placement::Inside => "good",
        Placement::Outside => "bad",
        Placement::Spanning => "unsure",
    }
}

/// By how much it missed.
fn margin(measurement: &Measurement) -> String {
    let Some(bound) = measurement.bound else {
        return String::new();
    };
    match bound.missed_by(measurement.value) {
        _ if class(measurement) == "unsure" => "cannot tell".into(),
        missed if missed > 0.0 => format!("missed by {}", plot::short(missed)),
        missed if missed.is_nan() => "not a number".into(),
        _ if class(measurement) == "bad" => "excluded".into(),
        _ => String::new(),
    }
}

/// The figures of all cases, by number: first of what is against, and of the
/// rest for as long as the page stays light.
pub(super) fn drawn(run: &Run, budget: &Budget) -> BTreeMap<usize, Vec<FigureView>> {
    let rest = run.cases.iter().filter(|case| !case.status.is_against());
    let mut weight = 0;
    let mut drawn: BTreeMap<usize, Vec<FigureView>> = BTreeMap::new();
    for case in run.against().chain(rest) {
        for figure in figures_of(case).iter().take(FIGURES_MAX) {
            if weight > FIGURES_BYTES {
                return drawn;
            }
            let Some(drawing) = plot::figure(figure, budget.points) else {
                continue;
            };
            weight += drawing.len();
            drawn.entry(case.number).or_default().push(FigureView {
                title: shown(plot::title(figure)),
                broad: matches!(**figure, Figure::Stages(_)),
                drawing: safe(drawing),
            });
        }
    }
    drawn
}

/// The figures of a case, its curves among them.
fn figures_of(case: &Case) -> Vec<Cow<'_, Figure>> {
    let curves = plot::of_series(&case.series).into_iter().map(Figure::Lines);
    let figures = case.figures.iter().map(Cow::Borrowed);
    figures.chain(curves.map(Cow::Owned)).collect()
}

/// What is said of a case that is folded.
fn brief(case: &Case) -> String {
    if case.status != Status::Pass {
        return shown(&cut(case.first_line(), 160).0);
    }
    let bounded = case.measurements.iter().filter(|m| m.bound.is_some());
    let first = bounded.take(1).map(|m| {
        let bound = m.bound.map_or_else(String::new, |bound| bound.to_string());
        format!("{} {} {bound}", m.name, Number(m.value))
    });
    shown(&first.collect::<String>())
}
