//! One run out of several: shards of one suite, or the same cases again.

use std::collections::{BTreeMap, BTreeSet};

use seatrial_verdict::Status;

use crate::flaky::{flaky, outcome};
use crate::{Case, End, Run, Start};

impl Run {
    /// The parts as one run. A case that is in several parts with different
    /// outcomes is flaky, and fails. What does not fit together is a trouble,
    /// so that the whole does not pass: parts of different code or spec trees,
    /// and shards that leave something out.
    pub fn merge(mut parts: Vec<Self>) -> Self {
        if parts.len() < 2 {
            return parts.pop().unwrap_or_default();
        }
        let mut whole = Self {
            start: start(&parts),
            end: end(&parts),
            troubles: misfits(&parts),
            ..Self::default()
        };
        let mut tries: BTreeMap<(String, usize, String), Vec<Case>> = BTreeMap::new();
        for part in parts {
            whole.troubles.extend(part.troubles);
            for case in part.cases {
                let place = (case.file.clone(), case.line, case.id.clone());
                tries.entry(place).or_default().push(case);
            }
        }
        whole.troubles.dedup();
        let cases = tries.into_values().zip(1..).map(|(tries, number)| Case {
            number,
            ..one_of(tries)
        });
        whole.cases = cases.collect();
        whole
    }
}

impl Case {
    /// Makes it flaky if it has come out in several ways, although nothing
    /// changed: it then fails, and says all its outcomes, in their order.
    pub fn flaky_if(&mut self, outcomes: &[Status]) {
        if let Some(message) = flaky(outcomes, &self.message) {
            self.message = message;
            self.status = Status::Fail;
        }
    }
}

/// The try that tells most, the last that is against, with all outcomes.
fn one_of(mut tries: Vec<Case>) -> Case {
    let outcomes: Vec<_> = tries
        .iter()
        .map(|case| outcome(case.status, &case.message))
        .collect();
    let against = tries.iter().rposition(|case| case.status.is_against());
    let mut case = tries.swap_remove(against.unwrap_or(tries.len() - 1));
    case.flaky_if(&outcomes);
    case
}

/// What was to run in all of them together.
fn start(parts: &[Run]) -> Option<Start> {
    let starts = || parts.iter().filter_map(|part| part.start.as_ref());
    let ids: BTreeSet<_> = parts
        .iter()
        .flat_map(|part| part.cases.iter().map(|c| &c.id))
        .collect();
    let missing: usize = parts.iter().map(Run::missing).sum();
    let cases = ids.len() + missing;
    let all = starts().map(|start| start.cases + start.left_out).max()?;
    Some(Start {
        cases,
        left_out: all.saturating_sub(cases),
        run: None,
        shard: None,
        ..starts().next()?.clone()
    })
}

/// They ended if all of them did; side by side, so the longest tells.
fn end(parts: &[Run]) -> Option<End> {
    let ends: Option<Vec<_>> = parts.iter().map(|part| part.end).collect();
    ends?
        .into_iter()
        .max_by(|a, b| a.seconds.total_cmp(&b.seconds))
}

/// Why the parts are not parts of one run.
fn misfits(parts: &[Run]) -> Vec<String> {
    let starts: Vec<_> = parts
        .iter()
        .filter_map(|part| part.start.as_ref())
        .collect();
    let mut misfits = Vec::new();
    if starts.len() < parts.len() {
        misfits.push("a part does not tell what was to run".into());
    }
    let trees: BTreeSet<_> = starts
        .iter()
        .map(|start| start.cases + start.left_out)
        .collect();
    if trees.len() > 1 {
        let trees: Vec<_> = trees.iter().map(usize::to_string).collect();
        misfits.push(format!(
            "the parts are of different specs: trees of {} cases",
            trees.join(" and ")
        ));
    }
    for (what, key) in [("code", "code"), ("spec files", "specs")] {
        let differ = starts.windows(2).any(|pair| {
            let of = |start: &Start| start.provenance.as_ref().map(|p| p[key].clone());
            matches!((of(pair[0]), of(pair[1])), (Some(a), Some(b)) if a != b)
        });
        if differ {
            misfits.push(format!("the parts ran on different {what}"));
        }
    }
    misfits.extend(shards(&starts));
    misfits
}

/// What the shards leave out, if they are shards.
fn shards(starts: &[&Start]) -> Vec<String> {
    let shards: Vec<_> = starts
        .iter()
        .filter_map(|start| start.shard.as_ref())
        .collect();
    let mut misfits = Vec::new();
    let counts: BTreeSet<_> = shards.iter().map(|shard| shard.of).collect();
    for of in &counts {
        let here: BTreeSet<_> = shards
            .iter()
            .filter(|s| s.of == *of)
            .map(|s| s.index)
            .collect();
        let missing = (1..=*of).filter(|index| !here.contains(index));
        misfits.extend(missing.map(|index| format!("shard {index}/{of} is missing")));
    }
    if counts.len() == 1 && misfits.is_empty() {
        // Each index once: the same shard may have run again.
        let by_index: BTreeMap<_, _> = starts
            .iter()
            .filter_map(|start| Some((start.shard.as_ref()?.index, *start)))
            .collect();
        let ran: usize = by_index.values().map(|start| start.cases).sum();
        let asked = shards.iter().map(|shard| shard.cases).max().unwrap_or(0);
        if ran != asked {
            misfits.push(format!(
                "the shards are {ran} cases together, of {asked}: they were not cut from one plan"
            ));
        }
    }
    misfits
}
