//! What is different between two runs of cases.

use std::collections::{BTreeMap, BTreeSet};

use seatrial_verdict::Number;

use crate::{Case, Run};

/// Measurements that are named as having moved; more are only counted.
const MOVED_MAX: usize = 20;
/// Cases that are named in a list; more are only counted.
const NAMED_MAX: usize = 50;

/// What is different between a run and another, which came before.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// What the other run is called.
    pub other: String,
    /// Passed before and do not now.
    pub broken: Vec<String>,
    /// Did not pass before and do now.
    pub mended: Vec<String>,
    /// Came out otherwise in another way.
    pub otherwise: Vec<String>,
    /// Were not there before.
    pub new: Vec<String>,
    /// Were there before and are no more.
    pub gone: Vec<String>,
    /// Measurements with another value, the most changed first.
    pub moved: Vec<Moved>,
    /// What the two rest on that is not the same: code, specs, machine.
    pub rests: Vec<String>,
}

/// A measurement with another value than before.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    /// Id of the case.
    pub case: String,
    /// Name of the measurement.
    pub name: String,
    /// What it was.
    pub before: f64,
    /// What it is.
    pub now: f64,
}

impl Comparison {
    /// Compares a run with another, called `other`.
    pub fn new(now: &Run, before: &Run, other: impl Into<String>) -> Self {
        let mut comparison = Self {
            other: other.into(),
            ..Self::default()
        };
        let earlier = by_id(before);
        let later = by_id(now);
        for case in &now.cases {
            match earlier.get(case.id.as_str()) {
                Some(earlier) => comparison.compare(case, earlier),
                None => comparison.new.push(outcome(case)),
            }
        }
        let gone = before.cases.iter();
        let gone = gone.filter(|case| !later.contains_key(case.id.as_str()));
        comparison.gone = gone.map(outcome).collect();
        comparison.rests = rests(now, before);
        comparison
            .moved
            .sort_by(|a, b| b.change().total_cmp(&a.change()));
        comparison
    }

    fn compare(&mut self, now: &Case, before: &Case) {
        if now.status != before.status {
            let line = format!(
                "{}: {}, was {}{}",
                now.id,
                now.status.word(),
                before.status.word(),
                match now.first_line() {
                    "" => String::new(),
                    why => format!(": {why}"),
                }
            );
            let passes = |case: &Case| !case.status.is_against();
            match (passes(before), passes(now)) {
                (true, false) => self.broken.push(line),
                (false, true) => self.mended.push(line),
                _ => self.otherwise.push(line),
            }
        }
        for measurement in &now.measurements {
            let same = |other: &&seatrial_verdict::Measurement| other.name == measurement.name;
            let Some(earlier) = before.measurements.iter().find(same) else {
                continue;
            };
            if differ(measurement.value, earlier.value) {
                self.moved.push(Moved {
                    case: now.id.clone(),
                    name: measurement.name.clone(),
                    before: earlier.value,
                    now: measurement.value,
                });
            }
        }
    }

    /// What is different, as titles and the lines under each; nothing, if
    /// nothing is.
    pub fn told(&self) -> Vec<(String, Vec<String>)> {
        let moved: Vec<_> = self.moved.iter().map(Moved::told).collect();
        let lists = [
            ("No longer pass", &self.broken, NAMED_MAX),
            ("Pass now", &self.mended, NAMED_MAX),
            ("Came out otherwise", &self.otherwise, NAMED_MAX),
            ("New", &self.new, NAMED_MAX),
            ("Gone", &self.gone, NAMED_MAX),
            ("Measurements that moved", &moved, MOVED_MAX),
            ("Made of other things", &self.rests, NAMED_MAX),
        ];
        let lists = lists.into_iter().filter(|(_, lines, _)| !lines.is_empty());
        lists
            .map(|(title, lines, max)| {
                let mut shown: Vec<_> = lines.iter().take(max).cloned().collect();
                if lines.len() > max {
                    shown.push(format!("and {} more", lines.len() - max));
                }
                (format!("{title} ({})", lines.len()), shown)
            })
            .collect()
    }
}

/// Whether two numbers differ by more than what reading one from JSON may lose: a
/// run that was told again from its events is not another.
fn differ(a: f64, b: f64) -> bool {
    let lost = 4.0 * f64::EPSILON * a.abs().max(b.abs());
    let close = (a - b).abs() <= lost && a.is_sign_negative() == b.is_sign_negative();
    a.to_bits() != b.to_bits() && !(a.is_nan() && b.is_nan()) && !close
}

impl Moved {
    /// By which share of the larger value it changed; all of it where one of
    /// them is no number.
    fn change(&self) -> f64 {
        let largest = self.before.abs().max(self.now.abs());
        let change = (self.now - self.before).abs() / largest.max(f64::MIN_POSITIVE);
        if change.is_finite() {
            change
        } else {
            f64::INFINITY
        }
    }

    fn told(&self) -> String {
        let (before, now) = (Number(self.before), Number(self.now));
        format!("{}: {} {before} → {now}", self.case, self.name)
    }
}

/// Every fact of the two runs that is not the same: with both values, where
/// they are short.
fn rests(now: &Run, before: &Run) -> Vec<String> {
    let of = |run: &Run| {
        let mut facts = BTreeMap::new();
        if let Some(start) = &run.start {
            facts.insert("specs".to_owned(), start.specs.clone());
            facts.insert("seatrial".to_owned(), start.seatrial.clone());
            if let Some(provenance) = &start.provenance {
                leaves(String::new(), provenance, &mut facts);
            }
        }
        facts
    };
    let (now, before) = (of(now), of(before));
    if now.is_empty() || before.is_empty() {
        return Vec::new();
    }
    let names: BTreeSet<&String> = now.keys().chain(before.keys()).collect();
    let told = names.into_iter().filter_map(|name| {
        let brief = |text: &String| match text.chars().count() {
            // Hashes and lists: that they changed says all.
            long if long > FACT => None,
            _ => Some(text.clone()),
        };
        Some(match (before.get(name), now.get(name)) {
            (Some(before), Some(now)) if before == now => return None,
            (Some(before), Some(now)) => match (brief(before), brief(now)) {
                (Some(before), Some(now)) => format!("{name}: {before} → {now}"),
                _ => format!("{name}: changed"),
            },
            (None, _) => format!("{name}: new"),
            (_, None) => format!("{name}: gone"),
        })
    });
    told.collect()
}

/// Characters of a fact that are told.
const FACT: usize = 48;

/// The text of every leaf of a value, by the way to it.
fn leaves(way: String, value: &serde_json::Value, facts: &mut BTreeMap<String, String>) {
    use serde_json::Value::{Null, Object, String as Text};
    match value {
        Null => {}
        Object(map) => {
            for (key, value) in map {
                let space = if way.is_empty() { "" } else { " " };
                leaves(format!("{way}{space}{key}"), value, facts);
            }
        }
        Text(text) => {
            facts.insert(way, text.clone());
        }
        other => {
            facts.insert(way, other.to_string());
        }
    }
}

fn by_id(run: &Run) -> BTreeMap<&str, &Case> {
    run.cases
        .iter()
        .map(|case| (case.id.as_str(), case))
        .collect()
}

fn outcome(case: &Case) -> String {
    format!("{}: {}", case.id, case.status.word())
}
