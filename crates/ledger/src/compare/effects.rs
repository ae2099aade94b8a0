//! How the results of two runs differ.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use seatrial_verdict::{Measurement, Status};
use serde::Serialize;

use super::pairs;
use crate::{CaseRecord, Run};

/// Units of what differs from run to run with nothing changed: times, and what was
/// taken up again from an earlier run.
const NO_RESULTS: [&str; 7] = ["s", "ms", "us", "µs", "ns", "1/s", "reused"];

/// A case whose result differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CaseChange {
    /// The case.
    pub case: String,
    /// The verdict in the first run.
    pub status_a: Status,
    /// The verdict in the second run.
    pub status_b: Status,
    /// Measurements that differ, the largest relative change first.
    pub effects: Vec<Effect>,
}

/// A measurement that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Effect {
    /// What was measured.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// In the first run; `None` if it was not measured.
    pub a: Option<f64>,
    /// In the second run; `None` if it was not measured.
    pub b: Option<f64>,
    /// |b − a| over the larger of |a| and |b|: from 0 to 2. One that appears,
    /// goes, or is no finite number counts as 2.
    pub relative: f64,
}

/// Cases whose verdict or whose measurements differ to the bit, the gravest
/// first: verdicts before numbers, larger relative changes before smaller. Times
/// are no results: they count only where the verdict changed.
pub(super) fn changes(a: &Run, b: &Run) -> Vec<CaseChange> {
    let mut changes: Vec<_> = pairs(a, b).filter_map(|(a, b)| change(a, b)).collect();
    changes.sort_by(|x, y| {
        let flips = |change: &CaseChange| Reverse(change.status_a != change.status_b);
        let largest = |change: &CaseChange| change.effects.first().map_or(0.0, |e| e.relative);
        flips(x)
            .cmp(&flips(y))
            .then(largest(y).total_cmp(&largest(x)))
            .then_with(|| x.case.cmp(&y.case))
    });
    changes
}

fn change(a: &CaseRecord, b: &CaseRecord) -> Option<CaseChange> {
    let flipped = a.status != b.status;
    let (in_a, in_b) = (by_name(a), by_name(b));
    let mut effects: Vec<_> = in_a
        .keys()
        .chain(in_b.keys().filter(|key| !in_a.contains_key(*key)))
        .filter_map(|key| effect(in_a.get(key).copied(), in_b.get(key).copied()))
        .filter(|effect| flipped || !NO_RESULTS.contains(&effect.unit.as_str()))
        .collect();
    effects.sort_by(|x, y| y.relative.total_cmp(&x.relative));
    (flipped || !effects.is_empty()).then(|| CaseChange {
        case: a.id.clone(),
        status_a: a.status,
        status_b: b.status,
        effects,
    })
}

/// Measurements by name and, where a name comes more than once, by place.
fn by_name(case: &CaseRecord) -> BTreeMap<(&str, usize), &Measurement> {
    let mut all = BTreeMap::new();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for measurement in &case.measurements {
        let times = seen.entry(&measurement.name).or_default();
        all.insert((measurement.name.as_str(), *times), measurement);
        *times += 1;
    }
    all
}

fn effect(a: Option<&Measurement>, b: Option<&Measurement>) -> Option<Effect> {
    let either = b.or(a)?;
    let (a, b) = (a.map(|a| a.value), b.map(|b| b.value));
    let relative = match (a, b) {
        (Some(a), Some(b)) if a == b || (a.is_nan() && b.is_nan()) => return None,
        (Some(a), Some(b)) if a.is_finite() && b.is_finite() => {
            (b - a).abs() / a.abs().max(b.abs())
        }
        _ => 2.0,
    };
    Some(Effect {
        name: either.name.clone(),
        unit: either.unit.clone(),
        a,
        b,
        relative,
    })
}
