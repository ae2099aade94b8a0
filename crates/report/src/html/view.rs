//! What the template is given: words and finished drawings.

use std::borrow::Cow;
use std::collections::BTreeMap;

use minijinja::Value;
use seatrial_verdict::{Figure, Measurement, Number, Status};
use serde::Serialize;

use super::budget::{Budget, FIGURES_BYTES, FIGURES_MAX};
use crate::{Case, Comparison, End, Run, plain, plot};

/// The order in which chapters are read; others follow by name.
const CHAPTERS: [&str; 5] = [
    "quality",
    "serving",
    "pipeline",
    "training",
    "reproducibility",
];
/// Reasons named at the top; more are only counted.
const REASONS_MAX: usize = 8;
/// Characters of a reason at the top.
const REASON: usize = 240;
/// Facts of the run that are shown.
const FACTS_MAX: usize = 60;
/// Characters of a fact that are shown.
const FACT: usize = 300;

/// The page.
#[derive(Serialize)]
pub(super) struct Page {
    style: Value,
    script: Value,
    passes: bool,
    word: &'static str,
    sentence: String,
    reasons: Vec<ReasonView>,
    more_reasons: usize,
    counts: Vec<Count>,
    facts: Vec<(String, String)>,
    changes: Option<Changes>,
    chapters: Vec<Chapter>,
    /// Whether there is anything to filter.
    cases: usize,
}

#[derive(Serialize)]
struct ReasonView {
    anchor: Option<String>,
    id: Option<String>,
    word: &'static str,
    class: &'static str,
    text: String,
}

/// One kind of outcome, and how many there are.
#[derive(Serialize)]
struct Count {
    status: &'static str,
    class: &'static str,
    mark: &'static str,
    label: &'static str,
    count: usize,
}

#[derive(Serialize)]
struct Changes {
    against: String,
    lists: Vec<(String, Vec<String>)>,
    none: bool,
}

#[derive(Serialize)]
struct Chapter {
    name: String,
    told: String,
    against: bool,
    cases: Vec<CaseView>,
}

#[derive(Serialize)]
struct CaseView {
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
    rows: Vec<RowView>,
    rows_more: usize,
    figures: Vec<FigureView>,
    figures_more: usize,
    place: String,
    seed: String,
    replay: String,
    error_rates: String,
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
struct FigureView {
    title: String,
    /// Whether it takes the whole width.
    broad: bool,
    drawing: Value,
}

impl Page {
    pub(super) fn new(run: &Run, comparison: Option<&Comparison>) -> Self {
        let decision = run.decision();
        let counts = run.counts();
        let anchors = run
            .cases
            .iter()
            .map(|case| (case.id.as_str(), anchor(case)));
        let anchors: BTreeMap<_, _> = anchors.collect();
        let reasons = decision
            .reasons
            .iter()
            .take(REASONS_MAX)
            .map(|reason| ReasonView {
                anchor: reason
                    .case
                    .as_deref()
                    .and_then(|id| anchors.get(id).cloned()),
                id: reason.case.as_deref().map(shown),
                word: reason.status.map_or("run", Status::word),
                class: reason.status.map_or("bad", plot::class),
                text: cut(&reason.text, REASON).0,
            });
        Self {
            style: safe(include_str!("page.css")),
            script: safe(include_str!("page.js").trim_end()),
            passes: decision.passes,
            word: decision.word,
            reasons: reasons.collect(),
            more_reasons: decision.reasons.len().saturating_sub(REASONS_MAX),
            sentence: decision.sentence,
            counts: counted(&counts),
            facts: facts(run, &counts),
            changes: comparison.map(changes),
            chapters: chapters(run),
            cases: run.cases.len(),
        }
    }
}

/// Every kind of outcome, in the order of their weight.
const KINDS: [(Status, &str, &str); 5] = [
    (Status::Fail, "✕", "failed"),
    (Status::Error, "!", "could not measure"),
    (Status::Inconclusive, "?", "inconclusive"),
    (Status::Skipped, "–", "skipped"),
    (Status::Pass, "✓", "passed"),
];

fn mark(status: Status) -> &'static str {
    let kind = KINDS.iter().find(|(kind, ..)| *kind == status);
    kind.map_or("", |(_, mark, _)| mark)
}

fn counted(counts: &End) -> Vec<Count> {
    let of = |status| match status {
        Status::Fail => counts.failed,
        Status::Error => counts.errors,
        Status::Inconclusive => counts.inconclusive,
        Status::Skipped => counts.skipped,
        Status::Pass => counts.passed,
    };
    let counts = KINDS.iter().map(|(status, mark, label)| Count {
        status: status.word(),
        class: plot::class(*status),
        mark,
        label,
        count: of(*status),
    });
    counts.filter(|one| one.count > 0).collect()
}

fn facts(run: &Run, counts: &End) -> Vec<(String, String)> {
    let mut facts = vec![("time".to_owned(), seconds(counts.seconds))];
    if let Some(start) = &run.start {
        facts.extend(start.run.as_deref().map(|run| ("run".into(), shown(run))));
        facts.push(("specs".into(), shown(&start.specs)));
        facts.push((
            "cases left out by the selection".into(),
            start.left_out.to_string(),
        ));
        facts.push(("seatrial".into(), shown(&start.seatrial)));
        if let Some(provenance) = &start.provenance {
            flatten("", provenance, &mut facts);
        }
    }
    facts
}

/// Every number and word in an object, with the way to it.
fn flatten(way: &str, value: &serde_json::Value, facts: &mut Vec<(String, String)>) {
    use serde_json::Value::{Array, Null, Object, String as Text};
    if facts.len() >= FACTS_MAX {
        return;
    }
    let text = match value {
        Null => return,
        Object(map) => {
            for (key, value) in map {
                let space = if way.is_empty() { "" } else { " " };
                flatten(
                    &format!("{way}{space}{}", key.replace('_', " ")),
                    value,
                    facts,
                );
            }
            return;
        }
        Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            for (place, item) in items.iter().enumerate() {
                flatten(&format!("{way} {}", place + 1), item, facts);
            }
            return;
        }
        Array(items) => {
            let words = items.iter().map(|item| match item {
                Text(text) => text.clone(),
                other => other.to_string(),
            });
            words.collect::<Vec<_>>().join(", ")
        }
        Text(text) => text.clone(),
        other => other.to_string(),
    };
    facts.push((shown(way), cut(&text, FACT).0));
}

fn changes(comparison: &Comparison) -> Changes {
    let lists = comparison.told();
    Changes {
        against: shown(&comparison.other),
        none: lists.is_empty(),
        lists: lists
            .into_iter()
            .map(|(title, lines)| (title, lines.iter().map(|line| shown(line)).collect()))
            .collect(),
    }
}

fn chapters(run: &Run) -> Vec<Chapter> {
    let budget = Budget::of(run);
    let mut drawn = drawn(run, &budget);
    let mut by_name: BTreeMap<(usize, &str), Vec<&Case>> = BTreeMap::new();
    for case in &run.cases {
        let place = CHAPTERS.iter().position(|name| *name == case.chapter);
        let place = place.unwrap_or(CHAPTERS.len());
        by_name
            .entry((place, &case.chapter))
            .or_default()
            .push(case);
    }
    let chapters = by_name.into_iter().map(|((_, name), mut cases)| {
        // What is against comes first; the rest stays in the order of the plan.
        cases.sort_by_key(|case| (!case.status.is_against(), case.number));
        let against = cases.iter().filter(|case| case.status.is_against()).count();
        let told = match against {
            0 => format!("{} cases, none against", cases.len()),
            _ => format!("{against} of {} cases against", cases.len()),
        };
        Chapter {
            name: if name.is_empty() {
                "other".into()
            } else {
                shown(name)
            },
            told,
            against: against > 0,
            cases: cases
                .iter()
                .map(|case| {
                    let figures = drawn.remove(&case.number).unwrap_or_default();
                    view(run, case, figures, &budget)
                })
                .collect(),
        }
    });
    chapters.collect()
}

fn view(run: &Run, case: &Case, figures: Vec<FigureView>, budget: &Budget) -> CaseView {
    let against = case.status.is_against();
    let (message, message_more) = cut(&case.message, budget.message);
    let (rows, rows_more) = rows(
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
        rows,
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

/// The first measurements: those on the wrong side, then those with a bound.
fn rows(case: &Case, max: usize) -> (Vec<RowView>, usize) {
    let mut all: Vec<_> = case.measurements.iter().collect();
    all.sort_by_key(|measurement| (class(measurement) == "good", measurement.bound.is_none()));
    let rows = all.iter().take(max).map(|measurement| row(measurement));
    (rows.collect(), all.len().saturating_sub(max))
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
        seatrial_verdict::Placement::Inside if measurement.bound.is_none() => "",
        seatrial_verdict::Placement::Inside => "good",
        seatrial_verdict::Placement::Outside => "bad",
        seatrial_verdict::Placement::Spanning => "unsure",
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
fn drawn(run: &Run, budget: &Budget) -> BTreeMap<usize, Vec<FigureView>> {
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

fn anchor(case: &Case) -> String {
    format!("case-{}", case.number)
}

/// The beginning of a text, and how many characters are left out.
fn cut(text: &str, max: usize) -> (String, usize) {
    match text.char_indices().nth(max) {
        None => (shown(text), 0),
        Some((end, _)) => (shown(&text[..end]), text[end..].chars().count()),
    }
}

fn seconds(seconds: f64) -> String {
    match seconds {
        short if short < 10.0 => format!("{short:.2} s"),
        long if long < 120.0 => format!("{long:.1} s"),
        longer => format!("{:.1} min", longer / 60.0),
    }
}

/// Text with nothing in it that would be obeyed instead of shown. The template
/// escapes it.
fn shown(text: &str) -> String {
    plain(text).into_owned()
}

/// Markup of this program's own.
fn safe(markup: impl Into<String>) -> Value {
    Value::from_safe_string(markup.into())
}
