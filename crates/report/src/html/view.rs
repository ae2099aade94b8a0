//! What the template is given: words and finished drawings.

use std::collections::BTreeMap;

use minijinja::Value;
use seatrial_verdict::Status;
use serde::Serialize;

use super::budget::Budget;
use super::case::{CaseView, drawn, view};
use super::facts::{Facts, facts, identity};
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
    /// What ran, in a few words each.
    identity: Vec<String>,
    facts: Vec<Facts>,
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
    anchor: String,
    /// How many of each outcome, and which share of the chapter that is.
    shares: Vec<(&'static str, String)>,
    told: String,
    against: bool,
    cases: Vec<CaseView>,
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
            identity: identity(run, &counts),
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

pub(super) fn mark(status: Status) -> &'static str {
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
    let chapters = by_name
        .into_iter()
        .enumerate()
        .map(|(place, ((_, name), mut cases))| {
            // What is against comes first; the rest stays in the order of the plan.
            cases.sort_by_key(|case| (!case.status.is_against(), case.number));
            let against = cases.iter().filter(|case| case.status.is_against()).count();
            let told = match against {
                0 => format!("{} cases, none against", cases.len()),
                _ => format!("{against} of {} cases against", cases.len()),
            };
            let count = |class: &str| {
                let of_class = cases
                    .iter()
                    .filter(|case| plot::class(case.status) == class);
                of_class.count()
            };
            let shares = ["bad", "unsure", "good"].map(|class| (class, count(class)));
            let shares = shares.into_iter().filter(|(_, count)| *count > 0);
            Chapter {
                anchor: format!("chapter-{}", place + 1),
                shares: shares
                    .map(|(class, count)| {
                        let share = 100.0 * count as f64 / cases.len() as f64;
                        (class, format!("{share:.1}"))
                    })
                    .collect(),
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

pub(super) fn anchor(case: &Case) -> String {
    format!("case-{}", case.number)
}

/// The beginning of a text, and how many characters are left out.
pub(super) fn cut(text: &str, max: usize) -> (String, usize) {
    match text.char_indices().nth(max) {
        None => (shown(text), 0),
        Some((end, _)) => (shown(&text[..end]), text[end..].chars().count()),
    }
}

pub(super) fn seconds(seconds: f64) -> String {
    match seconds {
        short if short < 10.0 => format!("{short:.2} s"),
        long if long < 120.0 => format!("{long:.1} s"),
        longer => format!("{:.1} min", longer / 60.0),
    }
}

/// Text with nothing in it that would be obeyed instead of shown. The template
/// escapes it.
pub(super) fn shown(text: &str) -> String {
    plain(text).into_owned()
}

/// Markup of this program's own.
pub(super) fn safe(markup: impl Into<String>) -> Value {
    Value::from_safe_string(markup.into())
}
